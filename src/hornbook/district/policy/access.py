"""The only way to a policy, a clause or its wording. Everybody may read all of them.

Absent and forbidden give the same answer, ``Http404``; here nothing is forbidden, so that the
rooms that cite clauses need not know who asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import Http404

from hornbook.district.policy.models import Clause, ClauseText, ClauseTextQuerySet, Policy, Revision

BASE = "en"
"""The language that the board decides in. Other languages explain; these words bind."""


@dataclass(frozen=True)
class CurrentPolicy:
    """A policy and the revision whose wording binds."""

    policy: Policy
    revision: Revision


def current_policies(on: date) -> list[CurrentPolicy]:
    """Every policy with a known wording on that day, by title."""
    revisions = (
        Revision.objects.filter(effective_on__lte=on)
        .exclude(text="")
        .select_related("policy")
        .order_by("policy_id", "-no")
        .distinct("policy_id")
    )
    found = [CurrentPolicy(revision.policy, revision) for revision in revisions]
    return sorted(found, key=lambda current: current.policy.title)


def current_policy(key: str, on: date) -> CurrentPolicy:
    """The policy of that key. Raises Http404 when there is none, or no wording binds yet."""
    for current in current_policies(on):
        if current.policy.key == key:
            return current
    raise Http404(f"no policy “{key}” is in force")


def policy_by_key(key: str) -> Policy:
    """The policy of that key. Raises Http404 when there is none."""
    found = Policy.objects.filter(key=key).first()
    if found is None:
        raise Http404(f"no policy “{key}”")
    return found


def revision_on(policy: Policy, on: date) -> Revision | None:
    """The revision that bound on that day, a shell perhaps; None before the first."""
    return policy.revisions.filter(effective_on__lte=on).order_by("-no").first()


def texts_of(revision: Revision, lang: str = BASE) -> list[ClauseText]:
    """The clause texts of a revision in the order of the policy; none for a shell."""
    found = ClauseText.objects.filter(revision=revision, lang=lang).order_by("order")
    return list(found.select_related("clause", "revision"))


def revision_before(revision: Revision) -> Revision | None:
    """The newest older revision whose words are on file; None when they are all shells."""
    older = revision.policy.revisions.filter(no__lt=revision.no).exclude(text="")
    return older.order_by("-no").first()


def texts_in_force(policy: Policy, on: date) -> ClauseTextQuerySet:
    """The clause texts of a policy that bind on that day, in the order of the policy."""
    return (
        ClauseText.objects.in_force(on).filter(clause__policy=policy, lang="en").order_by("order")
    )


def clause_by_key(key: str) -> Clause:
    """The clause of that key, capital or small letters. Raises Http404 when there is none."""
    found = Clause.objects.select_related("policy").filter(key__iexact=key).first()
    if found is None:
        raise Http404(f"no clause “{key}”")
    return found


def text_in_force(clause: Clause, on: date) -> ClauseText | None:
    """The wording that binds on that day; None before the first and after the last."""
    return ClauseText.objects.in_force(on).filter(clause=clause, lang="en").first()


def last_text(clause: Clause, on: date) -> ClauseText | None:
    """The newest wording that ever bound up to that day, in force or not."""
    texts = clause.texts.filter(lang="en", valid_from__lte=on)
    return texts.select_related("clause", "revision").order_by("-valid_from").first()
