"""Files for the devices of a school: IT of that school makes them, and ends their tokens."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from hornbook.district.filtering.publishing import publish_seating
from hornbook.district.ledger.actions import Actor, look
from hornbook.district.overview.health import this_instance
from hornbook.district.people import access
from hornbook.district.people.actions import issue_token, make_profiles, revoke_token
from hornbook.district.people.certificate_actions import issue_certificate
from hornbook.district.people.identifiers import chrome_salts
from hornbook.district.people.models import Device, Person, Site, TokenKind
from hornbook.district.people.permissions import actor_of
from hornbook.instance import InstanceError
from hornbook.node.devices.bundle import about_identity, as_zip, files
from hornbook.node.devices.facts import GROUPS, facts_of, group_of

TERM = 300  # days; a school year and its holidays


class ProfilesForm(forms.Form):
    """For which devices, and for how long their token is good."""

    site = forms.ModelChoiceField(
        label="Where the devices are",
        queryset=Site.objects.none(),
        to_field_name="key",
        empty_label=None,
    )
    group = forms.ChoiceField(
        label="How people use them",
        choices=[(group.key, f"{group.label}: {group.words}") for group in GROUPS],
        widget=forms.RadioSelect,
        initial=GROUPS[0].key,
    )
    days = forms.IntegerField(
        label="Good for how many days",
        min_value=1,
        max_value=3650,
        initial=TERM,
        help_text="The token in the files ends then. Make new files before.",
    )
    address = forms.CharField(
        label="IP address of the filter",
        required=False,
        max_length=45,
        help_text="By which devices reach it. Windows needs one. Empty: what the filter knows.",
    )

    def __init__(self, sites: QuerySet[Site], data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]

    def clean_address(self) -> str:
        told = str(self.cleaned_data["address"]).strip()
        try:
            return str(ip_address(told)) if told else ""
        except ValueError as error:
            raise ValidationError("Write it like 10.4.0.2 or 2001:db8::7.") from error


class OneForm(forms.Form):
    """One device by its asset id, and how it shall prove itself."""

    tag = forms.CharField(
        label="Asset id",
        max_length=60,
        help_text="As it stands in the list of devices that was brought in.",
    )
    what = forms.ChoiceField(
        label="How the device says which it is",
        choices=[
            (
                TokenKind.CERTIFICATE.value,
                "Certificate: for the proxy; nobody can read it on the way",
            ),
            (
                TokenKind.SECRET.value,
                "Token: for the proxy and encrypted DNS; whoever reads it can use it",
            ),
        ],
        widget=forms.RadioSelect,
        initial=TokenKind.CERTIFICATE,
    )
    days = forms.IntegerField(
        label="Good for how many days", min_value=1, max_value=3650, initial=TERM
    )

    def __init__(self, sites: QuerySet[Site], data: object = None) -> None:
        super().__init__(data, prefix="one")  # type: ignore[arg-type]
        self._sites = sites

    def clean_tag(self) -> Device:
        tag = self.cleaned_data["tag"]
        found = Device.objects.filter(site__in=self._sites, tag=tag).select_related("site").first()
        if found is None:
            raise ValidationError("No device of your sites has this asset id.")
        return found


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def devices(request: HttpRequest) -> HttpResponse:
    """A form that gives one ZIP, and the tokens of files that were given before."""
    viewer = access.viewer_or_404(request.user)
    sites = access.device_sites_or_404(viewer)
    form = ProfilesForm(sites, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _given(request, form, actor_of(viewer))
    look(actor=actor_of(viewer), object="profiles for devices", every_time=False)
    return _page(request, viewer, form, OneForm(sites))


@require_POST
@login_required
@never_cache
def one(request: HttpRequest) -> HttpResponse:
    """The files of a single device: with its certificate, or with a token of its own."""
    viewer = access.viewer_or_404(request.user)
    sites = access.device_sites_or_404(viewer)
    form = OneForm(sites, request.POST)
    if not form.is_valid():
        return _page(request, viewer, ProfilesForm(sites), form)
    told, actor = form.cleaned_data, actor_of(viewer)
    ends_at = timezone.now() + timedelta(days=told["days"])
    make = _certificate if told["what"] == TokenKind.CERTIFICATE else _token
    try:
        made = make(told["tag"], ends_at, actor)
    except InstanceError as error:
        form.add_error(None, str(error))
        return _page(request, viewer, ProfilesForm(sites), form)
    _tell_nodes(request, actor)
    return _zip(made, "device")


def _certificate(device: Device, ends_at: datetime, actor: Actor) -> dict[str, bytes]:
    made = issue_certificate(actor=actor, holder=device, label="Proxy", ends_at=ends_at)
    facts = facts_of(this_instance())
    return made.files(facts) | {
        "README.txt": about_identity(facts, made.name, made.stem, made.password)
    }


def _token(device: Device, ends_at: datetime, actor: Actor) -> dict[str, bytes]:
    issued = issue_token(actor=actor, holder=device, label="Device's files", ends_at=ends_at)
    facts = facts_of(this_instance())
    return files(
        replace(
            facts,
            site=device.site.key,
            site_name=device.site.name,
            device=device.tag,
            token=issued.secret,
        )
    )


def _page(
    request: HttpRequest, viewer: Person, form: ProfilesForm, one_form: OneForm
) -> HttpResponse:
    facts = {
        "form": form,
        "one": one_form,
        "filter": facts_of(this_instance()),
        "tokens": access.device_tokens(viewer),
    }
    status = 422 if form.errors or one_form.errors else 200
    return render(request, "people/devices.html", facts, status=status)


def _zip(made: dict[str, bytes], name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.zip"'}
    return HttpResponse(as_zip(made), content_type="application/zip", headers=headers)


def _given(request: HttpRequest, form: ProfilesForm, actor: Actor) -> HttpResponse:
    """The ZIP. Its token is in no other place, so it cannot be fetched again."""
    told = form.cleaned_data
    site, group = told["site"], group_of(told["group"])
    ends_at = timezone.now() + timedelta(days=told["days"])
    issued = make_profiles(actor=actor, site=site, group=group, ends_at=ends_at)
    _tell_nodes(request, actor)
    facts = facts_of(this_instance())
    made = files(
        replace(
            facts,
            address=told["address"] or facts.address,
            site=site.key,
            site_name=site.name,
            group=group,
            token=issued.secret,
            salt=chrome_salts(this_instance())[0] if group.identifier else "",
        )
    )
    return _zip(made, f"devices-{site.key}-{group.key}")


@require_POST
@login_required
def revoke(request: HttpRequest, key: UUID) -> HttpResponse:
    """Devices that have the token or certificate are guests from now on."""
    viewer = access.viewer_or_404(request.user)
    token = access.device_token_or_404(viewer, key)
    revoke_token(actor=actor_of(viewer), token=token)
    messages.success(request, f"The {token.kind} “{token}” of {token.holder} is revoked.")
    _tell_nodes(request, actor_of(viewer))
    return redirect("devices")


def _tell_nodes(request: HttpRequest, actor: Actor) -> None:
    """What is decided stays decided even where the nodes cannot be told yet."""
    try:
        publish_seating(actor=actor)
    except InstanceError as error:
        messages.error(request, f"The nodes do not know of it yet. {error}")
