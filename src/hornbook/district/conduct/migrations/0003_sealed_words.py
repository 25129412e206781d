"""What people wrote in cases is sealed like what they told: notes, notices, answers, reasons.

There is no way back: it would lay open what was sealed. Restore a backup from before instead.
"""

from functools import partial

from django.db import migrations, models
from django.db.models import Q

from hornbook.district.conduct.models.sealed import SealedText
from hornbook.district.conduct.seal_old import seal_columns

_CASE = "decision.case"
SEALED = {
    "allegation": {"words": SealedText()},
    "answer": {"words": SealedText(blank=True)},
    "appeal": {"reason": SealedText(of=_CASE, blank=True), "words": SealedText(of=_CASE)},
    "case": {"closed_why": SealedText(of="", blank=True)},
    "consequence": {
        "lifted_why": SealedText(of=_CASE, blank=True),
        "words": SealedText(of=_CASE),
    },
    "correction": {
        "corrected": SealedText(blank=True, help_text="how it is right"),
        "words": SealedText(help_text="what is wrong, in the words of who says so"),
    },
    "custody": {"why": SealedText(of="evidence.case")},
    "decision": {
        "advice_why": SealedText(blank=True),
        "outside_why": SealedText(blank=True),
        "reason": SealedText(),
    },
    "emergency": {"reason": SealedText(), "review": SealedText(blank=True)},
    "event": {"source": SealedText(blank=True), "words": SealedText()},
    "evidence": {"name": SealedText(), "why": SealedText()},
    "finding": {"reason": SealedText()},
    "notice": {"words": SealedText()},
    "party": {"name": SealedText()},
    "report": {"closed_why": SealedText(of="", blank=True)},
    "step": {"reason": SealedText(blank=True)},
    "task": {"words": SealedText()},
}
_SAYS = "answer_says_something"


class Migration(migrations.Migration):
    dependencies = [("conduct", "0002_decisions")]

    operations = [
        migrations.RemoveConstraint("answer", _SAYS),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunPython(partial(seal_columns, app="conduct", found=SEALED))
            ],
            state_operations=[
                migrations.AlterField(model, name, field)
                for model, fields in SEALED.items()
                for name, field in fields.items()
            ],
        ),
        migrations.AddConstraint(
            "answer",
            models.CheckConstraint(condition=Q(declined=True) | ~Q(words=b""), name=_SAYS),
        ),
    ]
