"""Everything that the lights are read from, fetched once: a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils import timezone

from hornbook.district.filtering.models import Action, Category, CategoryKind, Publication, Rule
from hornbook.district.learning.changes import words_sha256
from hornbook.district.learning.models import Duty, Question
from hornbook.district.overview.health import health, this_instance
from hornbook.district.people.models import Role, RoleAssignment, Site
from hornbook.district.policy.access import BASE
from hornbook.district.policy.coverage.crowds import (
    Crowd,
    Numbers,
    Revisions,
    Tally,
    bound_people,
    crowds,
)
from hornbook.district.policy.coverage.models import Attestation, Promise, Task, Waiver
from hornbook.district.policy.models import ClauseText
from hornbook.district.policy.pack.models import Pack

PROOF_HOLDS = timedelta(days=365)

Alike = tuple[int, str, Revisions]
"""Policy, holder, revisions that count: clauses that share them are signed by the same people."""


@dataclass(frozen=True)
class RuleFact:
    """A rule that is switched on. ``sites`` is None where it holds everywhere."""

    name: str
    action: str
    sites: frozenset[int] | None


@dataclass
class Facts:
    """``rules`` by clause id; ``same_words``: clause id → revisions that say the same as today."""

    on: date
    texts: list[ClauseText]
    sites: list[Site]
    rules: dict[int, list[RuleFact]]
    taught: dict[int, str]
    crowds: dict[int, Crowd]
    same_words: dict[int, Revisions]
    bound: dict[str, Numbers]
    waivers: dict[tuple[int, str], Waiver]
    tasks: dict[tuple[int, str], Task]
    promises: dict[int, str]
    attestations: dict[int, Attestation]
    packs: dict[int, Pack]
    published: bool
    recording: bool
    protected: int
    holders: dict[str, str] = field(default_factory=dict)
    _tallies: dict[Alike, Tally] = field(default_factory=dict)

    def alike(self, text: ClauseText) -> Alike:
        """By what its signatures are counted; most clauses of a policy share it."""
        same = self.same_words.get(text.clause_id, frozenset())
        return text.clause.policy_id, text.holder, same

    def signing(self, text: ClauseText, site: int | None) -> tuple[int, int]:
        """How many the clause binds among those who are asked to sign its policy, at that site,
        and how many of them signed a revision in which it says what it says today."""
        key = self.alike(text)
        if key not in self._tallies:
            policy, holder, same = key
            self._tallies[key] = self.crowds[policy].tally(self.bound.get(holder), same)
        return self._tallies[key].get(site, (0, 0))


def gather(on: date) -> Facts:
    """The facts of one day about every policy in force."""
    found = ClauseText.objects.in_force(on).filter(lang=BASE)
    found = found.defer("revision__passages", "revision__text")
    texts = list(
        found.select_related("clause__policy", "revision").order_by(
            "clause__policy__code", "clause__policy__title", "order"
        )
    )
    up = {part.part: part.state for part in health(this_instance())}
    attested = Attestation.objects.filter(on__lte=on, until__gt=on).order_by("on", "pk")
    return Facts(
        on=on,
        texts=texts,
        sites=list(Site.objects.all()),
        rules=_rules(),
        taught=_taught(texts),
        crowds=crowds(on),
        same_words=_same_words(texts),
        bound=bound_people({text.holder for text in texts}, on),
        waivers={(one.clause_id, one.light): one for one in Waiver.objects.all()},
        tasks={(one.clause_id, one.light): one for one in Task.objects.select_related("owner")},
        promises=dict(Promise.objects.values_list("clause_id", "measure")),
        attestations={one.clause_id: one for one in attested},
        packs=_packs(on),
        published=Publication.objects.exists(),
        recording=up.get("dns") == "up",
        protected=Category.objects.filter(kind=CategoryKind.PROTECTED).count(),
        holders=_holders(on),
    )


def _rules() -> dict[int, list[RuleFact]]:
    """Clause id → the rules that act under it: cited themselves, or through a topic of theirs."""
    places = {site.key: site for site in Site.objects.all()}
    found: dict[int, list[RuleFact]] = defaultdict(list)
    rules = Rule.objects.filter(enabled=True).exclude(action=Action.ALLOW)
    for rule in rules.prefetch_related("profiles", "categories"):
        audiences = [profile.audience for profile in rule.profiles.all()]
        fact = RuleFact(rule.name, rule.get_action_display(), _reach(audiences, places))
        cited = {rule.clause_id, *(topic.clause_id for topic in rule.categories.all())}
        for clause in cited:
            found[clause].append(fact)
    return dict(found)


def _reach(
    audiences: list[dict[str, list[str]]], places: Mapping[str, Site]
) -> frozenset[int] | None:
    """The sites at which one of the audiences can be; None: every site."""
    found: set[int] = set()
    for audience in audiences:
        if "sites" not in audience and "site_kinds" not in audience:
            return None
        for key, site in places.items():
            named = key in audience.get("sites", [key])
            if named and site.kind in audience.get("site_kinds", [site.kind]):
                found.add(site.pk)
    return frozenset(found) if audiences else None


def _taught(texts: list[ClauseText]) -> dict[int, str]:
    """Clause id → how it is taught: a duty to learn it, or a question about these very words."""
    found: dict[int, str] = {}
    words = {text.clause_id: words_sha256(text) for text in texts}
    for question in Question.objects.filter(enabled=True):
        if words.get(question.clause_id) == question.words_sha256:
            found[question.clause_id] = "A question is asked about it at signing."
    for duty in Duty.objects.filter(enabled=True, kind=Duty.Kind.LEARN):
        found[duty.clause_id] = f"Lesson: {duty.title}."
    return found


def _same_words(texts: list[ClauseText]) -> dict[int, Revisions]:
    """Clause id → every revision in which it says what it says today."""
    now = {text.clause_id: (text.lead, text.official) for text in texts}
    found: dict[int, set[int]] = defaultdict(set)
    rows = ClauseText.objects.filter(lang=BASE, clause__in=now).values_list(
        "clause", "revision", "lead", "official"
    )
    for clause, revision, lead, official in rows.order_by():
        if now[clause] == (lead, official):
            found[clause].add(revision)
    return {clause: frozenset(revisions) for clause, revisions in found.items()}


def _packs(on: date) -> dict[int, Pack]:
    """Clause id → the newest proof pack about it that is not too old."""
    fresh = timezone.now() - PROOF_HOLDS
    packs = Pack.objects.filter(clause__isnull=False, made_at__gte=fresh).order_by("made_at")
    return {pack.clause_id: pack for pack in packs if pack.clause_id is not None}


def _holders(on: date) -> dict[str, str]:
    """Role → who holds it, the longest-serving first; for the owners of lights."""
    roles = [Role.HR, Role.IT, Role.CUSTODIAN, Role.SUPERINTENDENT, Role.POLICY_OWNER]
    held = RoleAssignment.objects.active(on).filter(role__in=roles, person__active=True)
    found: dict[str, str] = {}
    for one in held.select_related("person").order_by("starts_on", "pk"):
        found.setdefault(one.role, str(one.person))
    return found
