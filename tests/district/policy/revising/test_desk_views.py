"""What a policy owner files beside the words: number, record, links, another language."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hornbook.district.people.models import Person
from hornbook.district.policy.access import texts_of
from hornbook.district.policy.models import ClauseLink, Policy
from tests.district.policy.conftest import TINY, Import

pytestmark = pytest.mark.django_db

ADDRESS = "/revise/policies/tiny/"


@pytest.fixture
def client(client_for: Callable[[Person | None], Client], policy_owner: Person) -> Client:
    return client_for(policy_owner)


def sheet(words: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("es.csv", words.encode(), content_type="text/csv")


def test_number_audience_and_record_are_kept(client: Client, tiny: Policy) -> None:
    described = {"do": "describe", "describe-code": "605.2", "describe-roles": ["student"]}
    filed = {
        "do": "evidence",
        "evidence-kind": "notice",
        "evidence-on": "2025-05-26",
        "evidence-words": "Web site",
    }
    for data in (described, filed):
        assert client.post(ADDRESS, data).status_code == 302
    tiny.refresh_from_db()
    assert (tiny.code, tiny.audience) == ("605.2", {"roles": ["student"]})
    assert tiny.revisions.get(no=2).evidence[0]["words"] == "Web site"
    text = client.get(ADDRESS).content.decode()
    assert "26 May 2025: Web site" in text
    assert 'value="605.2"' in text


def test_clauses_are_linked_to_other_policies(
    client: Client, tiny: Policy, import_text: Import
) -> None:
    other = TINY.replace("Use of Technology", "Volunteers").replace("log out", "sign out")
    volunteers = import_text(other, policy="volunteers").revision.policy
    target = volunteers.clauses.all()[0].key
    link = {"do": "link", "link-clause": "PRI-1", "link-policy": "volunteers"}
    assert client.post(ADDRESS, {**link, "link-target": "NONE-1"}).status_code == 422
    assert client.post(ADDRESS, {**link, "link-target": target.lower()}).status_code == 302
    assert str(ClauseLink.objects.get()) == f"PRI-1 → {target}"


def test_a_translation_is_brought_in(client: Client, tiny: Policy) -> None:
    good = {"do": "translate", "translate-lang": "es"}
    sent = {**good, "translate-file": sheet("key,official,plain\nSEC-1,Cierren la sesión.,\n")}
    assert client.post(ADDRESS, sent).status_code == 302
    revision = tiny.revisions.get(no=2)
    assert [text.official for text in texts_of(revision, "es")] == ["Cierren la sesión."]


@pytest.mark.parametrize(
    ("lang", "table", "complaint"),
    [
        ("español", "key,official\nSEC-1,x\n", "no tag of another language"),
        ("en", "key,official\nSEC-1,x\n", "no tag of another language"),
        ("es", "key,official\nSEC-9,x\n", "The file, row 2: tiny has no clause"),
        ("es", "a,b\n1,2\n", "The file: the first row must name the columns"),
    ],
)
def test_a_bad_translation_changes_nothing(
    client: Client, tiny: Policy, lang: str, table: str, complaint: str
) -> None:
    data = {"do": "translate", "translate-lang": lang, "translate-file": sheet(table)}
    answer = client.post(ADDRESS, data)
    assert answer.status_code == 422
    assert complaint in answer.content.decode()
    assert texts_of(tiny.revisions.get(no=2), "es") == []


def test_only_the_policy_owner_comes_in(
    client_for: Callable[[Person | None], Client], superintendent: Person, tiny: Policy
) -> None:
    assert client_for(superintendent).get(ADDRESS).status_code == 404
