"""The nouns: envelope, report, message · case, seat, event, evidence, allegation · notice, …"""

from hornbook.district.conduct.models.base import Envelope, Kind, Stage
from hornbook.district.conduct.models.cases import (
    Allegation,
    Case,
    CaseClock,
    Event,
    Party,
    Seat,
    Task,
)
from hornbook.district.conduct.models.duty import Absence, Deputy, OnCall, Recipient
from hornbook.district.conduct.models.evidence import CaseCopy, Correction, Custody, Evidence
from hornbook.district.conduct.models.process import (
    Answer,
    Appeal,
    Consequence,
    Decision,
    Emergency,
    Finding,
    Notice,
    Step,
)
from hornbook.district.conduct.models.reports import Message, Report, ReportFile

__all__ = [
    "Absence",
    "Allegation",
    "Answer",
    "Appeal",
    "Case",
    "CaseClock",
    "CaseCopy",
    "Consequence",
    "Correction",
    "Custody",
    "Decision",
    "Deputy",
    "Emergency",
    "Envelope",
    "Event",
    "Evidence",
    "Finding",
    "Kind",
    "Message",
    "Notice",
    "OnCall",
    "Party",
    "Recipient",
    "Report",
    "ReportFile",
    "Seat",
    "Stage",
    "Step",
    "Task",
]
