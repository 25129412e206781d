"""Letters, trainings and charges: what they say, who sees them, who may not decide."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from hornbook.district.consequences.actions import Refused, train, write_letter
from hornbook.district.consequences.charge_actions import ask, contest, hear, settle, waive
from hornbook.district.consequences.models import Charge, ChargeState, Letter
from hornbook.district.learning.actions.duties import write_question
from hornbook.district.learning.models import Training
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.mail.models import Letter as MailLetter
from hornbook.district.people.models import Person
from hornbook.district.policy.models import ClauseText
from tests.district.consequences.conftest import ClientFor, MakeConsequence

pytestmark = pytest.mark.django_db
Ask = Callable[..., Charge]


def test_the_letter_says_what_why_until_when_and_how_to_appeal(
    make_consequence: MakeConsequence, actor: Actor
) -> None:
    consequence = make_consequence()
    letter = write_letter(actor=actor, consequence=consequence)
    paper: Any = PdfReader(BytesIO(bytes(letter.pdf)))
    assert paper.trailer["/Root"]["/MarkInfo"]["/Marked"]
    words = " ".join(" ".join(page.extract_text() for page in paper.pages).split())
    decision = consequence.decision
    for part in (
        "Olive Owner",
        "For two weeks only school pages open.",
        "It was used to get around the filter.",
        "Users must not use proxies",
        "BYPASS-1@1, in force since August 1, 2020",
        f"{consequence.ends_on:%B %-d, %Y}",
        f"Until {decision.appeal_by:%B %-d, %Y} you may ask another person",
        "Reading is not agreeing",
    ):
        assert part in words
    leaf = Leaf.objects.get(no=letter.leaf_no)
    assert leaf.detail["sha256"] == hashlib.sha256(bytes(letter.pdf)).hexdigest()
    assert leaf.clause_texts == ["BYPASS-1@1"]


def test_a_letter_is_written_once_and_stays(
    make_consequence: MakeConsequence, actor: Actor
) -> None:
    consequence = make_consequence()
    first = write_letter(actor=actor, consequence=consequence)
    assert write_letter(actor=actor, consequence=consequence) == first
    with pytest.raises(DatabaseError), transaction.atomic():
        Letter.objects.update(pdf=b"another")


def test_the_subject_reads_it_and_says_so(
    make_consequence: MakeConsequence, client_for: ClientFor, owner: Person, principal: Person
) -> None:
    consequence = make_consequence()
    lead = client_for(principal)
    listed = lead.get(reverse("follows")).content.decode()
    assert reverse("follow", args=[consequence.key]) in listed
    lead.post(reverse("follow", args=[consequence.key]), {"do": "letter"})
    mine = client_for(owner)
    assert mine.get(reverse("follow-letter", args=[consequence.key])).content[:5] == b"%PDF-"
    assert (
        "Appeal until" in mine.get(reverse("follow-mine", args=[consequence.key])).content.decode()
    )
    mine.post(reverse("follow-mine", args=[consequence.key]))
    consequence.refresh_from_db()
    assert consequence.acknowledged_at is not None
    assert reverse("follow-mine", args=[consequence.key]) in mine.get("/me/").content.decode()


@pytest.mark.parametrize("who", ["colleague", "stranger", "other_principal", "hr", "it_admin"])
def test_others_see_nothing(
    request: pytest.FixtureRequest,
    make_consequence: MakeConsequence,
    client_for: ClientFor,
    actor: Actor,
    who: str,
) -> None:
    consequence = make_consequence()
    write_letter(actor=actor, consequence=consequence)
    client = client_for(request.getfixturevalue(who))
    for name in ("follow", "follow-letter", "follow-mine"):
        assert client.get(reverse(name, args=[consequence.key])).status_code == 404


def test_the_subject_gets_no_hand_on_it(
    make_consequence: MakeConsequence, client_for: ClientFor, owner: Person
) -> None:
    consequence = make_consequence()
    assert client_for(owner).get(reverse("follow", args=[consequence.key])).status_code == 404


def test_a_training_is_done_when_every_answer_is_right(
    make_consequence: MakeConsequence,
    client_for: ClientFor,
    actor: Actor,
    owner: Person,
    colleague: Person,
    policy_in_force: dict[str, ClauseText],
) -> None:
    choices = [
        {"text": "Ask to have it opened", "why": "That is the way.", "right": True},
        {"text": "Use a proxy", "why": "That is what the clause forbids.", "right": False},
    ]
    text = policy_in_force["BYPASS-1"]
    question = write_question(actor=actor, text=text, prompt="It is blocked?", choices=choices)
    consequence = make_consequence()
    training = train(actor=actor, consequence=consequence)
    assert train(actor=actor, consequence=consequence) == training, "given once"
    address = reverse("training", args=[training.key])
    assert client_for(colleague).get(address).status_code == 404
    client = client_for(owner)
    assert "Learn: BYPASS-1" in client.get(reverse("today")).content.decode()
    wrong = client.post(address, {f"q{question.pk}": "1"})
    assert "what the clause forbids" in wrong.content.decode()
    training.refresh_from_db()
    assert training.done_at is None
    client.post(address, {f"q{question.pk}": "0"})
    assert Training.objects.exclude(done_at=None).get() == training
    assert "Learn: BYPASS-1" not in client.get(reverse("today")).content.decode()
    assert "Done" in client.get(reverse("follow-mine", args=[consequence.key])).content.decode()


# --- charges ---


@pytest.fixture
def charge_of(owner: Person, principal: Person, policy_in_force: dict[str, ClauseText]) -> Ask:
    def make(**told: object) -> Charge:
        facts: dict[str, object] = {
            "asker": principal,
            "person": owner,
            "clause": policy_in_force["SECURE-1"].clause,
            "what": "Screen of laptop 17",
            "evidence": "Bill 4711",
            "cents": 12_050,
        }
        return ask(**facts | told)  # type: ignore[arg-type]

    return make


def test_a_charge_is_contested_and_heard_by_another_person(
    charge_of: Ask, owner: Person, principal: Person, hr: Person
) -> None:
    charge = contest(charge=charge_of(), words="It fell off a broken table.")
    for judge in (principal, owner):
        with pytest.raises(Refused, match="Another person"):
            hear(charge=charge, judge=judge, cents=0, reason="x")
    with pytest.raises(Refused, match="more"):
        hear(charge=charge, judge=hr, cents=20_000, reason="x")
    with pytest.raises(Refused, match="not possible"):
        settle(charge=charge, who=hr, how="paid")
    heard = hear(charge=charge, judge=hr, cents=5_000, reason="Half of it is wear.")
    assert (heard.state, heard.dollars) == (ChargeState.UPHELD, "$50.00")
    assert settle(charge=heard, who=hr, how="Paid at the office").state == ChargeState.SETTLED
    with pytest.raises(Refused):
        waive(charge=heard, who=hr, reason="too late")


def test_hearing_it_may_end_it(charge_of: Ask, hr: Person) -> None:
    charge = contest(charge=charge_of(), words="Not mine.")
    assert hear(charge=charge, judge=hr, cents=0, reason="True.").state == ChargeState.WAIVED


def test_the_database_holds_it_too(charge_of: Ask, principal: Person, owner: Person) -> None:
    charge = charge_of()
    for wrong in ({"heard_by": principal}, {"amount": 99_999}, {"asked": 1}, {"state": "upheld"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Charge.objects.filter(pk=charge.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Charge.objects.create(
            person=owner,
            clause_text=charge.clause_text,
            what="x",
            evidence="y",
            asked=1,
            amount=1,
            asked_by=owner,
            asked_at=timezone.now(),
        )


@pytest.mark.parametrize(
    ("told", "words"),
    [({"cents": 0}, "amount"), ({"cents": 1_000_001}, "counsel"), ({"evidence": " "}, "shows")],
)
def test_a_claim_without_grounds_is_refused(
    charge_of: Ask, told: dict[str, object], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        charge_of(**told)


def test_a_letter_by_mail_names_no_amount(charge_of: Ask) -> None:
    charge_of()
    body = MailLetter.objects.get().body
    assert "120" not in body
    assert "Nothing is taken from your pay" in body


def test_no_field_of_a_charge_leads_to_pay() -> None:
    names = {one.name for one in Charge._meta.get_fields()}
    assert not [name for name in names if "pay" in name or "deduct" in name or "wage" in name]


def test_pages_from_asking_to_hearing(
    client_for: ClientFor,
    owner: Person,
    principal: Person,
    hr: Person,
    policy_in_force: dict[str, ClauseText],
) -> None:
    asks = client_for(principal)
    told = {
        "what": "A lost charger",
        "amount": "19.99",
        "clause": "SECURE-1",
        "evidence": "Ticket 9",
    }
    address = asks.post(reverse("charge-new", args=[owner.key]), told).headers["Location"]
    charge = Charge.objects.get()
    assert charge.amount == 1999
    mine = client_for(owner)
    assert reverse("charge-mine", args=[charge.key]) in mine.get("/me/").content.decode()
    mine.post(reverse("charge-mine", args=[charge.key]), {"words": "I gave it back."})
    assert "Another person than you decides" in asks.get(address).content.decode()
    judge = client_for(hr)
    assert "I gave it back." in judge.get(address).content.decode()
    assert judge.post(address, {"do": "hear", "hear-amount": "0"}).status_code == 422
    judge.post(address, {"do": "hear", "hear-amount": "0", "hear-reason": "It was found."})
    charge.refresh_from_db()
    assert charge.state == ChargeState.WAIVED
    assert "It was found." in mine.get(reverse("charge-mine", args=[charge.key])).content.decode()


@pytest.mark.parametrize("who", ["colleague", "stranger", "other_principal"])
def test_others_see_no_charge(
    request: pytest.FixtureRequest, charge_of: Ask, client_for: ClientFor, who: str
) -> None:
    charge = charge_of()
    client = client_for(request.getfixturevalue(who))
    assert client.get(reverse("charge", args=[charge.key])).status_code == 404
    assert client.get(reverse("charge-mine", args=[charge.key])).status_code == 404
