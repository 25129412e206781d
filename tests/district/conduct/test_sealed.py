"""What people write in a case lies in the database as octets, and opens for who may read it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.utils import timezone

from hornbook.district.conduct.actions import cases, hearing
from hornbook.district.conduct.models import Event, Notice
from hornbook.district.conduct.models.sealed import SealedText
from hornbook.district.conduct.rotating import rotate
from hornbook.district.conduct.seal_old import seal_columns
from hornbook.district.conduct.sealing import CannotOpen, Ring
from hornbook.district.ledger.actions import SYSTEM
from tests.district.conduct.cases import Room, to_consequence

TOLD = "He showed the pictures on the bus"


@pytest.fixture
def event(room: Room) -> Event:
    now = timezone.now()
    return cases.note(room.case, actor=room.lead, sort="said", words=TOLD, happened_at=now)


def rows_of(app: str) -> Iterator[tuple[str, str]]:
    """Every row of the room as the database prints it: text as text, octets in hexadecimal."""
    with connection.cursor() as cursor:
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            table = model._meta.db_table
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608
            for (row,) in cursor.fetchall():
                yield table, row


def test_nothing_that_was_written_in_a_case_can_be_read_in_the_database(
    room: Room, event: Event
) -> None:
    to_consequence(room)
    hearing.contest(room.case, actor=room.lead, about=f"event {event.pk}", words="It was a van")
    written = (TOLD, "Called him names", "It was a joke.", "You are said to have", "Seen",
               "Three weeks long", "It hurt him.", "It was a van")  # fmt: skip
    for table, row in rows_of("conduct"):
        for words in written:
            assert words not in row, table
            assert words.encode().hex() not in row, table
    fresh = room.now()
    assert [one.words for one in fresh.events.all()] == [TOLD]
    assert [one.words for one in fresh.answers.all()] == ["It was a joke."]
    assert "Called him names" in fresh.notices.get().words
    assert fresh.decisions.get().reason == "It hurt him."


def test_words_of_another_case_open_nowhere_else(room: Room, event: Event) -> None:
    other = cases.open_case(
        actor=room.lead, kind="other", site=room.case.site, title="Another",
        conduct_on=room.case.conduct_on,
    )  # fmt: skip
    there = cases.note(other, actor=room.lead, sort="fact", words="No", happened_at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE conduct_event DISABLE TRIGGER USER"
        )
        cursor.execute(
            "UPDATE conduct_event SET words = (SELECT words FROM conduct_event WHERE id = %s)"
            " WHERE id = %s",
            [event.pk, there.pk],
        )
    with pytest.raises(CannotOpen):
        _ = Event.objects.get(pk=there.pk).words


def test_a_new_key_of_the_district_opens_them_and_the_old_one_does_not(
    room: Room, event: Event
) -> None:
    old = Ring.of(settings.INSTANCE)
    rotate(settings.INSTANCE, actor=SYSTEM)
    fresh = Event.objects.get(pk=event.pk)
    assert fresh.words == TOLD
    with pytest.raises(CannotOpen, match="not here"):
        old.unwrap(fresh.case.envelope)


def test_a_row_is_saved_again_without_sealing_again(room: Room) -> None:
    """Otherwise the trigger that keeps a notice as it was would refuse to note who opened it."""
    to_consequence(room)
    notice = room.case.notices.get()
    notice.refresh_from_db()
    notice.opened_at = timezone.now()
    notice.save()
    assert "Called him names" in Notice.objects.get(pk=notice.pk).words


def test_sealed_words_cannot_be_set_past_the_row(event: Event) -> None:
    with pytest.raises(TypeError, match="sealed"):
        Event.objects.filter(pk=event.pk).update(words="Something else")


def test_what_lay_open_is_sealed_where_it_stands(event: Event) -> None:
    """What the migration does to a table from before, whose trigger lets nobody change it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE conduct_event DISABLE TRIGGER USER"
        )
        cursor.execute("ALTER TABLE conduct_event ALTER words TYPE text USING 'It lay open: 100 %'")
        cursor.execute("ALTER TABLE conduct_event ENABLE TRIGGER USER")
        cursor.execute("SELECT tgname, obj_description(oid) FROM pg_trigger WHERE NOT tgisinternal")
        before = set(cursor.fetchall())
    with connection.schema_editor() as editor:
        seal_columns(apps, editor, "conduct", {"event": {"words": SealedText()}})
    assert Event.objects.get(pk=event.pk).words == "It lay open: 100 %"
    assert not any("lay open" in row for _, row in rows_of("conduct"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname, obj_description(oid) FROM pg_trigger WHERE NOT tgisinternal")
        assert set(cursor.fetchall()) == before
    with pytest.raises(Exception, match="Cannot update"):
        Event.objects.filter(pk=event.pk).update(by="somebody")
