"""Letters hold what was decided about somebody: sealed in the envelope of their case."""

from functools import partial

from django.db import migrations

from hornbook.district.conduct.models.sealed import SealedFile
from hornbook.district.conduct.seal_old import seal_columns

_PDF = SealedFile(of="consequence.decision.case")


class Migration(migrations.Migration):
    dependencies = [("conduct", "0003_sealed_words"), ("consequences", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunPython(
                    partial(seal_columns, app="consequences", found={"letter": {"pdf": _PDF}})
                )
            ],
            state_operations=[migrations.AlterField("letter", "pdf", _PDF)],
        ),
    ]
