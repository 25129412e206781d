"""Tables made at once are those that the migrations make."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from subprocess import run
from sys import executable

import psycopg
import pytest

from hornbook.instance import Instance
from hornbook.run.postgres import Postgres

pytestmark = pytest.mark.xdist_group("schema")  # both databases are made once

# What a table is, whatever the order of its columns; an old one has its newest columns last. Not
# compared: how wide a number that counts rows is (one of Django's own differs), and what NOT NULL
# is called (the migrations keep a column's first name in it).
FACTS = {
    "columns": """
        SELECT table_name, column_name, character_maximum_length, is_nullable, column_default,
               CASE is_identity WHEN 'YES' THEN 'counts rows' ELSE data_type END
        FROM information_schema.columns WHERE table_schema = 'public'""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'""",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": """
        SELECT tgrelid::regclass::text, pg_get_triggerdef(pg_trigger.oid), prosrc
        FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE NOT tgisinternal""",
    "extensions": "SELECT extname FROM pg_extension",
}
MADE = {
    "at once": "from hornbook.run.schema import bring_up_to_date; bring_up_to_date()",
    "by migrations": "from django.core.management import call_command; call_command('migrate')",
}


@pytest.fixture(scope="module")
def databases() -> Iterator[dict[str, str]]:
    """The address of a database for each way."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="hornbook-") as folder:
        server = Postgres(Instance(Path(folder)))
        url = server.start()
        with psycopg.connect(url, autocommit=True) as connection:
            for number, way in enumerate(MADE):
                connection.execute(f"CREATE DATABASE way{number}")
                found[way] = url.replace("/hornbook", f"/way{number}", 1)
                make(way, found[way], folder)
        yield found
        server.stop()


def make(way: str, url: str, folder: str) -> None:
    own = {"HORNBOOK_DATABASE_URL": url, "HORNBOOK_DATA": folder}
    words = f"import django; django.setup(); {MADE[way]}"
    environment = {**os.environ, **own, "DJANGO_SETTINGS_MODULE": "hornbook.district.settings"}
    run([executable, "-c", words], env=environment, check=True, capture_output=True)


@pytest.mark.parametrize("what", FACTS)
def test_both_ways_make_the_same(databases: dict[str, str], what: str) -> None:
    once, step_by_step = (facts(databases[way], FACTS[what]) for way in MADE)
    assert once == step_by_step
    assert once


def test_both_ways_fill_the_same_tables(databases: dict[str, str]) -> None:
    """A migration that brings rows of its own would be missed by tables made at once."""
    names = facts(
        databases["at once"], "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    for (name,) in names:
        count = f"SELECT count(*) FROM {name}"  # noqa: S608 a table's own name
        once, step_by_step = (facts(databases[way], count) for way in MADE)
        assert once == step_by_step, name
    done = "SELECT app, name FROM django_migrations"
    assert facts(databases["at once"], done) == facts(databases["by migrations"], done)


def facts(url: str, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return sorted(connection.execute(question).fetchall(), key=str)
