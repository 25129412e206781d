"""Cards for those who keep the policy, the lists and the machines."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.humanize.templatetags.humanize import intcomma, naturaltime

from hornbook.district.filtering.authority import waiting_for
from hornbook.district.filtering.models import (
    Ask,
    HeldName,
    ListSource,
    ListState,
    ListVersion,
    Publication,
)
from hornbook.district.overview.cards.card import Card, Viewer
from hornbook.district.overview.front import policies_in_force
from hornbook.district.overview.health import health, this_instance
from hornbook.district.people.models import Person, RoleAssignment
from hornbook.district.policy.models import ClauseText

OLD_PUBLICATION = timedelta(days=2)


def open_asks(viewer: Viewer) -> Card:
    waiting = Ask.objects.filter(state=Ask.State.OPEN)
    oldest = waiting.order_by("asked_at").first()
    text = f"The oldest came {naturaltime(oldest.asked_at)}." if oldest else "Nobody waits for you."
    return Card(
        title="Requests for blocked pages",
        figure=intcomma(waiting.count()),
        text=text,
        urgent=oldest is not None,
        room="asks",
        action="Open the requests",
    )


def asks_for_me(viewer: Viewer) -> Card | None:
    """Requests under rules that name the viewer's role; nothing where none waits."""
    waiting = waiting_for(viewer.person)
    if not waiting:
        return None
    return Card(
        title="Somebody asks for a blocked page",
        figure=intcomma(len(waiting)),
        text=f"The oldest came {naturaltime(waiting[0].asked_at)}. A rule leaves it to you.",
        urgent=True,
        room="asks",
        action="Decide it",
    )


def held_lists(viewer: Viewer) -> Card:
    lists = ListVersion.objects.filter(state=ListState.HELD).count()
    names = HeldName.objects.filter(decision=HeldName.Decision.PENDING).count()
    if not lists and not names:
        used = ListSource.objects.filter(enabled=True).count()
        return Card("Lists", "in use, and none is held.", "filter", "See the lists", intcomma(used))
    held = [_many(lists, "import"), _many(names, "popular name")]
    waiting = " and ".join(words for words in held if not words.startswith("0 "))
    return Card(
        title="Popular names to look at" if not lists else "Lists to look at",
        figure=intcomma(lists + names),
        text=f"{waiting} wait{'s' * (lists + names == 1)} for a decision. Until then nothing "
        "of them is blocked.",
        urgent=True,
        room="filter" if lists else "filter-held",
        action="Look at the lists" if lists else "Look at the names",
    )


def publication(viewer: Viewer) -> Card:
    """How old the parts are that the nodes judge by."""
    newest = Publication.objects.first()
    if newest is None:
        return Card(
            title="Nothing is published yet",
            text="The nodes have no rules. Import a policy and lists, then publish.",
            urgent=True,
            room="filter",
            action="Go to the filter",
        )
    return Card(
        title="What the nodes know",
        figure=intcomma(newest.names),
        text=f"listed names, published {naturaltime(newest.published_at)}.",
        urgent=viewer.now - newest.published_at > OLD_PUBLICATION,
        room="filter",
        action="See the filter",
    )


def machines(viewer: Viewer) -> Card:
    ill = [part for part in health(this_instance()) if part.state != "up"]
    text = (
        "; ".join(f"{part.name}: {part.words.lower()}" for part in ill) + "."
        if ill
        else "Filter, notice page, helper and database answer."
    )
    return Card(
        title="Machines",
        figure="" if ill else "All up",
        text=text,
        urgent=bool(ill),
        room="status",
        action="See every part",
    )


def policy_work(viewer: Viewer) -> Card:
    """Clauses in force that nobody has explained in plain words yet."""
    policies = policies_in_force(viewer.today)
    if not policies:
        return Card(
            title="No policy is in force yet",
            text="Import the adopted text: hornbook import policy FILE. It shows a dry run first.",
            urgent=True,
            room="policy",
            action="Open the policy page",
        )
    bare = ClauseText.objects.in_force(viewer.today).filter(lang="en", plain="").count()
    revisions = "; ".join(f"{fact.title}, revised {fact.revised_on:%-d %B %Y}" for fact in policies)
    return Card(
        title="Clauses without a plain line",
        figure=intcomma(bare),
        text=f"{revisions}.",
        urgent=bare > 0,
        room="policy",
        action="Open the policy",
    )


def roster(viewer: Viewer) -> Card:
    active = Person.objects.filter(active=True)
    unplaced = active.exclude(roles__in=RoleAssignment.objects.active(viewer.today)).count()
    return Card(
        title="People",
        figure=intcomma(active.count()),
        text=f"active in the roster. {_many(unplaced, 'person', 'people')} without a role today.",
        urgent=unplaced > 0,
        room="people",
        action="Open the people",
    )


def _many(count: int, one: str, more: str = "") -> str:
    return f"{intcomma(count)} {one if count == 1 else more or one + 's'}"
