"""What a district starts with stands on its own policy's clauses."""

from __future__ import annotations

import pytest

from hornbook.district.filtering.defaults import (
    DefaultsError,
    category_keys,
    clause_for,
    ensure_category,
    ensure_defaults,
    protected_names,
)
from hornbook.district.filtering.models import Category, Profile, Rule
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.policy.models import ClauseText

SOMEBODY = Actor("Somebody")
Clauses = dict[str, ClauseText]


@pytest.mark.django_db
def test_without_a_policy_the_error_names_the_command() -> None:
    with pytest.raises(DefaultsError, match="hornbook import policy FILE"):
        ensure_category("adult", actor=SOMEBODY)
    assert not Category.objects.exists()


def test_an_unknown_category_is_answered_with_the_known_ones(policy_in_force: Clauses) -> None:
    with pytest.raises(DefaultsError, match=r"no category “cats”.*adult"):
        ensure_category("cats", actor=SOMEBODY)


def test_a_known_key_is_cited(policy_in_force: Clauses) -> None:
    category = ensure_category("adult", actor=SOMEBODY)
    assert category.clause.key == "FILTER-1"
    assert category.basis == "cipa-minor"
    assert Leaf.objects.get().clause_texts == ["FILTER-1@1"]


def test_an_unknown_policy_is_searched_for_words(policy_in_force: Clauses) -> None:
    clause = policy_in_force["BYPASS-1"].clause
    clause.key = "TECH-9"
    clause.save()
    assert clause_for("bypass").clause.key == "TECH-9"


def test_a_clause_out_of_force_is_not_cited(policy_in_force: Clauses) -> None:
    text = policy_in_force["BYPASS-1"]
    text.valid_to = text.valid_from.replace(year=2021)
    text.save()
    assert clause_for("bypass").clause.key != "BYPASS-1"


def test_a_policy_that_speaks_of_nothing_fitting_is_told_so(policy_in_force: Clauses) -> None:
    ClauseText.objects.update(official="Be kind.")
    for text in policy_in_force.values():
        text.clause.key = f"X-{text.order}"
        text.clause.save()
    with pytest.raises(DefaultsError, match="harmful to minors"):
        ensure_category("adult", actor=SOMEBODY)


def test_defaults_are_complete_and_made_once(policy_in_force: Clauses) -> None:
    ensure_defaults(actor=SOMEBODY)
    leaves = Leaf.objects.count()
    ensure_defaults(actor=SOMEBODY)
    assert Leaf.objects.count() == leaves
    assert set(Category.objects.values_list("key", flat=True)) == set(category_keys())
    assert list(Profile.objects.all())[-1].key == "guests"
    assert {rule.key for rule in Rule.objects.filter(locked=True)} == {
        "cipa-minors",
        "cipa-adults",
    }


def test_every_group_and_category_that_a_rule_names_exists(policy_in_force: Clauses) -> None:
    """A misspelt key in the data would silently widen a rule to everyone."""
    ensure_defaults(actor=SOMEBODY)
    for_everyone = {rule.key for rule in Rule.objects.filter(profiles=None)}
    assert for_everyone == {
        "security-malware",
        "security-phishing",
        "district-allows",
        "no-piracy",
        "no-ads",
    }
    assert not Rule.objects.filter(categories=None).exists()


def test_what_the_district_changed_is_left_alone(policy_in_force: Clauses) -> None:
    ensure_defaults(actor=SOMEBODY)
    Rule.objects.filter(key="no-piracy").update(enabled=False)
    ensure_defaults(actor=SOMEBODY)
    assert not Rule.objects.get(key="no-piracy").enabled


def test_protected_names_are_valid_names() -> None:
    normalise = pytest.importorskip("hornbook.kernel.names").normalise
    assert all(normalise(name) == name for name in protected_names())
    assert "988lifeline.org" in protected_names()
