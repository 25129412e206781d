"""Write the sites of orgs.csv. There are dozens, so one at a time."""

from __future__ import annotations

from django.utils.text import slugify

from hornbook.district.people.applying.bulk import Task
from hornbook.district.people.models import Site, SiteKind
from hornbook.district.people.roster.rows import SiteRow

FIRST_DISTRICT = "district"


def apply_sites(task: Task) -> dict[str, int]:
    """Add or rename sites; the id of each site by sourcedId. Their kind is set only once."""
    held = {site.sourced_id: site for site in Site.objects.exclude(sourced_id="")}
    tally = task.report.tally("sites")
    for row in task.roster.sites:
        site = held.setdefault(row.sourced_id, _site_for(row))
        if site._state.adding:
            tally.added += 1
        elif (site.name, site.sourced_id) != (row.name, row.sourced_id):
            tally.changed += 1
        else:
            tally.unchanged += 1
            continue
        site.name, site.sourced_id = row.name, row.sourced_id
        site.save()
    _set_parents(task.roster.sites, held)
    return {key: site.pk for key, site in held.items()}


def _site_for(row: SiteRow) -> Site:
    """The site of that name that no student system has named yet, else a new one.

    The district that was made for the first account takes the name of the first delivery.
    """
    key = slugify(row.name)[:40] or "site"
    unnamed = Site.objects.filter(sourced_id="")
    found = unnamed.filter(key=key).first()
    if found is None and row.kind == SiteKind.DISTRICT:
        found = unnamed.filter(key=FIRST_DISTRICT, kind=SiteKind.DISTRICT).first()
    return found or Site(key=_free(key), kind=SiteKind(row.kind))


def _free(key: str) -> str:
    taken = set(Site.objects.filter(key__startswith=key).values_list("key", flat=True))
    numbered = (f"{key}-{number}" for number in range(2, len(taken) + 3))
    return key if key not in taken else next(name for name in numbered if name not in taken)


def _set_parents(rows: list[SiteRow], held: dict[str, Site]) -> None:
    for row in rows:
        parent, site = held.get(row.parent), held[row.sourced_id]
        if parent is not None and site.parent_id != parent.pk:
            site.parent = parent
            site.save(update_fields=["parent"])
