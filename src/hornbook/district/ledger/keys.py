"""The ledger's own signing key: made at first use, kept in the instance's ``secrets/`` (0600)."""

from __future__ import annotations

from django.conf import settings
from django.utils.text import slugify

from hornbook.district.people.models import Site, SiteKind
from hornbook.instance import InstanceError
from hornbook.record.notes import BadNote, Signer

FILE = "ledger.key"


def signer() -> Signer:
    """Who signs checkpoints. The key's name is the log's origin, and never changes."""
    text = settings.INSTANCE.secret(FILE, lambda: f"{Signer.new(_name())}\n")
    try:
        return Signer.parse(text)
    except BadNote as error:
        raise InstanceError(
            f"secrets/{FILE} is damaged: {error}. Bring it back from a backup; a new key would "
            "begin another log in the eyes of every witness."
        ) from error


def _name() -> str:
    district = Site.objects.filter(kind=SiteKind.DISTRICT).order_by("pk").first()
    return f"{slugify(district.name) if district else 'district'}/ledger"
