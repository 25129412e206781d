"""The whole story of a policy at the size of a district: 2,000 employees, from import to proof.

The real policy comes in, everybody signs it, three of its clauses are revised, and everybody
signs again. Most sign on lists of paper, as buildings do on the first day; some on screen, some
through the pages.
"""

from __future__ import annotations

import io
import itertools
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from hornbook.district.learning.actions.campaigns import start_campaign
from hornbook.district.learning.actions.duties import save_duty
from hornbook.district.learning.actions.lists import record_list
from hornbook.district.learning.models import Assignment, Campaign, Duty, Signature
from hornbook.district.learning.plan import plan_campaign
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.verify import verify
from hornbook.district.people.actions import apply_roster, known
from hornbook.district.people.audience import audience_of
from hornbook.district.people.models import Person, Role
from hornbook.district.people.permissions import actor_of
from hornbook.district.people.roster.files import Delivery
from hornbook.district.people.roster.reading import read_delivery
from hornbook.district.policy.access import clause_by_key, text_in_force
from hornbook.district.policy.actions import adopt_revision
from hornbook.district.policy.models import ClauseText, EvidenceKind, Revision
from hornbook.district.policy.pack.actions import pack_clause, path_of
from hornbook.district.policy.pack.models import Pack
from hornbook.district.policy.plan import plan_import
from hornbook.district.policy.revising.actions import (
    Wording,
    edit_clause,
    file_evidence,
    open_draft,
    propose,
)
from hornbook.district.policy.revising.adopting import adopt
from hornbook.district.policy.revising.impact import impact_of, signers
from hornbook.district.policy.revising.models import Draft
from tests.district.conftest import MakePerson, Sites
from tests.district.learning.conftest import ask_about, sign_now
from tests.district.policy.coverage.test_map import changed, state
from tests.district.policy.pack.test_packs import check
from tests.district.policy.test_living_policy import CHANGES
from tests.district.policy.test_real_policy import TABLE
from tests.district.test_doors import ADDRESSES, EVERYBODY, SAMPLES, TOKEN

pytestmark = [pytest.mark.django_db, pytest.mark.shared_data]

PEOPLE = 2_000
SCHOOLS = ("Maple Elementary", "Oak Elementary", "Birch High School", "Central Office")
#: role → how many in a hundred; the board signs nothing, since the policy is for employees.
ROLES = {
    "teacher": 50,
    "aide": 12,
    "coach": 8,
    "volunteer": 12,
    "substitute": 6,
    "secretary": 8,
    "board member": 4,
}
SENTENCE = "I have read it and I will follow it."

ClientFor = Callable[[Person | None], Client]


def staff_csv() -> str:
    """2,000 rows; every twentieth has left, and every fortieth begins next month."""
    today = timezone.localdate()
    roles = itertools.cycle([role for role, share in ROLES.items() for _ in range(share)])
    lines = ["First name,Last name,E-mail,Role,Site,Start date,End date"]
    for n, role in zip(range(PEOPLE), roles, strict=False):
        start = today + timedelta(days=30) if n % 40 == 7 else date(2024, 8, 1)
        end = today - timedelta(days=1) if n % 20 == 3 else ""
        site = SCHOOLS[n % len(SCHOOLS)]
        lines.append(f"Person{n},Number{n:04},p{n}@district.test,{role},{site},{start},{end}")
    return "\n".join(lines)


def meant(n: int) -> bool:
    """Whether row ``n`` is an employee today, told from the file and not from the code."""
    roles = [role for role, share in ROLES.items() for _ in range(share)]
    return n % 40 != 7 and n % 20 != 3 and roles[n % len(roles)] != "board member"


@pytest.fixture
def employees(sites: Sites, actor: Actor) -> set[str]:
    """The e-mail addresses of those whom the policy means today, after the real import."""
    delivery = Delivery("staff list", {"staff.csv": staff_csv().encode()})
    roster = read_delivery(delivery, known())
    apply_roster(actor=actor, roster=roster, today=timezone.localdate(), source="staff")
    own = Person.objects.filter(roles__role=Role.IT).values_list("email", flat=True)
    return {f"p{n}@district.test" for n in range(PEOPLE) if meant(n)} | set(own)


@pytest.fixture
def first(shared_policy: Path, employees: set[str], actor: Actor) -> Revision:
    """The real policy, adopted, with a duty to sign it and a question about what will change."""
    path = shared_policy / "employee-responsible-use.txt"
    plan = plan_import(path, table=TABLE, policy_key="employee-responsible-use")
    revision = adopt_revision(actor=actor, plan=plan, source=path.name).revision
    save_duty(
        actor=actor,
        key="sign",
        text=text_of("PUR-1"),
        title="Responsible use",
        kind=Duty.Kind.SIGN,
        audience=audience_of("employee"),
        sentence=SENTENCE,
        school_days=10,
    )
    return revision


