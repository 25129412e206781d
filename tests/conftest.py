"""What all tests share: a throw-away data folder, one real PostgreSQL, the real lists."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import django
import psycopg
import pytest
import pytest_django
from django.conf import settings
from hypothesis import settings as hypothesis_settings

from hornbook.instance import Instance
from hornbook.run.postgres import Postgres
from hornbook.run.schema import finish_tables

# How long an example takes says more about the machine than about the code.
EXAMPLES = 40 if os.environ.get("CI") else 100  # a machine that checks every landing is slow
hypothesis_settings.register_profile("hornbook", deadline=None, max_examples=EXAMPLES)
hypothesis_settings.load_profile("hornbook")

ROOT = Path(__file__).resolve().parent.parent


# Nothing of it must outlive the run. Statistics that are taken between two tests, of tables that
# are empty just then, make the next test's questions slow at random.
THROW_AWAY = ("fsync = off", "full_page_writes = off", "autovacuum = off")


def start_database() -> str:
    """One PostgreSQL for the whole run; it goes when the run ends."""
    url = Postgres(Instance(throw_away("hornbook-pg-"))).start()
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in THROW_AWAY:
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
    return url


def throw_away(prefix: str) -> Path:
    """A folder that is removed when the run ends, after whatever was started in it later."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def keep_bytecode() -> None:
    """Where Python is told to leave no bytecode beside its files, keep it in the environment.

    Else every worker and every process that a test starts compiles all that it imports: half of
    its start, and some hundred starts in a run.
    """
    if sys.dont_write_bytecode and sys.prefix != sys.base_prefix:
        sys.pycache_prefix = f"{sys.prefix}/bytecode"
        sys.dont_write_bytecode = False
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def get_ready() -> None:
    """Settle folder and database before Django's settings are read, then set Django up.

    Here and not in pyproject.toml, because pytest-django would read the settings before this
    file. The workers of xdist share the server of the first process; each has its own folder,
    in which a test may change a key or take it away.
    """
    if "HORNBOOK_DATA" not in os.environ or "PYTEST_XDIST_WORKER" in os.environ:
        os.environ["HORNBOOK_DATA"] = str(throw_away("hornbook-test-"))
    if "HORNBOOK_DATABASE_URL" not in os.environ:
        os.environ["HORNBOOK_DATABASE_URL"] = start_database()
    os.environ["DJANGO_SETTINGS_MODULE"] = "hornbook.district.settings"
    django.setup()
    # A worker has read its settings before, with the folder of the first process.
    settings.INSTANCE = Instance(Path(os.environ["HORNBOOK_DATA"]))


keep_bytecode()
get_ready()

# The longest first, so that no worker is left alone with one of them at the end.
LONGEST = (
    "pages",
    "browser",
    "spark",
    "schema",
    "tests/node/dns/test_faults.py",
    "tests/node/proxy/test_memory.py",
    "tests/node/content/test_service.py",
    "tests/node/proxy/test_states.py",
)


def pytest_xdist_auto_num_workers() -> int:
    """Half of their time tests wait for the processes that they start: two workers a core."""
    return 2 * len(os.sched_getaffinity(0))


def pytest_configure(config: pytest.Config) -> None:
    config.option.loadscopereorder = False  # our own order holds, not that of the largest files


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """A file goes to one worker as a whole, unless its tests name a larger group.

    Else each worker would start the servers that the tests of one file share.
    """
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
    yield
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    group = item.get_closest_marker("xdist_group")
    assert group is not None
    return LONGEST.index(group.args[0]) if group.args[0] in LONGEST else len(LONGEST)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """The tests' tables are made as ``run.schema`` makes them: at once, and not by migrations."""
    from django.db import connection

    connection.settings_dict["TEST"]["MIGRATE"] = False


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> None:
    """With the triggers, and with all migrations counted as done."""
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    with django_db_blocker.unblock():
        finish_tables(MigrationLoader(connection))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real lists, mail and texts; the test is skipped with a reason without it."""
    folder = Path(os.environ.get("HORNBOOK_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data absent: set HORNBOOK_TEST_DATA (looked in {folder})")
    return folder


@pytest.fixture(scope="session")
def shared_policy(shared_data: Path) -> Path:
    """The real policy's folder, beside the real data."""
    folder = shared_data.parent / "policy"
    if not folder.is_dir():
        pytest.skip(f"the real policy is absent (looked in {folder})")
    return folder


@pytest.fixture(scope="session")
def program() -> Callable[..., str]:
    """Find a system program by any of its names; a bare machine skips, CI must have it."""

    def find(*names: str) -> str:
        for name in names:
            if path := shutil.which(name):
                return path
        reason = f"{names[0]} is not installed (apt-get install {names[0]})"
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must have it: {reason}")
        pytest.skip(reason)

    return find
