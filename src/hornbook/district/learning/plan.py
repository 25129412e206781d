"""Whom a campaign would ask, exactly, before anybody is asked. Nothing is written here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from hornbook.district.learning import days
from hornbook.district.learning.models import Campaign, Duty, Question, Signature
from hornbook.district.learning.texts import changed_duties, questions_for
from hornbook.district.people.audience import coming_into, people_in, places_in
from hornbook.district.people.models import Person, Site
from hornbook.district.policy.models import ClauseText, Revision

LOOK_AHEAD = timedelta(days=120)
MINUTES_TO_READ_A_PAGE = 1.5
WORDS_A_PAGE = 350


class PlanRefused(ValueError):
    """The campaign cannot be started; the message says why and what to do."""


@dataclass(frozen=True)
class Plan:
    """``ask`` maps the people who would be asked to the sites by which they are meant.

    ``already`` have signed this very revision and it still holds. ``coming`` begin later and
    are asked on their first day. ``silent`` have no e-mail address, so no reminder reaches them.
    ``hash`` changes with the list, so that nobody starts another list than they looked at.
    """

    duty: Duty
    revision: Revision
    previous: Campaign | None
    starts_on: date
    due_on: date
    ask: Mapping[int, tuple[int, ...]]
    already: int
    coming: tuple[Person, ...]
    silent: int
    changed: tuple[ClauseText, ...]
    questions: tuple[Question, ...]
    minutes_each: int

    @property
    def hash(self) -> str:
        facts = [self.duty.pk, self.revision.pk, *sorted(self.ask)]
        return hashlib.sha256(",".join(map(str, facts)).encode()).hexdigest()

    @property
    def without_question(self) -> list[ClauseText]:
        asked = {question.clause_id for question in self.questions}
        return [text for text in self.changed if text.clause_id not in asked]

    def by_site(self) -> list[tuple[Site, int]]:
        """How many at each site; somebody at two sites counts at both."""
        counts: dict[int, int] = {}
        for sites in self.ask.values():
            for site in sites:
                counts[site] = counts.get(site, 0) + 1
        return [(site, counts[site.pk]) for site in Site.objects.filter(pk__in=counts)]


def plan_campaign(
    duty: Duty,
    revision: Revision,
    *,
    today: date,
    due_on: date | None = None,
    everybody_again: bool = False,
) -> Plan:
    """Raises PlanRefused when the revision or the date cannot be meant."""
    _refuse(duty, revision, today, due_on)
    meant = sites_of(duty.audience, today)
    done = set() if everybody_again else standing_signers(duty, revision, today)
    ask = {person: sites for person, sites in meant.items() if person not in done}
    changed = changed_duties(duty, revision)
    return Plan(
        duty=duty,
        revision=revision,
        previous=duty.campaigns.order_by("-starts_on", "-pk").first(),
        starts_on=today,
        due_on=due_on or days.after(today, duty.school_days),
        ask=ask,
        already=len(meant) - len(ask),
        coming=tuple(coming_into(duty.audience, today, today + LOOK_AHEAD)),
        silent=Person.objects.filter(pk__in=ask, email="").count(),
        changed=tuple(changed),
        questions=tuple(questions_for(revision)),
        minutes_each=minutes(revision, len(changed)),
    )


def _refuse(duty: Duty, revision: Revision, today: date, due_on: date | None) -> None:
    if revision.policy_id != duty.clause.policy_id:
        raise PlanRefused(f"“{duty}” rests on {duty.clause.policy}, not on {revision.policy}.")
    if revision.is_shell:
        raise PlanRefused("The words of that revision are not on file. Import its text first.")
    if replaced_by(revision, today):
        raise PlanRefused("A newer wording is in force. Ask for that one.")
    if not duty.enabled:
        raise PlanRefused(f"The duty “{duty}” is switched off.")
    if due_on is not None and due_on < today:
        raise PlanRefused("The day by which people sign lies in the past. Choose a later one.")
    running = duty.campaigns.filter(state=Campaign.State.RUNNING).first()
    if running and running.revision_id == revision.pk:
        raise PlanRefused("A campaign for this wording is under way already.")


def replaced_by(revision: Revision, today: date) -> Revision | None:
    """The newer revision that is in force instead; None while this one is not replaced."""
    newer = revision.policy.revisions.filter(no__gt=revision.no, effective_on__lte=today)
    return newer.exclude(text="").order_by("-no").first()


def sites_of(audience: Mapping[str, object], on: date) -> dict[int, tuple[int, ...]]:
    """Everybody who is meant that day → the sites of the roles by which they are meant."""
    # Two plain statements: as one, PostgreSQL plans a loop in a loop right after a large import.
    meant = set(people_in(audience, on).values_list("pk", flat=True))
    found: dict[int, set[int]] = {}
    for person, site in places_in(audience).active(on).values_list("person", "site"):
        if person in meant:
            found.setdefault(person, set()).add(site)
    return {person: tuple(sorted(sites)) for person, sites in found.items()}


def standing_signers(duty: Duty, revision: Revision, on: date) -> set[int]:
    """Who has signed this revision under this duty, neither withdrawn nor run out."""
    valid = Q(valid_to__isnull=True) | Q(valid_to__gte=on)
    signed = Signature.objects.filter(valid, duty=duty, revision=revision, withdrawal=None)
    return set(signed.values_list("person", flat=True))


def minutes(revision: Revision, changed: int) -> int:
    """About how long one person needs: skimming the text, reading what changed, questions."""
    words = len(revision.text.split())
    return max(1, round(words / WORDS_A_PAGE * MINUTES_TO_READ_A_PAGE / 2 + changed))
