"""The sample's policy office: more policies, a revision that was adopted, and two that wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from importlib import resources

from django.utils import timezone

from hornbook.district.ledger.actions import Actor
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of
from hornbook.district.policy.access import clause_by_key, policy_by_key, texts_of
from hornbook.district.policy.actions import adopt_revision
from hornbook.district.policy.coverage.actions import assign, measure_by, waive
from hornbook.district.policy.coverage.models import Light
from hornbook.district.policy.languages import Translated
from hornbook.district.policy.library import (
    add_evidence,
    describe_policy,
    explain_clause,
    link_clause,
    translate_revision,
)
from hornbook.district.policy.models import ClauseText, EvidenceKind, Policy, Revision
from hornbook.district.policy.pack.actions import pack_clause
from hornbook.district.policy.plan import plan_import
from hornbook.district.policy.revising.actions import (
    Wording,
    edit_clause,
    file_evidence,
    open_draft,
    propose,
)
from hornbook.district.policy.revising.adopting import adopt
from hornbook.district.policy.revising.models import Draft

CODES = {"student-use": "605.2", "bullying": "104", "records": "901"}
MAIN_CODE = "401.13"
STUDENTS = {"roles": ["student"]}

_NEW_RULE = (
    "Students must not give their own or another person's home address, telephone number, birth "
    "date, picture or voice to strangers on line."
)
_MAIN_CHANGES = {
    "LOGIN-5": "Screens must be locked whenever a device is left unattended.",
    "SOCIAL-3": "Staff must not connect with students on private accounts.",
    "PRIVACY-4": (
        "Before a class starts to use a new app, staff must check that it is on the list of "
        "approved apps. Apps that collect data from children under 13 need a parent's consent."
    ),
}
_MEASURES = {
    "FILTER-1": "filter",
    "FILTER-2": "filter",
    "SUPPORT-1": "open-help",
    "RECORD-1": "custodian",
    "LOGIN-2": "word",
}
_NO_MACHINE = {
    "CARE-1": "No machine sees how a laptop is carried.",
    "SOCIAL-1": "Private accounts are private: nobody looks.",
    "SOCIAL-2": "People judge who speaks for the district.",
    "COPY-2": "A teacher sees whether a source is named.",
}
_PLAIN = {
    "shall teach": "Teachers show every student, each year, how to be safe and kind on line.",
    "watch over": "Teachers look after messages that a lesson uses.",
}
_SPANISH = {
    "LOGIN-2": "El distrito nunca le pedirá su contraseña.",
    "SUPPORT-1": (
        "El distrito promete que las líneas de crisis, los servicios de emergencia y los "
        "consejeros escolares nunca se bloquean."
    ),
}


def open_policy_office(writer: Person, adopter: Person, actor: Actor, today: date) -> None:
    """Everything below goes through the doors that a real policy owner uses."""
    main = Policy.objects.get()
    describe_policy(actor=actor, policy=main, code=MAIN_CODE)
    policies = {name: _bring(name, actor) for name in CODES}
    describe_policy(
        actor=actor, policy=policies["student-use"], code=CODES["student-use"], audience=STUDENTS
    )
    for name in ("bullying", "records"):
        describe_policy(actor=actor, policy=policies[name], code=CODES[name])
    _main_record(main, actor)
    _revise_student_use(policies["student-use"], writer, adopter, today)
    _propose_bullying(policies["bullying"], writer, today)
    _draft_main(main, writer, today)


def light_the_map(writer: Person, custodian: Person) -> None:
    """Some promises are measured, some lights are not needed, one clause is proved."""
    who = actor_of(writer)
    for key, measure in _MEASURES.items():
        measure_by(actor=who, text=_text(key), measure=measure)
    for key, why in _NO_MACHINE.items():
        for light in (Light.ENFORCED, Light.WATCHED):
            waive(actor=who, text=_text(key), light=light, why=why)
    assign(
        actor=who,
        text=_text("PRIVACY-2"),
        light=Light.TAUGHT,
        owner=writer,
        note="Ask the library for the lesson on pictures of children.",
    )
    pack_clause(actor=actor_of(custodian), text=_text("FILTER-1"))


def _text(key: str) -> ClauseText:
    return ClauseText.objects.in_force(timezone.localdate()).get(clause__key=key, lang="en")


def _bring(name: str, actor: Actor) -> Policy:
    folder = resources.files("hornbook.district.sample") / "policies"
    with resources.as_file(folder / f"{name}.md") as path:
        plan = plan_import(path, policy_key=name)
        return adopt_revision(actor=actor, plan=plan, source=path.name).revision.policy


def _main_record(main: Policy, actor: Actor) -> None:
    """Notice and meeting of the revision in force, one link, and a beginning in Spanish."""
    revision = _newest(main)
    meeting = revision.effective_on
    for kind, on, words in (
        (EvidenceKind.NOTICE, meeting - timedelta(days=14), "Web site and town paper"),
        (EvidenceKind.MEETING, meeting, "Regular meeting of the board, open to the public"),
    ):
        add_evidence(actor=actor, revision=revision, kind=kind, on=on, words=words)
    bullying = policy_by_key("bullying")
    link_clause(
        actor=actor,
        source=clause_by_key("BULLY-2"),
        policy=bullying,
        words="What happens after a report stands in",
    )
    spanish = {key: Translated(words, "") for key, words in _SPANISH.items()}
    translate_revision(actor=actor, revision=revision, lang="es", translated=spanish)


def _newest(policy: Policy) -> Revision:
    return policy.revisions.order_by("-no")[0]


def _revise_student_use(policy: Policy, writer: Person, adopter: Person, today: date) -> None:
    """Adopted last summer by two people, with three changes."""
    who = actor_of(writer)
    _explain(policy, writer)
    draft = open_draft(
        actor=who, policy=policy, why="Pictures and voices of children can be copied by machines."
    )
    changed = {
        "home address": _NEW_RULE.removeprefix("Students must not ").capitalize(),
        "watch over": "Teachers must watch over e-mail, chat and other messages of students "
        "while a lesson uses them.",
        "ten school days": "A student who breaks these rules may lose the use of a device for up "
        "to five school days. The principal decides, after the student was heard.",
    }
    for words, official in changed.items():
        clause = draft.clauses.select_related("draft").get(official__contains=words)
        edit_clause(actor=who, clause=clause, version=0, wording=Wording(official))
    meeting = date(today.year if today.month > 8 else today.year - 1, 8, 11)
    _told_and_heard(draft, writer, meeting)
    propose(actor=who, person=writer, draft=draft)
    adopt(
        actor=actor_of(adopter),
        person=adopter,
        draft=draft,
        effective_on=meeting + timedelta(days=7),
        minute_ref="Regular meeting, item 9c",
    )


def _explain(policy: Policy, writer: Person) -> None:
    for text in texts_of(_newest(policy)):
        for sign, plain in _PLAIN.items():
            if sign in text.official:
                explain_clause(actor=actor_of(writer), text=text, plain=plain)


def _told_and_heard(draft: Draft, writer: Person, meeting: date) -> None:
    for kind, on, words in (
        (EvidenceKind.NOTICE, meeting - timedelta(days=14), "Web site and town paper"),
        (EvidenceKind.MEETING, meeting, "Regular meeting of the board, open to the public"),
    ):
        file_evidence(actor=actor_of(writer), draft=draft, kind=kind, on=on, words=words)


def _propose_bullying(policy: Policy, writer: Person, today: date) -> None:
    """Waits for the board: told and heard, and adopted by nobody yet."""
    who = actor_of(writer)
    draft = open_draft(actor=who, policy=policy, why="Iowa Code 280.28 has a new definition.")
    _write(
        draft,
        writer,
        {
            "principal or other": "Students and staff who know of bullying must report it to the "
            "principal by the end of the next school day."
        },
    )
    _told_and_heard(draft, writer, today - timedelta(days=9))
    propose(actor=who, person=writer, draft=draft)


def _draft_main(main: Policy, writer: Person, today: date) -> None:
    draft = open_draft(
        actor=actor_of(writer), policy=main, why="Two incidents began at an unlocked screen."
    )
    _write(draft, writer, _MAIN_CHANGES, by_key=True)
    notice = today - timedelta(days=3)
    words = "Web site and town paper"
    file_evidence(
        actor=actor_of(writer), draft=draft, kind=EvidenceKind.NOTICE, on=notice, words=words
    )


def _write(
    draft: Draft, writer: Person, changed: Mapping[str, str], *, by_key: bool = False
) -> None:
    for sign, official in changed.items():
        which = {"key": sign} if by_key else {"official__contains": sign}
        clause = draft.clauses.select_related("draft").get(**which)
        edit_clause(actor=actor_of(writer), clause=clause, version=0, wording=Wording(official))