def text_of(key: str) -> ClauseText:
    found = text_in_force(clause_by_key(key), timezone.localdate())
    assert found is not None
    return found


def ask_everybody(revision: Revision, actor: Actor, expected: set[str]) -> Campaign:
    """Exactly those who are meant are asked."""
    plan = plan_campaign(Duty.objects.get(), revision, today=timezone.localdate())
    asked = Person.objects.filter(pk__in=plan.ask).values_list("email", flat=True)
    assert set(asked) == expected
    return start_campaign(actor=actor, plan=plan)


def open_rows(campaign: Campaign) -> list[Assignment]:
    return list(campaign.assignments.filter(state="open").select_related("person"))


def run_to_the_end(campaign: Campaign, client_for: ClientFor, actor: Actor) -> None:
    """A few through the pages, a few by the action, all others on a list a school."""
    rows = open_rows(campaign)
    for row in rows[:3]:
        sign_on_pages(client_for(row.person), row)
    for row in rows[3:12]:
        sign_now(row)
    rest = [row.person_id for row in open_rows(campaign)]
    for place in range(4):
        record_list(
            actor=actor,
            campaign=campaign,
            people=rest[place::4],
            signed_on=timezone.localdate(),
            witness="The principal",
        )
    assert not open_rows(campaign)
    assert Signature.objects.filter(assignment__campaign=campaign).count() == len(rows)


def sign_on_pages(client: Client, row: Assignment) -> None:
    """As a person does: what changed, read, the question when there is one, confirm."""
    steps = {name: reverse(name, args=[row.key]) for name in ("sign-read", "sign-confirm")}
    client.get(reverse("sign-changes", args=[row.key]))
    page = client.get(steps["sign-read"])
    read = {"sha256": _field(page.content.decode(), "sha256")}
    reply = client.post(steps["sign-read"], read, follow=True)
    if "question" in reply.request["PATH_INFO"]:
        client.post(reply.request["PATH_INFO"], {"choice": "1"})
    page = client.get(steps["sign-confirm"])
    sha256 = _field(page.content.decode(), "sha256")
    reply = client.post(steps["sign-confirm"], {"sha256": sha256})
    assert reply["Location"].startswith("/signatures/")


def _field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, page[:2000]
    return found[1]


def revise(revision: Revision, actor: Actor) -> Draft:
    """The three clauses of ``CHANGES``, with the evidence of a notice and a meeting."""
    draft = open_draft(actor=actor, policy=revision.policy, why="Unlocked screens.")
    for key, official in CHANGES.items():
        clause = draft.clauses.select_related("draft").get(key=key)
        edit_clause(actor=actor, clause=clause, version=0, wording=Wording(official))
    for kind, day in ((EvidenceKind.NOTICE, 3), (EvidenceKind.MEETING, 17)):
        on = date(2026, 8, day)
        draft = file_evidence(actor=actor, draft=draft, kind=kind, on=on, words="Web site")
    return draft


def test_a_policy_lives_through_a_revision_with_two_thousand_people(
    first: Revision,
    employees: set[str],
    actor: Actor,
    client_for: ClientFor,
    make_person: MakePerson,
    sites: Sites,
    tmp_path: Path,
) -> None:
    assert ClauseText.objects.in_force(timezone.localdate()).count() == 74
    nobody_signed = state()
    run_to_the_end(ask_everybody(first, actor, employees), client_for, actor)
    everybody_signed = state()
    lit = changed(nobody_signed, everybody_signed)
    assert set(lit.values()) == {"lit"}
    assert {light for _, light in lit} == {"signed"}
    assert set(CHANGES) <= {key for key, _ in lit}

    draft = revise(first, actor)
    told = impact_of(draft, timezone.localdate())
    again = signers(draft.policy, timezone.localdate())
    assert set(again.values_list("email", flat=True)) == employees
    assert (told.people, told.signings[0].signed_before) == (len(employees), len(employees))

    owner = make_person("Paul Penman", Role.POLICY_OWNER, sites.central)
    leader = make_person("Sue Perintend", Role.SUPERINTENDENT, sites.central)
    employees |= {owner.email, leader.email}
    propose(actor=actor_of(owner), person=owner, draft=draft)
    before = state()
    second = adopt(
        actor=actor_of(leader),
        person=leader,
        draft=draft,
        effective_on=timezone.localdate(),
        minute_ref="Item 7b",
    ).revision
    ask_about(text_of("CRD-2"), actor)
    adopted = state()
    needed_more = {("CRD-2", "enforced"), ("CRD-2", "watched")} | {
        ("SOC-2", light) for light in ("enforced", "watched", "proved")
    }  # “should” and “encouraged” became binding
    assert changed(before, adopted) == {
        **{(key, "signed"): "dark" for key in CHANGES},
        **dict.fromkeys(needed_more, "dark"),
        ("CRD-2", "taught"): "lit",
    }

    campaign = ask_everybody(second, actor, employees)
    run_to_the_end(campaign, client_for, actor)
    assert changed(adopted, state()) == {(key, "signed"): "lit" for key in CHANGES}

    nobody_elses_business(campaign, client_for, make_person, sites)
    made = pack_clause(actor=actor, text=text_of("CRD-2"))
    a_pack_that_nobody_can_change(made, len(employees), tmp_path)
    assert verify().ok


