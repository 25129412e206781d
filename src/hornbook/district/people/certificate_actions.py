"""Certificates of devices: issued with their key, which nobody keeps; ended like tokens."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from hornbook.district.ledger.actions import Actor, record
from hornbook.district.people.actions import name_of_holder
from hornbook.district.people.models import Device, Site, Token, TokenKind
from hornbook.node.devices import issuing
from hornbook.node.devices.apple import identity_profile
from hornbook.node.devices.facts import Facts
from hornbook.node.devices.issuing import Identity

PASSWORD_OCTETS = 12


@dataclass(frozen=True)
class Certified:
    """A new certificate; its key and the ``password`` of its files exist here and nowhere else."""

    token: Token
    identity: Identity
    password: str

    @property
    def name(self) -> str:
        holder = self.token.holder
        return holder.tag if isinstance(holder, Device) else f"site {holder}"

    @property
    def stem(self) -> str:
        """A name for files, whatever characters an asset id has."""
        return re.sub(r"[^A-Za-z0-9._-]", "_", self.name).lstrip(".") or "device"

    def files(self, facts: Facts) -> dict[str, bytes]:
        """What a device imports: PKCS#12, and a profile for Apple's systems."""
        old = self.identity.pkcs12(self.name, self.password, old=True)
        return {
            f"{self.stem}.p12": self.identity.pkcs12(self.name, self.password),
            f"{self.stem}.mobileconfig": identity_profile(facts, self.name, old, self.password),
        }


@transaction.atomic
def issue_certificate(
    *, actor: Actor, holder: Device | Site, label: str, ends_at: datetime
) -> Certified:
    """Make a certificate that stands for a device or a site until it ends or is revoked.

    Raises ValueError for an end that is not in the future and for an empty label; InstanceError
    where the authority cannot sign it.
    """
    if ends_at <= timezone.now():
        raise ValueError("the end of a certificate must be in the future")
    if not label.strip():
        raise ValueError("name the certificate, so that others know later what it is for")
    name = holder.tag if isinstance(holder, Device) else holder.key
    identity = issuing.issue(issuing.settle(settings.INSTANCE), name, ends_at)
    token = Token.objects.create(
        kind=TokenKind.CERTIFICATE,
        sha256=identity.fingerprint.hex(),
        label=label.strip(),
        ends_at=ends_at,
        **{type(holder).__name__.lower(): holder},
    )
    detail = {
        "holder": name_of_holder(token),
        "sha256": token.sha256,
        "serial": f"{identity.certificate.serial_number:x}",
        "ends_at": ends_at.isoformat(),
    }
    record(actor=actor, verb="issue certificate", object=str(token.key), detail=detail)
    return Certified(token, identity, secrets.token_urlsafe(PASSWORD_OCTETS))


@transaction.atomic
def rotate_authority(*, actor: Actor) -> x509.Certificate:
    """Have another authority sign from now on; what was signed before stays good until its end."""
    made = issuing.rotate(settings.INSTANCE).certificate
    detail = {"name": made.subject.rfc4514_string(), "serial": f"{made.serial_number:x}"}
    record(actor=actor, verb="rotate authority", object="authority for devices", detail=detail)
    return made
