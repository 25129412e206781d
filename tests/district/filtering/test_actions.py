"""Changes to rules and requests: what is possible, what is refused, and the leaf of each."""

from __future__ import annotations

import pytest
from django.utils import timezone

from hornbook.district.filtering.actions import (
    Refused,
    dismiss_version,
    grant_ask,
    move_rule,
    refuse_ask,
    set_rule_enabled,
)
from hornbook.district.filtering.models import (
    Ask,
    Category,
    ListSource,
    ListState,
    ListVersion,
    LocalEntry,
    Rule,
)
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.instance import Instance


def rule(key: str) -> Rule:
    return Rule.objects.get(key=key)


def keys() -> list[str]:
    return list(Rule.objects.filter(locked=False).order_by("order").values_list("key", flat=True))


def ask(**facts: str) -> Ask:
    usual = {
        "receipt": "K7QM-4XPD-2R",
        "person_label": "Stella Student",
        "name": "play.example",
        "rule": "younger-leisure",
        "clause_version": "FOCUS-1@1",
    }
    return Ask.objects.create(**(usual | facts), asked_at=timezone.now())


def test_a_rule_is_switched_off_and_on(house: Instance, actor: Actor) -> None:
    assert not set_rule_enabled(rule("no-piracy"), enabled=False, actor=actor).enabled
    assert set_rule_enabled(rule("no-piracy"), enabled=True, actor=actor).enabled
    leaves = Leaf.objects.filter(object="rule:no-piracy").order_by("no")
    assert [leaf.verb for leaf in leaves] == ["filtering.rule-disabled", "filtering.rule-enabled"]
    assert leaves[0].clause_texts == ["COPY-1@1"]


def test_a_locked_rule_is_neither_switched_off_nor_moved(house: Instance, actor: Actor) -> None:
    leaves = Leaf.objects.count()
    with pytest.raises(Refused, match="CIPA"):
        set_rule_enabled(rule("cipa-minors"), enabled=False, actor=actor)
    with pytest.raises(Refused, match="CIPA"):
        move_rule(rule("cipa-minors"), up=False, actor=actor)
    assert rule("cipa-minors").enabled
    assert Leaf.objects.count() == leaves


def test_rules_change_places(house: Instance, actor: Actor) -> None:
    before = keys()
    move_rule(rule(before[2]), up=True, actor=actor)
    assert keys() == [before[0], before[2], before[1], *before[3:]]
    move_rule(rule(before[2]), up=False, actor=actor)
    assert keys() == before
    with pytest.raises(Refused, match="first rule already"):
        move_rule(rule(before[0]), up=True, actor=actor)
    with pytest.raises(Refused, match="last rule already"):
        move_rule(rule(before[-1]), up=False, actor=actor)


def test_granting_opens_the_name_under_a_clause(house: Instance, actor: Actor) -> None:
    granted = grant_ask(ask(), reason="For the chess club", actor=actor)
    entry = LocalEntry.objects.get(name="play.example", category__key="allow")
    assert (entry.reason, entry.clause) == ("For the chess club", entry.category.clause)
    assert (granted.state, granted.decided_by) == ("granted", actor.label)
    leaf = Leaf.objects.get(verb="filtering.ask-granted")
    assert "FOCUS-1@1" in leaf.clause_texts
    assert leaf.detail["opens"] == "play.example"


def test_granting_again_what_had_ended_opens_it_anew(house: Instance, actor: Actor) -> None:
    allow = Category.objects.get(key="allow")
    LocalEntry.objects.create(
        name="play.example",
        category=allow,
        clause=allow.clause,
        reason="Last year",
        ends_at=timezone.now(),
    )
    grant_ask(ask(), reason="Again", actor=actor)
    assert LocalEntry.objects.get(name="play.example", category=allow).ends_at is None


def test_refusing_keeps_it_blocked(house: Instance, actor: Actor) -> None:
    refused = refuse_ask(ask(), reason="It is a shop", actor=actor)
    assert (refused.state, refused.decision) == ("refused", "It is a shop")
    assert not LocalEntry.objects.filter(category__key="allow", name="play.example").exists()
    assert Leaf.objects.get(verb="filtering.ask-refused").clause_texts == ["FOCUS-1@1"]


def test_what_a_locked_rule_blocks_cannot_be_granted(house: Instance, actor: Actor) -> None:
    with pytest.raises(Refused, match="locked rule"):
        grant_ask(ask(rule="cipa-minors"), reason="Please", actor=actor)
    assert Ask.objects.get().state == Ask.State.OPEN


def test_a_request_is_decided_once(house: Instance, actor: Actor) -> None:
    waiting = ask()
    refuse_ask(waiting, reason="No", actor=actor)
    with pytest.raises(Refused, match="decided already"):
        grant_ask(waiting, reason="Yes", actor=actor)


def test_a_held_version_is_set_aside_once(house: Instance, actor: Actor) -> None:
    source = ListSource.objects.create(
        key="lists/games", name="Games", category=Category.objects.get(key="games")
    )
    version = ListVersion.objects.create(
        source=source, sha256="0" * 64, names=3, state=ListState.HELD, origin="games.txt"
    )
    dismiss_version(version, actor=actor)
    version.refresh_from_db()
    assert version.state == ListState.REPLACED
    with pytest.raises(Refused):
        dismiss_version(version, actor=actor)
    assert Leaf.objects.filter(verb="filtering.list-change-dismissed").count() == 1
