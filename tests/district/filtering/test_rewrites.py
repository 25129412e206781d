"""SafeSearch and YouTube's restricted modes: for whom, for which hosts, and how it is told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hornbook.district.filtering.compiler import carried
from hornbook.district.filtering.defaults import read_data
from hornbook.district.filtering.explain_command import as_text
from hornbook.district.filtering.explaining import chain, explain_for
from hornbook.district.filtering.models import Category, LocalEntry, Rule
from hornbook.district.filtering.publishing import publish, store_of
from hornbook.district.filtering.rewrites import rewrite_tables
from hornbook.district.ledger.actions import Actor
from hornbook.district.policy.models import ClauseText
from hornbook.instance import Instance
from hornbook.kernel.explain import Explanation, explain
from hornbook.kernel.judge import Kernel
from hornbook.kernel.names import is_ip_literal, normalise, to_wire
from hornbook.node.dns.rewrite import Rewrites


def kernel() -> Kernel:
    current = store_of().current()
    assert current is not None
    return store_of().load(current)


def spoken(name: str, profile: str, served: Kernel) -> tuple[str, str, str]:
    found = explain(served, name, profile=profile)
    return found.verdict.action, found.verdict.rule, answer(served, found)


def answer(served: Kernel, found: Explanation) -> str:
    return served.rulebook.rewrites.get(found.verdict.target, {}).get(found.name, "")


def open_name(name: str, category: str, policy: dict[str, ClauseText]) -> None:
    LocalEntry.objects.create(
        name=name,
        category=Category.objects.get(key=category),
        clause=policy["FILTER-1"].clause,
        reason="Test",
    )


MONDAY = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
SAFE = "forcesafesearch.google.com"
CASES = [
    ("www.google.com", "elementary-students", "rewrite", "students-safesearch", SAFE),
    ("www.google.co.uk", "high-students-17", "rewrite", "students-safesearch", SAFE),
    ("www.google.com", "guests", "rewrite", "students-safesearch", SAFE),
    ("www.google.com", "staff", "allow", "", ""),
    ("maps.google.com", "elementary-students", "allow", "", ""),
    ("below.www.google.com", "elementary-students", "allow", "", ""),
    ("www.bing.com", "guests", "rewrite", "students-safesearch", "strict.bing.com"),
    ("yandex.com", "middle-students", "rewrite", "students-safesearch", "213.180.193.56"),
    ("mail.yandex.com", "middle-students", "allow", "", ""),
    ("m.youtube.com", "elementary-students", "rewrite", "younger-youtube", "restrict.youtube.com"),
    (
        "www.youtube.com",
        "high-students",
        "rewrite",
        "older-youtube",
        "restrictmoderate.youtube.com",
    ),
    ("www.youtube.com", "it", "allow", "", ""),
]


def test_who_is_answered_otherwise(house: Instance, actor: Actor) -> None:
    publish(actor=actor)
    served = kernel()
    found = [(name, profile, *spoken(name, profile, served)) for name, profile, *_ in CASES]
    assert found == CASES


def test_a_rewrite_cites_its_clause_and_is_a_forged_answer(house: Instance, actor: Actor) -> None:
    publish(actor=actor)
    verdict = explain(kernel(), "www.google.com", profile="guests").verdict
    assert (verdict.answer, verdict.ede, verdict.clause) == ("rewrite", 4, "FILTER-1@1")
    assert verdict.official


@pytest.mark.parametrize("name", ["youtube.com", "www.youtube.com"])
def test_what_the_district_opens_is_still_restricted(
    house: Instance, actor: Actor, policy_in_force: dict[str, ClauseText], name: str
) -> None:
    open_name("youtube.com", "streaming", policy_in_force)
    open_name(name, "allow", policy_in_force)
    publish(actor=actor)
    expected = ("rewrite", "younger-youtube", "restrict.youtube.com")
    assert spoken("www.youtube.com", "elementary-students", kernel()) == expected


def test_below_an_opened_host_the_opening_speaks(
    house: Instance, actor: Actor, policy_in_force: dict[str, ClauseText]
) -> None:
    open_name("youtube.com", "allow", policy_in_force)
    publish(actor=actor)
    found = explain(kernel(), "x.www.youtube.com", profile="guests")
    assert (found.verdict.action, found.verdict.rule) == ("allow", "district-allows")


def test_a_block_is_stronger_and_the_protected_set_strongest(
    house: Instance, actor: Actor, policy_in_force: dict[str, ClauseText]
) -> None:
    open_name("bing.com", "adult", policy_in_force)
    open_name("duckduckgo.com", "protected", policy_in_force)
    publish(actor=actor)
    served = kernel()
    assert spoken("www.bing.com", "guests", served)[:2] == ("block", "cipa-minors")
    assert spoken("www.duckduckgo.com", "guests", served)[:2] == ("allow", "protected")


@pytest.mark.parametrize("action", ["inspect", "warn"])
def test_a_rule_that_looks_inside_leaves_safesearch_on_and_a_warning_stays_one(
    house: Instance, actor: Actor, action: str
) -> None:
    """Also where the rule is for everything; names below the host get what lies beneath."""
    first = Rule.objects.exclude(action="rewrite").filter(locked=False)[0]
    Rule.objects.create(
        order=900, key="all", name="All", action=action, clause=first.clause, basis=first.basis
    )
    publish(actor=actor)
    served = kernel()
    told = spoken("www.google.com", "guests", served)[:2]
    assert told == (("rewrite", "students-safesearch") if action == "inspect" else (action, "all"))
    assert spoken("www.open.example", "guests", served)[:2] == (action, "all")
    assert explain(served, "x.www.google.com", profile="guests").verdict.rule == "all"
    verdict = explain(served, "www.google.com", profile="guests").verdict_number
    beneath = int(served.rulebook.beneath[verdict])
    assert served.rulebook.verdicts[beneath].action == action


def test_a_rule_that_is_off_rewrites_nothing(house: Instance, actor: Actor) -> None:
    Rule.objects.filter(action="rewrite").update(enabled=False)
    publish(actor=actor)
    assert spoken("www.google.com", "guests", kernel())[0] == "allow"


@pytest.mark.parametrize("name", ["www.youtube.com", "x.www.youtube.com", "youtube.com"])
@pytest.mark.parametrize("opened", [True, False])
def test_the_chain_agrees_with_the_kernel(
    house: Instance,
    actor: Actor,
    policy_in_force: dict[str, ClauseText],
    name: str,
    opened: bool,
) -> None:
    if opened:
        open_name("youtube.com", "allow", policy_in_force)
    publish(actor=actor)
    served = kernel()
    for profile in served.rulebook.profiles:
        found = explain(served, name, profile=profile)
        steps = chain(carried.read(served.rulebook.meta), found, 0)
        fitting = [step["rule"] for step in steps if step["fits"]]
        assert fitting[-1:] == ([found.verdict.rule] if found.verdict.rule else [])


def test_the_facts_are_names_and_each_has_a_category() -> None:
    for category, table in rewrite_tables().items():
        assert read_data("defaults")["category"][category]["kind"] == "rewrite"
        for host, target in table.items():
            assert normalise(host) == host
            assert is_ip_literal(target) or normalise(target) == target
            assert target not in table
    assert len(rewrite_tables()["safesearch"]) == 254


def test_explain_says_what_is_answered(house: Instance, actor: Actor) -> None:
    publish(actor=actor)
    told = explain_for(None, "https://www.google.com/search?q=cats", MONDAY, address="10.9.9.9")
    assert (told["verdict"]["rule"], told["answered_as"]) == ("students-safesearch", SAFE)
    assert told["steps"][-1]["why"] == "the name is open, and is answered as another one"
    assert as_text(told).splitlines()[0] == f"www.google.com: rewrite, answered as {SAFE}"


def test_a_node_understands_every_rewrite_that_is_published(house: Instance, actor: Actor) -> None:
    publish(actor=actor)
    served = kernel()
    rewrites = Rewrites(served.rulebook)
    for number, verdict in enumerate(served.rulebook.verdicts):
        for host, target in rewrite_tables().get(verdict.target, {}).items():
            other = rewrites.find(number, to_wire(host))
            assert other
            assert other.name == to_wire(target) or len(other.address) == 4
