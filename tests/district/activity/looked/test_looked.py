"""What became of answers that were looked at: it arrives once, and stands beside the requests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hornbook.district.activity.looked.keeping import LOOKS, fetch_looks
from hornbook.district.activity.looked.telling import NOT_KNOWN, put_looks
from hornbook.district.activity.models import Look, LookFile
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from hornbook.instance import Instance
from hornbook.node.content.tally import BLURRED, CLEAR, NOT_CHECKED, QUARTER, Tally
from tests.district.activity.conftest import Write

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Person | None], Client]
SITE = "looked.example"


def tell(instance: Instance, *counts: tuple[str, str, int], school: str = "maple") -> float:
    """Have the node write what it saw five minutes ago; when that was."""
    at = (timezone.now() - timedelta(minutes=5)).timestamp()
    seen = Tally(instance.spool, "node-1")
    for outcome, reason, n in counts:
        for _ in range(n):
            seen.add(at, school, SITE, outcome, reason)
    seen.flush(at, all_of_it=True)
    return at


def test_a_file_becomes_rows_and_a_leaf_once(instance: Instance) -> None:
    at = tell(instance, (CLEAR, "", 9), (NOT_CHECKED, "a part of a file", 3))
    (path,) = LOOKS.folder.glob("*.json")
    body = path.read_bytes()
    fetch_looks()
    LOOKS.take(body, path.stem)  # as after a crash before the file went
    assert not path.exists()
    assert set(Look.objects.values_list("site", "name", "outcome", "reason", "n")) == {
        ("maple", SITE, CLEAR, "", 9),
        ("maple", SITE, NOT_CHECKED, "a part of a file", 3),
    }
    begins = datetime.fromtimestamp(at // QUARTER * QUARTER, UTC)
    assert LookFile.objects.get().at == begins
    assert Leaf.objects.get(verb="activity.looked").detail["answers"] == 12


@pytest.mark.parametrize(
    "counts",
    ['[["maple", "x", "nothing found", "", -1]]', '[["maple", "x", "perhaps", "", 1]]', "[[1]]"],
)
def test_what_is_no_count_is_set_aside(instance: Instance, counts: str) -> None:
    LOOKS.folder.mkdir(parents=True)
    told = '{"receipt": "K7QM-4XPD-2R", "node": "n", "at": "2026-11-26T12:00:00Z", "counts": %s}'
    (LOOKS.folder / "K7QM-4XPD-2R.json").write_text(told % counts)
    fetch_looks()
    assert LOOKS.files_aside() == 1
    assert not Look.objects.exists()


def test_not_checked_nothing_found_and_not_known_are_different_words(instance: Instance) -> None:
    at = tell(instance, (CLEAR, "", 9), (BLURRED, "", 2), (NOT_CHECKED, "a part of a file", 3))
    fetch_looks()
    when = datetime.fromtimestamp(at, UTC)
    row = {"at": when, "site": "maple", "name": SITE, "action": "inspect"}
    others = [
        row | {"site": "oak"},
        row | {"name": "other.example"},
        row | {"at": when + timedelta(seconds=QUARTER)},
    ]
    rows = [dict(row), *others, row | {"action": "allow"}]
    put_looks(rows)
    assert rows[0]["looked"] == (
        "Answers then: some blurred, some not checked (a part of a file), "
        "looked at, nothing found in the others"
    )
    assert [one["looked"] for one in rows[1:4]] == [NOT_KNOWN] * 3
    assert "looked" not in rows[4]  # nothing was to be looked at


def test_where_all_was_looked_at_and_nothing_found_it_says_so(instance: Instance) -> None:
    at = tell(instance, (CLEAR, "", 9))
    fetch_looks()
    when = datetime.fromtimestamp(at, UTC)
    rows = [{"at": when, "site": "maple", "name": SITE, "action": "inspect"}]
    put_looks(rows)
    assert rows[0]["looked"] == "Answers then: looked at, nothing found"


def test_people_read_it_beside_their_own_requests(
    instance: Instance, write: Write, client_for: ClientFor, owner: Person
) -> None:
    write(1, person=owner.key, site="maple", name=SITE, action="inspect")
    assert NOT_KNOWN in client_for(owner).get(reverse("activity-mine")).content.decode()
    tell(instance, (NOT_CHECKED, "no scanner for application/zip", 1))
    fetch_looks()
    text = client_for(owner).get(reverse("activity-mine")).content.decode()
    assert "Answers then: not checked (no scanner for application/zip)" in text


def test_the_numbers_tell_schools_and_reasons_and_hide_what_is_small(
    instance: Instance,
    write: Write,
    client_for: ClientFor,
    it_admin: Person,
    principal: Person,
) -> None:
    write(1)
    page = reverse("activity-numbers")
    assert "to be looked at" not in client_for(it_admin).get(page).content.decode()
    tell(instance, (CLEAR, "", 70), (NOT_CHECKED, "a part of a file", 30))
    tell(instance, (NOT_CHECKED, "too large to be held", 3), school="oak")
    fetch_looks()
    text = client_for(it_admin).get(page).content.decode()
    assert "103 answers were to be looked at; 32.0 % were not checked" in text
    assert "A part of a file" in text
    assert "under 10" in text
    own = client_for(principal).get(page).content.decode()
    assert "100 answers were to be looked at; 30.0 % were not checked" in own
    assert "Too large to be held" not in own
