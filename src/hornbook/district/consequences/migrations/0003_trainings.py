"""Trainings move to the room of learning, under the key of their consequence."""

from django.db import migrations

_MOVE = """
INSERT INTO learning_training (key, person_id, clause_text_id, given_at, due_on, done_at)
SELECT c.key, t.person_id, t.clause_text_id, t.given_at, t.given_at::date + 14, t.done_at
FROM consequences_training t JOIN conduct_consequence c ON c.id = t.consequence_id;
UPDATE conduct_consequence c SET training_id = t.id FROM learning_training t WHERE t.key = c.key;
-- or the table cannot be dropped in this transaction
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("consequences", "0002_sealed_letters"),
        ("conduct", "0004_trainings"),
        ("learning", "0003_trainings"),
    ]

    operations = [migrations.RunSQL(_MOVE), migrations.DeleteModel("Training")]
