"""Write classes and enrolments."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q

from hornbook.district.people.applying.bulk import Task, gone, upsert
from hornbook.district.people.applying.roles import Ids
from hornbook.district.people.models import Enrollment, SchoolClass
from hornbook.district.people.roster.rows import EnrollmentRow

CLASS_FIELDS = ("title", "site_id", "active")
ENROLLMENT_FIELDS = ("school_class_id", "person_id", "role", "primary", "starts_on", "ends_on")
Span = tuple[date | None, date | None]


def apply_classes(task: Task, ids: Ids) -> None:
    held = {row.sourced_id: row for row in SchoolClass.objects.all()}
    tally = task.report.tally("classes")
    fresh = [
        SchoolClass(sourced_id=row.sourced_id, title=row.title, site_id=ids.sites[row.site])
        for row in task.roster.classes
    ]
    upsert(fresh, held, CLASS_FIELDS, tally)
    closed = gone(task, "classes", set(held), {row.sourced_id for row in fresh})
    running = SchoolClass.objects.filter(sourced_id__in=closed, active=True)
    tally.ended += running.update(active=False)


def apply_enrollments(task: Task, ids: Ids, leavers: set[int]) -> None:
    """Write enrolments and end those that are gone or whose person left."""
    held = {row.sourced_id: row for row in Enrollment.objects.all()}
    class_ids = dict(SchoolClass.objects.values_list("sourced_id", "pk"))
    spans = {row.sourced_id: (row.starts_on, row.ends_on) for row in task.roster.classes}
    fresh = []
    for row in task.roster.enrollments:
        starts_on, ends_on = _dates(row, spans, held.get(row.sourced_id), task.today)
        fresh.append(
            Enrollment(
                sourced_id=row.sourced_id,
                school_class_id=class_ids[row.school_class],
                person_id=ids.people[row.person],
                role=row.role,
                primary=row.primary,
                starts_on=starts_on,
                ends_on=ends_on,
            )
        )
    upsert(fresh, held, ENROLLMENT_FIELDS, task.report.tally("enrollments"))
    ended = gone(task, "enrollments", set(held), {row.sourced_id for row in fresh})
    _end(task, ended, leavers)


def _dates(
    row: EnrollmentRow, spans: dict[str, Span], before: Enrollment | None, today: date
) -> Span:
    """The row's own dates, else its class's terms, else what was known of a running enrolment."""
    first, last = spans.get(row.school_class, (None, None))
    if row.school_class not in spans and before is not None:
        runs = before.ends_on is None or before.ends_on >= today
        first, last = before.starts_on, before.ends_on if runs else None
    return row.starts_on or first, row.ends_on or last


def _end(task: Task, sourced_ids: set[str], leavers: set[int]) -> None:
    running = Q(ends_on__isnull=True) | Q(ends_on__gte=task.today)
    concerned = Q(sourced_id__in=sourced_ids) | Q(person__in=leavers)
    yesterday = task.today - timedelta(days=1)
    count = Enrollment.objects.filter(running, concerned).update(ends_on=yesterday)
    task.report.tally("enrollments").ended += count
