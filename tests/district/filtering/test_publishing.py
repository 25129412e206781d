"""From tables to parts: what is put in force, how often, and what an error leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from hornbook.district.filtering import cataloguing
from hornbook.district.filtering.compiler.rules import CompileError
from hornbook.district.filtering.defaults import protected_names
from hornbook.district.filtering.models import Category, LocalEntry, Profile, Publication, Rule
from hornbook.district.filtering.publishing import PublishError, publish, store_of
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person, Role, Seat
from hornbook.district.policy.models import ClauseText
from hornbook.instance import Instance
from hornbook.kernel.explain import Explanation, explain
from hornbook.kernel.judge import Kernel
from tests.district.conftest import MakePerson, Sites
from tests.district.filtering.conftest import born

CHICAGO = ZoneInfo("America/Chicago")
MONDAY_10 = (0, 10, 0)
SATURDAY_10 = (5, 10, 0)
Sit = Callable[[str, Person], Seat]


def kernel() -> Kernel:
    current = store_of().current()
    assert current is not None
    return store_of().load(current)


def ask(name: str, profile: str, when: tuple[int, int, int] = MONDAY_10) -> Explanation:
    served = kernel()
    return explain(served, name, profile=profile, slot=served.rulebook.slot_at(*when))


PUBLISHED = [
    ("naked.example", "elementary-students", MONDAY_10, "block", "cipa-minors"),
    ("www.naked.example", "staff", MONDAY_10, "block", "cipa-adults"),
    ("play.example", "elementary-students", SATURDAY_10, "block", "younger-leisure"),
    ("play.example", "high-students", MONDAY_10, "block", "high-leisure-school-hours"),
    ("play.example", "high-students", SATURDAY_10, "allow", ""),
    ("play.example", "staff", MONDAY_10, "allow", ""),
    ("good.fun.example", "elementary-students", MONDAY_10, "allow", "district-allows"),
    ("virus.example", "it", MONDAY_10, "block", "security-malware"),
    ("unlisted.example", "guests", MONDAY_10, "allow", ""),
    ("chat.988lifeline.org", "guests", MONDAY_10, "allow", "protected"),
]


def test_what_is_published(house: Instance, actor: Actor) -> None:
    publish(actor=actor)
    found = []
    for name, profile, when, *_ in PUBLISHED:
        verdict = ask(name, profile, when).verdict
        found.append((name, profile, when, verdict.action, verdict.rule))
    assert found == PUBLISHED


def test_a_block_cites_the_words_in_force(house: Instance, actor: Actor) -> None:
    publish(actor=actor)
    verdict = ask("naked.example", "guests").verdict
    assert verdict.clause == "FILTER-1@1"
    assert verdict.official.startswith("The District filters pictures")
    assert (verdict.revised_on, verdict.basis) == ("2020-08-01", "cipa-minor")
    assert (verdict.ede, verdict.answer, verdict.category) == (15, "notice", "adult")
    assert verdict.title == "Sexual content"


def test_notice_pages_are_told_who_helps_and_why(
    house: Instance, actor: Actor, it_admin: Person
) -> None:
    publish(actor=actor)
    told = kernel().rulebook.notice
    assert told["district"] == "Central Office"
    assert {"name": "Ida Itwell, IT", "email": it_admin.email} in told["contacts"]
    assert "988" in {line.get("call") for line in told["crisis_lines"]}
    assert "47 U.S.C. 254" in told["bases"]["cipa-minor"]["citation"]
    assert told["roles"]["director"] == "Director"
    assert set(protected_names()) <= set(told["protected"])


def test_nothing_that_is_listed_or_ruled_blocks_the_protected_set(
    house: Instance, actor: Actor, policy_in_force: dict[str, ClauseText]
) -> None:
    clause = policy_in_force["FILTER-1"].clause
    adult = Category.objects.get(key="adult")
    for name in protected_names():
        LocalEntry.objects.create(name=f"www.{name}", category=adult, clause=clause, reason="Test")
    everything = Rule.objects.create(
        order=1,
        key="all",
        name="All",
        action="block",
        clause=clause,
        basis="cipa-minor",
        locked=True,
    )
    publish(actor=actor)
    assert ask("naked.example", "it").verdict.rule == everything.key
    for name in protected_names():
        for profile in kernel().rulebook.profiles:
            assert ask(f"www.{name}", profile).verdict.action == "allow"


def test_the_console_itself_is_protected(
    house: Instance, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HORNBOOK_CONSOLE_URL", "https://console.play.example/")
    publish(actor=actor)
    assert ask("console.play.example", "guests").verdict.rule == "protected"
    assert ask("play.example", "guests").verdict.action == "block"


def test_seats_take_their_person_s_profile(
    house: Instance, actor: Actor, sit: Sit, make_person: MakePerson, sites: Sites
) -> None:
    young = make_person("Yan Young", Role.STUDENT, sites.birch, birth_date=born(15))
    older = make_person("Ola Older", Role.STUDENT, sites.birch, birth_date=born(18))
    left = make_person("Lea Left", Role.TEACHER, sites.oak, ends_on=date(2021, 6, 30))
    for address, person in [("10.0.0.1", young), ("10.0.0.2", older), ("10.0.0.3", left)]:
        sit(address, person)
    Seat.objects.create(network="10.9.0.0/16", site=sites.oak)
    publish(actor=actor)
    seating = kernel().seating

    def seat(address: str) -> tuple[str, str]:
        found = seating.seats[seating.by_address(address)]
        return found.profile, found.site

    assert seat("10.0.0.1") == ("high-students", "birch")
    assert seat("10.0.0.2") == ("high-students-17", "birch")
    assert seat("10.0.0.3") == ("guests", "")
    assert seat("10.9.8.7") == ("guests", "oak")
    assert seat("192.0.2.1") == ("guests", "district")


def test_publishing_twice_writes_nothing_new(house: Instance, actor: Actor) -> None:
    first = publish(actor=actor)
    leaves = Leaf.objects.count()
    assert publish(actor=actor) == first
    assert (Publication.objects.count(), Leaf.objects.count()) == (1, leaves)


def test_a_rule_s_change_keeps_the_catalogue(
    house: Instance, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish(actor=actor)
    monkeypatch.delattr(cataloguing, "build_with_workbook")
    Rule.objects.filter(key="younger-leisure").update(enabled=False)
    second = publish(actor=actor)
    assert second.catalogue == first.catalogue
    assert second.rulebook != first.rulebook
    assert ask("play.example", "elementary-students").verdict.action == "allow"


def test_a_publication_is_a_leaf_with_its_clauses(house: Instance, actor: Actor) -> None:
    publication = publish(actor=actor)
    leaf = Leaf.objects.filter(verb="filtering.published").get()
    assert leaf.detail["catalogue"] == publication.catalogue
    assert "FILTER-1@1" in leaf.clause_texts


def test_a_first_publication_makes_the_defaults(
    instance: Instance, policy_in_force: dict[str, ClauseText], actor: Actor
) -> None:
    publish(actor=actor)
    assert Profile.objects.filter(key="guests").exists()
    assert ask("988lifeline.org", "guests").verdict.rule == "protected"


def test_a_rule_without_words_in_force_is_not_compiled(
    house: Instance, actor: Actor, policy_in_force: dict[str, ClauseText]
) -> None:
    publish(actor=actor)
    before = store_of().current()
    text = policy_in_force["COPY-1"]
    text.valid_to = date(2021, 1, 1)
    text.save()
    with pytest.raises(CompileError, match=r"“no-piracy”.*COPY-1.*import policy"):
        publish(actor=actor)
    assert store_of().current() == before


def test_a_rule_that_is_switched_off_needs_no_words(
    house: Instance, actor: Actor, policy_in_force: dict[str, ClauseText]
) -> None:
    Rule.objects.filter(key="no-piracy").update(enabled=False)
    policy_in_force["COPY-1"].delete()
    assert publish(actor=actor)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (
            lambda: Rule.objects.filter(key="no-bypass").update(
                windows=[{"days": [9], "from": "08:00", "to": "15:00"}]
            ),
            "no-bypass.*days must be",
        ),
        (lambda: Profile.objects.filter(key="guests").update(audience={"sites": []}), "no profile"),
        (lambda: Seat.objects.update(network="10.0.0.300/32"), "10.0.0.300"),
        (lambda: LocalEntry.objects.filter(name="play.example").update(name="a..b"), "a..b"),
    ],
)
def test_broken_inputs_leave_the_parts_in_service(
    house: Instance,
    actor: Actor,
    sit: Sit,
    owner: Person,
    spoil: Callable[[], object],
    words: str,
) -> None:
    sit("10.0.0.1", owner)
    publish(actor=actor)
    before, leaves = store_of().current(), Leaf.objects.count()
    spoil()
    with pytest.raises(CompileError, match=words):
        publish(actor=actor)
    assert store_of().current() == before
    assert (Publication.objects.count(), Leaf.objects.count()) == (1, leaves)
    assert ask("naked.example", "guests").verdict.action == "block"


def test_a_damaged_catalogue_is_built_again(house: Instance, actor: Actor) -> None:
    publication = publish(actor=actor)
    path = store_of().path(publication.catalogue)
    path.write_bytes(path.read_bytes()[:-8])
    assert publish(actor=actor).catalogue == publication.catalogue
    assert ask("naked.example", "guests").verdict.action == "block"


def test_a_full_disk_is_told_and_changes_nothing(
    house: Instance, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(actor=actor)
    before = store_of().current()
    Rule.objects.filter(key="younger-leisure").update(enabled=False)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hornbook.node.partstore.write_atomically", full)
    with pytest.raises(PublishError, match="No space left"):
        publish(actor=actor)
    assert store_of().current() == before
    assert Publication.objects.count() == 1


def test_a_rule_that_can_never_speak_is_a_warning(house: Instance, actor: Actor) -> None:
    clause = Rule.objects.get(key="cipa-minors").clause
    late = Rule.objects.create(
        order=900, key="late", name="Late", action="allow", clause=clause, basis="local"
    )
    late.categories.set(Category.objects.filter(key="malware"))
    warned = publish(actor=actor).warnings
    assert "The rule “Late” can never speak; before it: security-malware." in warned
    assert any("“Late” contradict each other about malware" in one for one in warned)
