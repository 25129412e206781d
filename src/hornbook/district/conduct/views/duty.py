"""Who reads reports when: one's own absence and deputies; on call and named people for leaders."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from hornbook.district.conduct import access
from hornbook.district.conduct.actions import Refused
from hornbook.district.conduct.actions import duty as actions
from hornbook.district.conduct.forms import day_field
from hornbook.district.conduct.models import Absence, Deputy, Kind, OnCall, Recipient
from hornbook.district.people.models import Person, Role, Site
from hornbook.district.people.permissions import has_role
from hornbook.district.records.forms import PersonField

_STAFF = set(Role) - {Role.STUDENT, Role.GUARDIAN}


def _staff(form: forms.Form) -> None:
    field: Any = form.fields["person"]
    field.people = Person.objects.filter(active=True, roles__role__in=_STAFF).distinct()


class AwayForm(forms.Form):
    first = day_field("First day away")
    last = day_field("Last day away")


class DeputyForm(forms.Form):
    person = PersonField(label="Who stands in for you", help_text="Name or e-mail.")


class OnCallForm(forms.Form):
    person = PersonField(label="Who is on call", help_text="Name or e-mail.")
    site = forms.ModelChoiceField(
        label="For which school", queryset=Site.objects.all(), required=False, empty_label="All"
    )
    phone = forms.CharField(label="Telephone", max_length=40, required=False)


class RecipientForm(forms.Form):
    person = PersonField(label="Who gets them", help_text="Name or e-mail.")
    kind = forms.ChoiceField(
        label="Which reports", required=False, choices=[("", "None of its own"), *Kind.choices]
    )
    site = forms.ModelChoiceField(
        label="From which school", queryset=Site.objects.all(), required=False, empty_label="All"
    )
    last_resort = forms.BooleanField(
        label="The last resort: what nobody else may read", required=False
    )


_FORMS: dict[str, tuple[type[forms.Form], Any, bool]] = {
    "away": (AwayForm, actions.be_away, False),
    "deputy": (DeputyForm, actions.name_deputy, False),
    "on-call": (OnCallForm, actions.put_on_call, True),
    "recipient": (RecipientForm, actions.name_recipient, True),
}
"""What → (form, action, only for leaders)."""


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def duty(request: HttpRequest) -> HttpResponse:
    """The rows that the viewer may change, and forms to add some."""
    viewer = access.reader_or_404(request.user)
    leads = has_role(viewer, Role.SUPERINTENDENT, Role.BOARD)
    if request.method == "POST" and "drop" in request.POST:
        return _drop(request, viewer, leads)
    what = request.POST.get("what", "")
    made = {
        key: form(request.POST if what == key else None, label_suffix="", auto_id=f"id_{key}_%s")
        for key, (form, _, only) in _FORMS.items()
        if leads or not only
    }
    for form in made.values():
        if "person" in form.fields:
            _staff(form)
    if request.method == "POST":
        if what not in made:
            raise Http404
        if made[what].is_valid() and _added(request, viewer, what, made[what]):
            return redirect("cases-duty")
    today = timezone.localdate()
    told = {
        "forms": {key.replace("-", "_"): form for key, form in made.items()},
        "leads": leads,
        "away": Absence.objects.filter(person=viewer, last__gte=today),
        "deputies": Deputy.objects.filter(person=viewer).select_related("deputy"),
        "on_call": OnCall.objects.select_related("person", "site"),
        "recipients": Recipient.objects.select_related("person", "site"),
    }
    bad = any(form.errors for form in made.values())
    return render(request, "conduct/duty.html", told, status=422 if bad else 200)


def _added(request: HttpRequest, viewer: Person, what: str, form: forms.Form) -> bool:
    try:
        _FORMS[what][1](actor=viewer, **form.cleaned_data)
    except Refused as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, "Saved. It counts for what comes from now on.")
    return True


def _drop(request: HttpRequest, viewer: Person, leads: bool) -> HttpResponse:
    """One's own rows; the others for leaders."""
    word, _, pk = request.POST["drop"].partition(" ")
    models: dict[str, Any] = {
        "away": Absence.objects.filter(person=viewer),
        "deputy": Deputy.objects.filter(person=viewer),
    }
    if leads:
        models |= {"on-call": OnCall.objects.all(), "recipient": Recipient.objects.all()}
    if word not in models or not pk.isdecimal():
        raise Http404
    actions.drop(get_object_or_404(models[word], pk=int(pk)), actor=viewer)
    messages.success(request, "Taken back.")
    return redirect("cases-duty")
