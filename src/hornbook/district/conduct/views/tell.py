"""Staff tell from wherever they are, in two taps: what they were looking at comes along."""

from __future__ import annotations

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from hornbook.district.conduct import access, receipts
from hornbook.district.conduct.actions.reports import Told, receive
from hornbook.district.conduct.forms import words_field
from hornbook.district.conduct.models import Kind
from hornbook.district.people.models import Person, Site
from hornbook.district.people.permissions import roles_of


class TellForm(forms.Form):
    kind = forms.ChoiceField(label="What it is about", choices=Kind.choices)
    site = forms.ModelChoiceField(label="Where", queryset=Site.objects.all(), empty_label=None)
    what = words_field("What happened", 5, help_text="What, when, who. Names help us to help.")
    office = forms.BooleanField(
        label="It is about the principal or somebody in the principal\u2019s office",
        required=False,
        help_text="Then somebody else reads it.",
    )
    page = forms.CharField(widget=forms.HiddenInput, required=False, max_length=500)

    def __init__(self, viewer: Person, page: str, data: object = None) -> None:
        first = roles_of(viewer).first()
        start = {"site": first.site if first else None, "page": page}
        super().__init__(data, label_suffix="", initial=start)  # type: ignore[arg-type]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def tell(request: HttpRequest) -> HttpResponse:
    """The form, with the page from which they came; sending it gives a number too."""
    viewer = access.staff_or_404(request.user)
    page = _page_of(request.GET.get("from", ""))
    form = TellForm(viewer, page, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        told = {**form.cleaned_data, "page": _page_of(form.cleaned_data["page"])}
        done = receive(Told(reporter=viewer, **told))
        shown = {"report": done.report, "receipt": receipts.in_groups(done.receipt)}
        return render(request, "conduct/told.html", shown)
    status = 422 if form.errors else 200
    return render(request, "conduct/tell.html", {"form": form, "page": page}, status=status)


def _page_of(path: str) -> str:
    """An address of this console, and nothing else."""
    try:
        resolve(path.partition("?")[0])
    except Resolver404:
        return ""
    return path[:500]
