"""What a district starts with stands on its own policy's clauses."""

from __future__ import annotations

from pathlib import Path

import pytest

from hornbook.district.filtering import defaults
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
from hornbook.district.policy.actions import adopt_revision
from hornbook.district.policy.models import ClauseText
from hornbook.district.policy.plan import plan_import
from hornbook.kernel.names import normalise

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
    assert all(normalise(name) == name for name in protected_names())
    assert "988lifeline.org" in protected_names()


REAL_KEYS = Path(__file__).parents[1] / "policy" / "data" / "employee-responsible-use.keys.csv"
REAL = {
    "cipa-minors": "PRO-1",
    "cipa-adults": "PRO-1",
    "security-malware": "NET-1",
    "no-bypass": "SEC-3",
    "students-harm": "INA-1",
    "no-piracy": "CPY-3",
    "younger-leisure": "PUR-1",
}


@pytest.mark.django_db
def test_the_sample_policy_is_cited_by_its_keys() -> None:
    sample = Path(defaults.__file__).parents[1] / "sample"
    plan = plan_import(sample / "policy.md", table=sample / "policy.keys.csv")
    adopt_revision(actor=SOMEBODY, plan=plan, source="test")
    ensure_defaults(actor=SOMEBODY)
    cited = dict(Rule.objects.values_list("key", "clause__key"))
    assert {cited[key] for key in ("cipa-minors", "cipa-adults")} == {"FILTER-1"}
    assert {cited[key] for key in ("students-unlawful", "students-harm", "students-dating")} == {
        "FILTER-2"
    }
    assert (cited["no-ads"], cited["district-allows"]) == ("FILTER-3", "FILTER-4")
    assert (cited["no-bypass"], cited["no-piracy"]) == ("BYPASS-1", "COPY-1")
    assert (cited["security-malware"], cited["younger-leisure"]) == ("SECURE-1", "LEARN-1")
    assert Category.objects.get(key="protected").clause.key == "SUPPORT-1"


@pytest.mark.django_db
@pytest.mark.shared_data
@pytest.mark.parametrize("reviewed", [True, False])
def test_a_real_policy_is_cited_by_its_keys_or_found_by_its_words(
    shared_policy: Path, reviewed: bool
) -> None:
    """Without the reviewed table the keys are other ones, and the words lead to the same text."""
    table = REAL_KEYS if reviewed else None
    plan = plan_import(shared_policy / "employee-responsible-use.txt", table=table)
    adopt_revision(actor=SOMEBODY, plan=plan, source="test")
    ensure_defaults(actor=SOMEBODY)
    cited = {key: Rule.objects.get(key=key).clause for key in REAL}
    if reviewed:
        assert {key: clause.key for key, clause in cited.items()} == REAL
    words = {key: clause.texts.get(valid_to=None).official for key, clause in cited.items()}
    assert "harmful to minors" in words["cipa-minors"]
    assert "cyber security threats" in words["security-malware"]
    assert "proxy servers" in words["no-bypass"]
    assert "violent" in words["students-harm"]
    assert "illegally obtained" in words["no-piracy"]
    assert "education and business objectives" in words["younger-leisure"]
