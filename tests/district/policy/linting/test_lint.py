"""Every check finds its case, leaves its near-miss alone, and says when it did not look."""

from __future__ import annotations

from datetime import date

import pytest

from hornbook.district.policy.linting.data import checks, laws
from hornbook.district.policy.linting.lint import lint
from hornbook.district.policy.linting.model import Library, Openly, Report, RuleFact, Words


def clause(
    text: str,
    *,
    key: str = "X-1",
    force: str = "must",
    holder: str = "staff",
    since: date | None = None,
) -> Words:
    return Words("use", key, text, force, holder, since)


def run(check: str, library: Library) -> Report:
    return lint(library, [one for one in checks() if one.key == check])


def found(check: str, *clauses: Words) -> list[str]:
    return [finding.clause for finding in run(check, Library(clauses)).findings]


@pytest.mark.parametrize(
    ("check", "bad", "good"),
    [
        (
            "foia",
            "Files are public under the Freedom of Information Act (FOIA).",
            "Files are public under Iowa Code chapter 22 (the state FOIA).",
        ),
        (
            "passive",
            "Training will be provided to employees and students.",
            "Training will be provided by the technology office.",
        ),
        (
            "other-authority",
            "Report it to the principal or other authority.",
            "Report it to the principal.",
        ),
        (
            "private-records",
            "All information on the computer system is considered a public record.",
            "All information about fees is on the web site.",
        ),
    ],
)
def test_wordings(check: str, bad: str, good: str) -> None:
    assert found(check, clause(bad), clause(good, key="X-2")) == ["X-1"]


def test_a_passive_that_only_advises_is_left_alone() -> None:
    assert found("passive", clause("Lessons will be provided.", force="encouraged")) == []


ELEMENTS = {
    "cipa-i": "The District blocks pictures that are obscene or harmful to minors.",
    "cipa-ii": "Teachers watch over the safety of students in e-mail and chat rooms.",
    "cipa-iii": "Students must not try to hack or gain unauthorized access.",
    "cipa-iv": "Nobody may publish personal information of a student.",
    "cipa-v": "The District filters the network to keep out obscene pictures.",
    "cipa-monitoring": "Teachers monitor what students do on line.",
    "cipa-education": "Schools teach students about social networks and cyberbullying.",
}


@pytest.mark.parametrize(("check", "words"), ELEMENTS.items())
def test_an_element_may_stand_in_any_policy(check: str, words: str) -> None:
    silent = clause("Staff must return keys.", key="K-1")
    (missing,) = run(check, Library([silent])).findings
    assert (missing.policy, missing.clause) == ("", "")
    report = run(check, Library([silent, clause(words)]))
    assert report.findings == []
    assert report.addressed[0].clauses == ["X-1"]


def test_without_a_policy_nothing_was_checked() -> None:
    report = run("cipa-i", Library([]))
    assert report.findings == []
    assert "no policy" in report.not_checked[0].words


@pytest.mark.parametrize(
    ("words", "since", "expected"),
    [
        ("Report all bullying.", date(2020, 10, 12), True),
        ("Report all bullying.", date(2025, 7, 1), False),
        ("We obey COPPA and FERPA.", date(2020, 10, 12), True),
        ("We obey FERPA.", date(2020, 10, 12), False),
        ("We obey the law.", date(1999, 4, 19), False),
        ("Report all bullying.", None, False),
    ],
)
def test_wordings_older_than_their_law(words: str, since: date | None, expected: bool) -> None:
    assert bool(found("statute", clause(words, since=since))) is expected


def test_a_duty_of_nobody() -> None:
    free, bound = clause("It must be locked.", holder="nobody"), clause("Staff must lock.")
    assert found("nobody", free, bound, clause("It may.", holder="nobody", force="may")) == ["X-1"]


def test_a_rule_that_enforces_harder_than_its_text() -> None:
    rules = [RuleFact("Games in class", "X-1"), RuleFact("Proxies", "X-2")]
    library = Library([clause("Should work.", force="should"), clause("Must.", key="X-2")], rules)
    (finding,) = run("harder", library).findings
    assert (finding.clause, "only says “should”" in finding.words) == ("X-1", True)


def test_notice_and_meeting_are_both_asked_for() -> None:
    library = Library([], openly=[Openly("use", []), Openly("bus", ["notice", "hearing"])])
    (finding,) = run("openly", library).findings
    assert finding.policy == "use"
    assert "the notice and the hearing or meeting" in finding.words


def test_links_that_are_wrong_and_links_that_nobody_asked() -> None:
    text = "See http://www.copyright.gov/fls/fl102.html, https://intranet/rules and www.loc.gov."
    report = run("links", Library([clause(text)]))
    assert ["retired" in report.findings[0].words, "inside" in report.findings[1].words] == [
        True
    ] * 2
    assert [one.words.split(":")[0] for one in report.not_checked] == ["www.loc.gov"]


def test_every_check_and_law_names_its_source_and_its_day() -> None:
    for check in checks():
        assert check.citation
        assert check.checked_on <= date.today()
        assert check.weight in ("mend", "look")
    assert {law.name for law in laws() if not law.citation} == set()
