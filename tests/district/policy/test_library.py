"""Several policies that know of each other, in more languages than one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hornbook.district.ledger.models import Leaf
from hornbook.district.people.audience import BadAudience
from hornbook.district.policy import access
from hornbook.district.policy.languages import (
    Translated,
    direction,
    languages_of,
    name_of,
    read_translation,
)
from hornbook.district.policy.library import (
    add_evidence,
    describe_policy,
    explain_clause,
    link_clause,
    translate_revision,
)
from hornbook.district.policy.linking import references_of, references_to
from hornbook.district.policy.models import ClauseText, EvidenceKind, Policy, Revision
from hornbook.district.policy.reading.blocks import PolicyRefused
from tests.district.policy.conftest import ACTOR, TINY, Import

pytestmark = pytest.mark.django_db

NEXT = date(2026, 9, 1)


def revised(text: str = TINY) -> str:
    return text.replace("must log out of shared", "must lock shared") + "\nRevised: May 4, 2026\n"


def text_of(key: str, on: date = NEXT) -> ClauseText:
    found = access.text_in_force(access.clause_by_key(key), on)
    assert found
    return found


@pytest.fixture
def tiny(import_text: Import) -> Policy:
    return import_text().revision.policy


def test_a_policy_has_a_number_and_an_audience(tiny: Policy) -> None:
    describe_policy(actor=ACTOR, policy=tiny, code="605.2", audience={"roles": ["student"]})
    tiny.refresh_from_db()
    assert (tiny.code, tiny.audience) == ("605.2", {"roles": ["student"]})
    with pytest.raises(BadAudience):
        describe_policy(actor=ACTOR, policy=tiny, audience={"role": []})


def test_evidence_is_filed_in_the_order_of_its_days(tiny: Policy) -> None:
    revision = tiny.revisions.get(no=2)
    for kind, day in ((EvidenceKind.MEETING, 9), (EvidenceKind.NOTICE, 2)):
        add_evidence(
            actor=ACTOR, revision=revision, kind=kind, on=date(2025, 6, day), words="Web site"
        )
    revision.refresh_from_db()
    assert [piece["kind"] for piece in revision.evidence] == ["notice", "meeting"]
    assert Leaf.objects.filter(verb="file evidence", object="tiny@2").count() == 2


def test_what_bound_on_a_day_may_be_words_that_nobody_has(tiny: Policy) -> None:
    shell = access.revision_on(tiny, date(2019, 3, 1))
    assert shell is not None
    assert shell.is_shell
    assert access.texts_of(shell) == []
    assert access.revision_on(tiny, date(2013, 5, 12)) is None
    binding = access.revision_on(tiny, NEXT)
    assert binding is not None
    assert len(access.texts_of(binding)) == 4
    assert access.revision_before(binding) is None


def test_a_plain_line_keeps_its_author_while_the_words_stay(import_text: Import) -> None:
    import_text()
    explain_clause(actor=ACTOR, text=text_of("SEC-1"), plain="Log out when you go.")
    explain_clause(actor=ACTOR, text=text_of("PRI-1"), plain="We never ask for a password.")
    import_text(revised())
    assert (text_of("SEC-1").plain, text_of("SEC-1").plain_by) == ("", "")
    stays = text_of("PRI-1")
    assert (stays.plain, stays.plain_by) == ("We never ask for a password.", "Paula Policy")


def test_a_translation_comes_along_only_where_the_words_stay(import_text: Import) -> None:
    revision = import_text().revision
    spanish = {
        "SEC-1": Translated("Los usuarios deben cerrar la sesión.", "Cierre la sesión."),
        "PRI-1": Translated("El Distrito nunca pedirá una contraseña.", ""),
    }
    translate_revision(actor=ACTOR, revision=revision, lang="es", translated=spanish)
    assert languages_of(revision) == ["en", "es"]
    after = import_text(revised()).revision
    found = {text.clause.key: text for text in access.texts_of(after, "es")}
    assert set(found) == {"PRI-1"}
    assert found["PRI-1"].official == spanish["PRI-1"].official
    assert found["PRI-1"].valid_from == after.effective_on


def test_a_second_translation_takes_the_place_of_the_first(tiny: Policy) -> None:
    revision = tiny.revisions.get(no=2)
    for words in ("Cierren", "Cierren la sesión"):
        translate_revision(
            actor=ACTOR, revision=revision, lang="es", translated={"SEC-1": Translated(words, "")}
        )
    assert [text.official for text in access.texts_of(revision, "es")] == ["Cierren la sesión"]


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("key,official\nSEC-9,Nada\n", "row 2: tiny has no clause “SEC-9”"),
        ("key,official\nSEC-1,Uno\nSEC-1,Dos\n", "row 3: SEC-1 stands there twice"),
        ("key,official\nSEC-1, \n", "row 2: no words for SEC-1"),
        ("key,official\n", "no row"),
        ("clave,texto\nSEC-1,Uno\n", "the first row must name the columns"),
    ],
)
def test_a_bad_translation_names_its_row(
    tiny: Policy, tmp_path: Path, table: str, complaint: str
) -> None:
    path = tmp_path / "es.csv"
    path.write_text(table, encoding="utf-8")
    revision = Revision.objects.get(policy=tiny, no=2)
    with pytest.raises(PolicyRefused, match=complaint):
        read_translation(path, tiny, revision)


def test_languages_have_their_own_names_and_directions() -> None:
    assert (name_of("es"), direction("es")) == ("Español", "ltr")
    assert (name_of("tlh"), direction("ar")) == ("tlh", "rtl")


def test_a_clause_names_other_policies_by_their_number(tiny: Policy, import_text: Import) -> None:
    describe_policy(actor=ACTOR, policy=tiny, code="605.2")
    other = TINY.replace("Use of Technology", "Volunteers").replace(
        "Users must log out of shared devices.", "Volunteers must obey policy 605.2 at all times."
    )
    import_text(other, policy="volunteers")
    obeys = ClauseText.objects.get(official__contains="605.2")
    assert [(r.policy.key, r.filed) for r in references_of(obeys)] == [("tiny", False)]
    Policy.objects.filter(pk=tiny.pk).update(code="05.2")
    assert references_of(obeys) == []


def test_a_filed_link_is_known_from_both_ends(tiny: Policy, import_text: Import) -> None:
    other = TINY.replace("Use of Technology", "Volunteers").replace("log out", "sign out")
    volunteers = import_text(other, policy="volunteers").revision.policy
    source = volunteers.clauses.first()
    target = access.clause_by_key("PRI-1")
    assert source is not None
    link_clause(actor=ACTOR, source=source, policy=tiny, clause=target, words="adds to")
    link_clause(actor=ACTOR, source=source, policy=tiny, clause=target)
    assert [link.source for link in references_to(target)] == [source]
    assert Leaf.objects.filter(verb="link clause").count() == 1
    with pytest.raises(ValueError, match="no clause of volunteers"):
        link_clause(actor=ACTOR, source=source, policy=volunteers, clause=target)
