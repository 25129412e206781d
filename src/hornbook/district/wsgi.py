"""The console as a WSGI application, served by granian."""

import gc
import importlib
import os
import threading

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hornbook.district.settings")
application = get_wsgi_application()


def _warm_up() -> None:
    """Import the views and what asks the record: it takes seconds, and the first reader should
    not wait. What is loaded by then stays until the end: searching it for garbage again and
    again would cost every twentieth page a tenth of a second.
    """
    importlib.import_module("ibis").duckdb.connect().disconnect()
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()


threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