def nobody_elses_business(
    campaign: Campaign, client_for: ClientFor, make_person: MakePerson, sites: Sites
) -> None:
    """Human resources of Oak at every address: nothing of Maple's, and no names of its people."""
    client = client_for(make_person("Henry Hires", Role.HR, sites.oak))
    row = campaign.assignments.filter(sites=[sites.maple.pk]).select_related("person")[0]
    theirs = Person.objects.exclude(roles__site=sites.oak).values_list("family_name", flat=True)
    names = re.compile(rf"\b({'|'.join(name for name in theirs if 'Number' in name)})\b")
    for name, address in addresses(row):
        for reply in (client.get(address), client.post(address)):
            told = reply.content.decode(errors="replace")
            assert not names.search(told), f"{name} tells {names.search(told)}"
            assert name not in MAPLES or reply.status_code in (404, 405), name


MAPLES = {
    *("person", "role-give", "role-end", "sign-somebody-out", "token-issue", "token-revoke"),
    *("assignment", "signature", "signature-paper", "signature-withdraw"),
    *("sign-changes", "sign-read", "sign-question", "sign-confirm", "sign-refuse", "sign-paper"),
    *("campaign-plan", "campaign-remind", "campaign-doubts", "campaign-close"),
    *("duties", "duty", "duty-new", "questions", "question-retire", "notice", "no-school"),
    *("draft", "draft-move", "draft-evidence", "draft-adopt", "draft-clause", "draft-add"),
    *("draft-clause-move", "revise", "revise-check", "policy-desk", "explain", "packs", "pack"),
    *("clause-decide", "directory", "directory-let-in", "directory-shut-out", "directory-group"),
}
"""What belongs to people of Maple, or to those who look after the whole district."""


def addresses(row: Assignment) -> Iterator[tuple[str, str]]:
    """(name, address) of every page behind a door, with Maple's own things where it has some."""
    signature = row.signatures.get()
    role = row.person.roles.get()
    real: dict[str, list[object]] = {
        "person": [row.person.key],
        "role-give": [row.person.key],
        "role-end": [row.person.key, role.pk],
        "sign-somebody-out": [row.person.key],
        "token-issue": [row.person.key],
        "campaign": [row.campaign.key],
        "campaign-people": [row.campaign.key],
        "campaign-paper": [row.campaign.key],
        "campaign-remind": [row.campaign.key],
        "campaign-doubts": [row.campaign.key],
        "campaign-close": [row.campaign.key],
        "assignment": [row.campaign.key, row.key],
        "signature-withdraw": [row.campaign.key, row.key, signature.number],
        "signature": [signature.number],
        "signature-paper": [signature.number],
        "duty": [row.campaign.duty.key],
        "questions": ["CRD-2"],
        "clause-lights": ["CRD-2"],
        "clause-decide": ["CRD-2"],
        "explain": ["CRD-2"],
        "policy-desk": [row.campaign.revision.policy.key],
        "draft": [Draft.objects.get().pk],
        "draft-move": [Draft.objects.get().pk],
        "draft-adopt": [Draft.objects.get().pk],
        "draft-clause": [Draft.objects.get().pk, "CRD-2"],
        **{
            name: [row.key]
            for name in ("sign-changes", "sign-read", "sign-question", "sign-confirm", "sign-paper")
        },
    }
    for name, parameters in ADDRESSES:
        if name in EVERYBODY | TOKEN or name.startswith(("account_", "mfa_", "socialaccount")):
            continue
        yield name, reverse(name, args=real[name]) if name in real else _any(name, parameters)


def _any(name: str, parameters: tuple[str, ...]) -> str:
    for values in itertools.product(SAMPLES, repeat=len(parameters)):
        try:
            return reverse(name, kwargs=dict(zip(parameters, values, strict=True)))
        except NoReverseMatch:
            continue
    raise AssertionError(f"no address for {name}")


def a_pack_that_nobody_can_change(made: Pack, signed: int, folder: Path) -> None:
    """It holds offline, proves every signature, and one changed octet is enough to fail."""
    data = path_of(made.sha256).read_bytes()
    code, words = check(data, folder, made.sha256)
    assert code == 0, words
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        told = archive.read("signatures.json").decode()
    assert told.count('"shown_sha256"') >= 2 * (signed - 2)
    chance = random.Random(4)
    for place in [0, len(data) - 1, *(chance.randrange(len(data)) for _ in range(4))]:
        broken = bytearray(data)
        broken[place] ^= 1 << chance.randrange(8)
        assert check(bytes(broken), folder)[0] != 0, f"octet {place} was changed unnoticed"
