"""Lights come from facts: closing one gap changes one light, a revision those that it touched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.utils import timezone

from hornbook.district.filtering.models import Rule
from hornbook.district.learning.models import Campaign
from hornbook.district.ledger.actions import Actor
from hornbook.district.people.models import Person
from hornbook.district.policy.coverage.actions import ask_again, assign, waive
from hornbook.district.policy.coverage.facts import gather
from hornbook.district.policy.coverage.lights import Lit, Where
from hornbook.district.policy.coverage.map import bars, by_site, strips, tasks, tiles_of
from hornbook.district.policy.coverage.models import Light
from hornbook.district.policy.models import ClauseText, EvidenceKind
from hornbook.district.policy.pack.actions import pack_clause
from hornbook.district.policy.revising.actions import (
    Wording,
    edit_clause,
    file_evidence,
    open_draft,
    propose,
)
from hornbook.district.policy.revising.adopting import adopt
from tests.district.conftest import Sites
from tests.district.learning.conftest import ask_about, assignment_of, sign_now

pytestmark = pytest.mark.django_db

State = dict[tuple[str, str], str]
Texts = dict[str, ClauseText]


def state(on: date | None = None, site: int | None = None) -> State:
    """(clause, light) → how it stands."""
    tiles = tiles_of(gather(on or timezone.localdate()), Where(site))
    return {(t.text.clause.key, lit.light.value): lit.state for t in tiles for lit in t.lights}


def changed(before: State, after: State) -> State:
    return {key: after[key] for key in after if before.get(key) != after[key]}


def light(key: str, which: Light, site: int | None = None) -> Lit:
    tiles = tiles_of(gather(timezone.localdate()), Where(site))
    tile = next(tile for tile in tiles if tile.text.clause.key == key)
    return tile.lights[list(Light).index(which)]


def test_without_duty_rule_and_pack_every_needed_light_is_dark(policy_in_force: Texts) -> None:
    assert set(state().values()) == {"dark"}
    assert light("SAFE-1", Light.SIGNED).words == "Nobody is asked to sign this policy."
    assert light("SAFE-1", Light.ENFORCED).owner.startswith("IT administrator (nobody")


def test_a_signature_lights_all_clauses_in_part_and_the_last_one_wholly(
    signed: Campaign, stranger: Person
) -> None:
    assert light("SAFE-1", Light.SIGNED).state == "part"
    assert light("SAFE-1", Light.SIGNED).words.startswith("1 of ")
    for assignment in signed.assignments.filter(state="open"):
        sign_now(assignment)
    assert light("SAFE-1", Light.SIGNED).state == "lit"


def test_each_school_has_lights_of_its_own(signed: Campaign, sites: Sites) -> None:
    assert light("SAFE-1", Light.SIGNED, sites.maple.pk).state == "lit"
    assert light("SAFE-1", Light.SIGNED, sites.oak.pk).state == "dark"
    assert light("SAFE-1", Light.SIGNED, sites.birch.pk).state == "needless"
    rows = dict(by_site(gather(timezone.localdate()), [sites.maple, sites.oak]))
    signed_bar = list(Light).index(Light.SIGNED)
    assert rows[sites.maple][signed_bar].lit == 7
    assert rows[sites.oak][signed_bar].lit == 0


def test_a_published_rule_lights_one_clause(rule: Rule) -> None:
    without = {("BYPASS-1", "enforced"): "dark"}
    assert light("BYPASS-1", Light.ENFORCED).state == "lit"
    before = state()
    rule.enabled = False
    rule.save()
    assert changed(before, state()) == without


def test_the_filter_that_does_not_answer_watches_nothing(rule: Rule) -> None:
    assert light("BYPASS-1", Light.WATCHED).state == "dark"
    assert "does not answer just now" in light("BYPASS-1", Light.WATCHED).words


def test_closing_one_gap_changes_exactly_one_light(
    policy_in_force: Texts, actor: Actor, signed: Campaign
) -> None:
    before = state()
    ask_about(policy_in_force["COPY-1"], actor)
    after = state()
    assert changed(before, after) == {("COPY-1", "taught"): "lit"}
    pack_clause(actor=actor, text=policy_in_force["SAFE-1"])
    assert changed(after, state()) == {("SAFE-1", "proved"): "lit"}


def test_an_adoption_changes_exactly_the_lights_of_its_clauses(
    policy_in_force: Texts,
    actor: Actor,
    signed: Campaign,
    rule: Rule,
    policy_owner: Person,
    superintendent: Person,
    today: date,
) -> None:
    for key in ("BYPASS-1", "COPY-1"):
        ask_about(policy_in_force[key], actor)
    pack_clause(actor=actor, text=policy_in_force["SAFE-1"])
    before = state()
    policy = rule.clause.policy
    draft = open_draft(actor=actor, policy=policy, why="Three clauses.")
    for key in ("BYPASS-1", "SAFE-1", "SECURE-1"):
        clause = draft.clauses.select_related("draft").get(key=key)
        words = Wording(f"{clause.official} Nobody may help others to do so.")
        edit_clause(actor=actor, clause=clause, version=0, wording=words)
    meeting = date(2026, 8, 17)
    for kind, on in ((EvidenceKind.NOTICE, date(2026, 8, 3)), (EvidenceKind.MEETING, meeting)):
        file_evidence(actor=actor, draft=draft, kind=kind, on=on, words="Web site")
    propose(actor=actor, person=policy_owner, draft=draft)
    assert state() == before, "a proposal binds nobody"
    adopt(actor=actor, person=superintendent, draft=draft, effective_on=today, minute_ref="Item 7b")
    assert changed(before, state()) == {
        ("BYPASS-1", "signed"): "dark",
        ("BYPASS-1", "taught"): "dark",
        ("SAFE-1", "signed"): "dark",
        ("SAFE-1", "proved"): "dark",
        ("SECURE-1", "signed"): "dark",
    }


def test_a_waiver_takes_a_light_away_until_it_is_asked_for_again(
    policy_in_force: Texts, actor: Actor
) -> None:
    text = policy_in_force["COPY-1"]
    before = state()
    waive(actor=actor, text=text, light=Light.ENFORCED, why="A judgement of taste.")
    assert changed(before, state()) == {("COPY-1", "enforced"): "needless"}
    assert "A judgement of taste." in light("COPY-1", Light.ENFORCED).words
    ask_again(actor=actor, text=text, light=Light.ENFORCED)
    assert state() == before


def test_every_dark_light_is_somebodys_task(
    policy_in_force: Texts, actor: Actor, hr: Person, it_admin: Person
) -> None:
    assign(actor=actor, text=policy_in_force["COPY-1"], light=Light.TAUGHT, owner=it_admin)
    owners = dict(tasks(tiles_of(gather(timezone.localdate()))))
    assert all(owners)
    assert [duty.tile.text.clause.key for duty in owners["Ida Itwell"]] == ["COPY-1"]
    assert len(owners["Hanna Hires (Human resources)"]) == 13
    assert sum(map(len, owners.values())) == 35


def test_the_sum_counts_every_tile_once(policy_in_force: Texts, rule: Rule) -> None:
    tiles = tiles_of(gather(timezone.localdate()))
    assert [len(strip.tiles) for strip in strips(tiles)] == [7]
    for bar in bars(tiles):
        assert bar.lit + bar.part + bar.dark + bar.needless == 7
        assert bar.needed == 0 or sum(width for *_, width in bar.widths()) == pytest.approx(
            100, abs=0.1
        )


def test_the_number_of_queries_does_not_grow_with_people(
    signed: Campaign,
    make_person: Callable[..., Person],
    sites: Sites,
    django_assert_num_queries: Callable[..., object],
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from hornbook.district.people.models import Role

    with CaptureQueriesContext(connection) as few:
        state()
    for number in range(12):
        make_person(f"Nora Number{number}", Role.TEACHER, sites.maple)
    with CaptureQueriesContext(connection) as many:
        state()
    assert len(many) == len(few) <= 30


def test_signed_by_those_whom_the_clause_binds(signed: Campaign, owner: Person) -> None:
    assert assignment_of(owner, signed).state == "signed"
    text = ClauseText.objects.get(clause__key="FOCUS-1")
    ClauseText.objects.filter(pk=text.pk).update(holder="student")
    assert light("FOCUS-1", Light.SIGNED).words == "Nobody here is bound by it."
