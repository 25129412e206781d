"""Evidence and its chain of custody: what was taken in, opened, copied, by whom and why."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.db import transaction

from hornbook.district.conduct.actions import Refused
from hornbook.district.conduct.actions.cases import told
from hornbook.district.conduct.actions.moves import need, sits_as
from hornbook.district.conduct.files import Cleaned
from hornbook.district.conduct.models import Case, CaseCopy, Custody, Evidence, ReportFile, Seat
from hornbook.district.conduct.papers import case_pdf, copy_laws
from hornbook.district.conduct.sealing import Ring, seal, unseal
from hornbook.district.people.models import Person

INSIDE = (Seat.Capacity.LEAD, Seat.Capacity.DECIDER, Seat.Capacity.APPEAL, Seat.Capacity.READER)
_ACT = Custody.Act


def _key(case: Case) -> bytes:
    return Ring.of(settings.INSTANCE).unwrap(case.envelope)


def _why(why: str) -> str:
    if not why.strip():
        raise Refused("Write why: it stands in the chain of custody.")
    return why.strip()[:300]


@transaction.atomic
def add_file(case: Case, *, actor: Person, name: str, file: Cleaned, why: str) -> Evidence:
    """Take a file in: exactly its octets, sealed, with their SHA-256."""
    need(case, actor, Seat.Capacity.LEAD)
    octets = file.original if file.original is not None else file.clean
    return _add(case, actor, name, file.media_type, octets, why)


@transaction.atomic
def add_from_report(case: Case, *, actor: Person, file: ReportFile, why: str) -> Evidence:
    """Take a file of a report into the case: opened there, sealed here, with the same hash."""
    need(case, actor, Seat.Capacity.LEAD)
    key = Ring.of(settings.INSTANCE).unwrap(file.report.envelope)
    octets = unseal(key, file.sealed, f"file of report {file.report.key}")
    name = f"{'Original' if file.original else 'File'} {file.pk} of a report"
    return _add(case, actor, name, file.media_type, octets, why)


def _add(
    case: Case, actor: Person, name: str, media_type: str, octets: bytes, why: str
) -> Evidence:
    reason, digest = _why(why), hashlib.sha256(octets).hexdigest()
    row = Evidence.objects.create(
        case=case,
        name=name.strip()[:200] or "File",
        media_type=media_type,
        size=len(octets),
        sha256=digest,
        sealed=seal(_key(case), octets, f"evidence of {case.key}"),
        why=reason,
        added_by=str(actor),
    )
    _link(row, actor, _ACT.RECEIVED, reason, digest)
    told(case, actor, "evidence-added", detail={"evidence": row.pk, "sha256": digest})
    return row


@transaction.atomic
def point_to(case: Case, *, actor: Person, name: str, pointer: str, why: str) -> Evidence:
    """A record that stays where it is: a finding, a segment, another case."""
    need(case, actor, Seat.Capacity.LEAD)
    if not pointer.strip():
        raise Refused("Say where the record lies.")
    row = Evidence.objects.create(
        case=case,
        name=name.strip()[:200] or "Record",
        pointer=pointer.strip()[:200],
        why=_why(why),
        added_by=str(actor),
    )
    _link(row, actor, _ACT.RECEIVED, row.why)
    told(case, actor, "record-linked", detail={"evidence": row.pk, "pointer": row.pointer})
    return row


def _link(
    row: Evidence, actor: Person, act: str, why: str, sha256: str = "", to: str = ""
) -> Custody:
    return Custody.objects.create(
        evidence=row, act=act, by=str(actor), why=why, sha256=sha256, to=to[:200]
    )


@transaction.atomic
def open_evidence(row: Evidence, *, actor: Person, why: str) -> bytes:
    """Its octets, compared with its hash; a link of the chain and a leaf before they are given.

    Raises Refused for what is sealed for everybody, and for a pointer.
    """
    need(row.case, actor, *INSIDE)
    reason = _why(why)
    if row.untouchable:
        raise Refused("This is sealed by its hash. Nobody opens it here; the police may ask.")
    if row.sealed is None:
        raise Refused("This lies elsewhere. Open it there.")
    octets = unseal(_key(row.case), row.sealed, f"evidence of {row.case.key}")
    found = hashlib.sha256(octets).hexdigest()
    if found != row.sha256:
        raise Refused("Its octets are not those of its hash. Tell IT; nothing was shown.")
    _link(row, actor, _ACT.OPENED, reason, found)
    told(row.case, actor, "evidence-opened", detail={"evidence": row.pk, "sha256": found})
    return octets


@transaction.atomic
def seal_away(row: Evidence, *, actor: Person, why: str) -> Evidence:
    """Suspected pictures of child abuse: nobody opens, copies or shows it from now on."""
    need(row.case, actor, *INSIDE)
    row.untouchable = True
    row.save(update_fields=["untouchable"])
    _link(row, actor, _ACT.SEALED, _why(why), row.sha256)
    told(row.case, actor, "evidence-sealed", detail={"evidence": row.pk, "sha256": row.sha256})
    return row


@transaction.atomic
def make_copy(
    case: Case, *, actor: Person, sort: str, to: str, why: str, email: str = ""
) -> tuple[CaseCopy, bytes]:
    """The case on paper for somebody, as far as that sort of copy goes; PDF, never kept here.

    Raises Refused for a sort that is not the actor's to make, and without a reader or a reason.
    """
    law = copy_laws().get(sort)
    if law is None or law.who.isdisjoint(sits_as(case, actor)):
        raise Refused("That copy is not yours to make.")
    body = case_pdf(case, law, to=to.strip(), why=_why(why), by=str(actor))
    row = note_copy(case, actor=actor, to=to, email=email, why=f"{law.label}: {why}", body=body)
    return row, body


@transaction.atomic
def note_copy(case: Case, *, actor: Person, to: str, email: str, why: str, body: bytes) -> CaseCopy:
    """A copy of the case's papers was given to somebody: corrections will travel to them."""
    if not sits_as(case, actor):
        raise Refused("That is not yours to do in this case.")
    if not to.strip():
        raise Refused("Write who gets the copy.")
    row = CaseCopy.objects.create(
        case=case,
        to=to.strip()[:200],
        email=email,
        why=_why(why),
        sha256=hashlib.sha256(body).hexdigest(),
        by=str(actor),
    )
    told(case, actor, "copy-given", detail={"copy": row.pk, "sha256": row.sha256})
    return row
