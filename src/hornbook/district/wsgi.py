"""The console as a WSGI application, served by granian."""

import importlib
import os
import threading

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hornbook.district.settings")
application = get_wsgi_application()


def _warm_up() -> None:
    """Import what asks the record: it takes seconds, and the first reader should not wait."""
    importlib.import_module("ibis").duckdb.connect().disconnect()


threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
