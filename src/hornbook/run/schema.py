"""The database's tables: made at once where there are none, migrated where there are older ones.

Migrations build today's tables step by step and think of all models again at each step, which
takes half a minute; on an empty database nothing is there to carry along, so that the tables are
made as the models say. A test holds both ways side by side, down to indexes and triggers.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.migrations.loader import MigrationLoader


def bring_up_to_date() -> None:
    """Needs Django set up. Raises ``django.db.OperationalError`` where no database answers."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if not connection.introspection.table_names():
        make_tables(executor.loader)
    elif executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def make_tables(loader: MigrationLoader) -> None:
    """All tables, triggers and content types in one transaction; every migration counts as done."""
    from django.apps import apps
    from django.core.management.sql import emit_post_migrate_signal
    from django.db import connection, transaction

    with transaction.atomic():
        with connection.schema_editor() as editor:
            for model in apps.get_models():
                if model._meta.can_migrate(connection):
                    editor.create_model(model)
        finish_tables(loader)
        emit_post_migrate_signal(verbosity=0, interactive=False, db="default")


def finish_tables(loader: MigrationLoader) -> None:
    """What tables made from models lack: triggers, and which migrations they stand for."""
    import pgtrigger
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    logging.getLogger("pgtrigger").setLevel(logging.WARNING)  # it would name every trigger
    pgtrigger.install()
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    for app, name in loader.graph.nodes:
        recorder.record_applied(app, name)
