"""The facts of one case, read in a handful of queries, for the gates of the table."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from hornbook.district.conduct.clocks import closes_at
from hornbook.district.conduct.models import Allegation, Appeal, Case, Decision, Finding
from hornbook.district.conduct.process.statutes import statute_of
from hornbook.district.conduct.process.table import Facts


def facts_of(case: Case, now: datetime | None = None) -> Facts:
    at = now or timezone.now()
    notices = case.notices.filter(round=case.round)
    last = case.notices.aggregate(at=Max("at"))["at"]
    alleged = list(case.allegations.filter(withdrawn_at__isnull=True))
    found = findings_of(case)
    decision = current_decision(case)
    appeal = Appeal.objects.filter(decision=newest_decision(case)).first()
    return Facts(
        stage=case.stage,
        subject=case.subject_id is not None,
        allegations=len(alleged),
        newer=sum(last is None or one.at > last for one in alleged),
        noticed=notices.exists(),
        answered=case.answers.filter(round=case.round).exists(),
        time_over=notices.filter(closes_at__lte=at).exists(),
        missing=sum(one.pk not in found for one in alleged),
        upheld=sum(upheld(found.get(one.pk)) for one in alleged),
        statute_missing=_statute_missing(case),
        decided=decision is not None,
        appealed=appeal is not None and appeal.heard_at is None,
        heard=appeal.result if appeal else "",
        appeal_over=decision is not None and _appeal_over(decision, at),
    )


def findings_of(case: Case) -> dict[int, Finding]:
    """The newest finding of this round by allegation."""
    rows = case.findings.filter(round=case.round, allegation__isnull=False).order_by("pk")
    return {row.allegation_id: row for row in rows if row.allegation_id is not None}


def upheld(finding: Finding | None) -> bool:
    return finding is not None and finding.result == Finding.Result.UPHELD


def upheld_allegations(case: Case) -> list[Allegation]:
    """What was found to be true, and so may be a ground."""
    found = findings_of(case)
    rows = case.allegations.filter(withdrawn_at__isnull=True)
    rows = rows.select_related("clause_text__clause", "clause_text__revision")
    return [row for row in rows if upheld(found.get(row.pk))]


def newest_decision(case: Case) -> Decision | None:
    return case.decisions.filter(round=case.round).order_by("-pk").first()


def current_decision(case: Case) -> Decision | None:
    """The decision of this round that no appeal has answered yet."""
    rows = case.decisions.filter(round=case.round).exclude(appeal__heard_at__isnull=False)
    return rows.order_by("-pk").first()


def _statute_missing(case: Case) -> bool:
    law = statute_of(case.kind, case.conduct_on)
    if law is None:
        return False
    return not case.findings.filter(round=case.round, statute=law.key).exists()


def _appeal_over(decision: Decision, at: datetime) -> bool:
    return decision.no_appeal_at is not None or closes_at(decision.appeal_by) <= at
