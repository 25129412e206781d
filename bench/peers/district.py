"""A console's database for one benchmark: started, migrated, and gone afterwards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hornbook.instance import Instance
from hornbook.run.postgres import Postgres


@contextmanager
def empty_district(name: str) -> Iterator[None]:
    """Django stands on an empty database in a folder of its own; ``name`` marks the folder."""
    with tempfile.TemporaryDirectory(prefix=f"hornbook-{name}-") as folder:
        os.environ["HORNBOOK_DATA"] = folder
        postgres = Postgres(Instance(Path(folder)))
        os.environ["HORNBOOK_DATABASE_URL"] = postgres.start()
        os.environ["DJANGO_SETTINGS_MODULE"] = "hornbook.district.settings"
        import django

        django.setup()
        from hornbook.run.schema import bring_up_to_date

        bring_up_to_date()
        try:
            yield
        finally:
            from django.db import connection

            connection.close()
            postgres.stop()
