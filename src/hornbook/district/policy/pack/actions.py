"""Make a pack: gather, prove, seal, store, and write the leaf that names the seal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from hornbook.district.filtering.models import Category, Rule
from hornbook.district.learning.models import Duty, Question, Signature
from hornbook.district.ledger.actions import Actor, record
from hornbook.district.ledger.models import Leaf
from hornbook.district.overview.context import district_name
from hornbook.district.policy.linting.library import library_on
from hornbook.district.policy.models import ClauseText, Revision
from hornbook.district.policy.pack import cipa, contents, ledger
from hornbook.district.policy.pack.archive import Archive, as_json, pack
from hornbook.district.policy.pack.models import Pack

LOOK_BACK = timedelta(days=30)
VERIFIER = Path(__file__).with_name("verify.py")

_READ_ME = """Proof pack of {district}: {about}.

Check it without a network and without trusting whoever gave it to you:

    python3 verify.py THIS-FILE.zip {seal_hint}

The seal is the SHA-256 of the file without its last 64 octets; the District's ledger names it.
verify.py stands in this pack and at /packs/verify.py of the District's site. To check also who
signed the ledger's root: python3 ledger/verifier.py ledger/key.txt ledger/signed-leaf.json

manifest.json names every file. Empty lists mean: there was none. People are not named.
"""


def pack_clause(*, actor: Actor, text: ClauseText) -> Pack:
    """Everything that shows how one clause in force is lived."""
    clause = text.clause
    asked = _ask(actor, f"clause {text.version}", [text.version])
    revisions = list(
        Revision.objects.filter(clause_texts__clause=clause).distinct().select_related("policy")
    )
    duties = Duty.objects.filter(Q(clause=clause) | _signs(clause.policy_id))
    signed = _signatures(Q(revision__in=revisions))
    now = timezone.now()
    files = contents.joined(
        (
            contents.texts(revisions),
            contents.signatures(signed),
            contents.lessons(
                duties.select_related("clause"),
                Question.objects.filter(clause=clause).select_related("clause"),
            ),
            contents.rules(
                _rules(Q(clause=clause) | Q(categories__clause=clause)),
                Category.objects.filter(clause=clause).select_related("clause"),
            ),
            contents.filtering(now - LOOK_BACK, now),
            contents.cases(),
            ledger.proofs(
                [*ledger.policy_leaves([clause.policy.key], [clause.key]), asked],
                [one.leaf_no for one in signed],
            ),
        )
    )
    archive = _sealed(files, f"clause {text.version}", actor)
    return _keep(
        archive,
        actor,
        kind=Pack.Kind.CLAUSE,
        clause=clause,
        revision=text.revision,
        versions=[text.version],
    )


def pack_audit(*, actor: Actor, year: int, filing: cipa.Filing) -> Pack:
    """CIPA and E-Rate evidence of one funding year, with what Forms 486 and 479 ask."""
    first, last = cipa.bounds(year)
    until = min(timezone.now(), _midnight(last + timedelta(days=1)))
    on = min(timezone.localdate(), last)
    revisions = _in_force(first, last)
    versions = [text.version for one in revisions for text in contents.base_texts(one)]
    signed = _signatures(
        Q(signed_at__gte=_midnight(first), signed_at__lt=_midnight(last + timedelta(days=1)))
    )
    policies = sorted({one.policy.key for one in revisions})
    asked = _ask(actor, f"funding year {year}", sorted(versions))
    files = contents.joined(
        (
            {"forms-486-479.json": as_json(cipa.form_data(year, library_on(on), filing))},
            contents.texts(revisions),
            contents.signatures(signed),
            contents.lessons(
                Duty.objects.select_related("clause"), Question.objects.select_related("clause")
            ),
            contents.rules(_rules(Q()), Category.objects.select_related("clause")),
            contents.filtering(_midnight(first), until),
            contents.cases(),
            ledger.proofs(
                [*ledger.policy_leaves(policies, []), asked], [one.leaf_no for one in signed]
            ),
        )
    )
    archive = _sealed(files, f"CIPA and E-Rate, funding year {year}", actor)
    return _keep(archive, actor, kind=Pack.Kind.AUDIT, funding_year=year, versions=sorted(versions))


@transaction.atomic
def _ask(actor: Actor, about: str, versions: Sequence[str]) -> Leaf:
    """Write down that a pack is asked for; the pack shows this leaf, too, so none is without."""
    return record(actor=actor, verb="ask for proof pack", object=about, clause_texts=versions)


def _signs(policy: int) -> Q:
    return Q(kind=Duty.Kind.SIGN, clause__policy=policy)


def _signatures(which: Q) -> list[Signature]:
    found = Signature.objects.filter(which).select_related("revision__policy", "withdrawal")
    return list(found.order_by("leaf_no"))


def _rules(which: Q) -> Sequence[Rule]:
    found = Rule.objects.filter(which).distinct().select_related("clause")
    return list(found.prefetch_related("categories", "profiles"))


def _in_force(first: date, last: date) -> list[Revision]:
    """Every revision that bound on some day of the period."""
    found = []
    for revision in Revision.objects.select_related("policy").order_by("policy__key", "no"):
        after = revision.policy.revisions.filter(no__gt=revision.no).order_by("no").first()
        if revision.effective_on <= last and (after is None or after.effective_on > first):
            found.append(revision)
    return found


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _sealed(files: Mapping[str, bytes], about: str, actor: Actor) -> Archive:
    district = district_name() or "this district"
    readme = _READ_ME.format(district=district, about=about, seal_hint="[SEAL]")
    told = {
        "about": about,
        "district": district,
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "made_by": actor.label,
    }
    named = {**files, "README.txt": readme.encode(), "verify.py": VERIFIER.read_bytes()}
    return pack(named, told)


@transaction.atomic
def _keep(archive: Archive, actor: Actor, *, versions: Sequence[str], **facts: Any) -> Pack:
    """Store the file, then the row and its leaf; a file without a row does no harm."""
    path = path_of(archive.seal)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(archive.data)
    part.replace(path)
    leaf = record(
        actor=actor,
        verb="make proof pack",
        object=f"pack {archive.seal[:16]}",
        clause_texts=versions,
        detail={"seal": archive.seal, "octets": len(archive.data), "kind": str(facts["kind"])},
    )
    return Pack.objects.create(
        sha256=archive.seal,
        octets=len(archive.data),
        made_label=actor.label,
        leaf_no=leaf.no,
        **facts,
    )


def path_of(seal: str) -> Path:
    root: Path = settings.INSTANCE.root
    return root / "packs" / f"{seal}.zip"


@transaction.atomic
def note_download(*, actor: Actor, made: Pack) -> None:
    """A pack that leaves the house is written down."""
    record(actor=actor, verb="download proof pack", object=f"pack {made.sha256[:16]}")
