"""How long the lists of a large district take: 12,000 people, through the WSGI application.

One worker, no network: a request is a call of ``district.wsgi``'s application with everything
that stands before a page (sessions, content policy, sign-in). Every page is asked many times, as
one who sees every list and as a principal; the 95th percentile of the wall time counts. Queries
are counted in a run of their own, once with a twentieth of the people and once with all: a list
whose queries grow with the people would be told here.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from bench.peers.district import empty_district

P95_BAR = 200.0  # milliseconds, issue 4
WARM_UP = 3

Where = tuple[str, str]
"""Who looks (see ``pages_district.fill``), and the address."""
Ask = Callable[[Where], int]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--people", type=int, default=12_000)
    parser.add_argument("--cases", type=int, default=10_000, help="open cases")
    parser.add_argument("--times", type=int, default=60, help="requests a page")


@dataclass(frozen=True)
class Page:
    """``wall`` and ``cpu``: 95th percentile in ms; ``few`` and ``many``: queries."""

    name: str
    wall: float
    cpu: float
    few: int
    many: int


def run(args: argparse.Namespace) -> dict[str, Any]:
    with empty_district("pages"):
        ask = _make(args.people // 20, args.cases // 20)
        few = {name: _queries(ask, where) for name, where in _pages().items()}
        ask = _make(args.people, args.cases)
        pages = [_measure(name, where, ask, few, args.times) for name, where in _pages().items()]
        campaign = _campaign_seconds()
    return {
        "bench": "pages",
        "bars": [bar for page in pages for bar in _bars(page)],
        "peers": {
            "people": args.people,
            "open cases": args.cases,
            "process time, p95 in ms": {page.name: page.cpu for page in pages},
            **campaign,
        },
    }


def _bars(page: Page) -> Iterator[dict[str, Any]]:
    yield {
        "name": f"{page.name}: p95 ms",
        "value": page.wall,
        "bar": f"< {P95_BAR:g}",
        "ok": page.wall < P95_BAR,
    }
    yield {
        "name": f"{page.name}: queries",
        "value": page.many,
        "bar": f"{page.few}, as with a twentieth of the people",
        "ok": page.many <= page.few,
    }


def _make(people: int, cases: int) -> Ask:
    """Add people and cases up to those numbers, and what people signed; how to ask a page."""
    from bench.pages_cases import fill_cases
    from bench.pages_district import fill

    cookies = fill(people)
    fill_cases(cases)
    from hornbook.district.wsgi import application

    def ask(where: Where) -> int:
        viewer, address = where
        path, _, query = address.partition("?")
        told: list[str] = []
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_COOKIE": cookies[viewer],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        reply = application(environ, lambda status, headers, exc=None: told.append(status))  # type: ignore[arg-type]
        size = sum(len(part) for part in reply)
        if told[0][:3] != "200":
            raise RuntimeError(f"{address} answers {told[0]}")
        return size

    return ask


def _pages() -> dict[str, Where]:
    """Every page that shows many people, and those that everybody opens daily."""
    from hornbook.district.learning.models import Campaign

    campaign = Campaign.objects.get(state=Campaign.State.RUNNING)
    everybody = {name: ("all", address) for name, address in _for_all(campaign).items()}
    principal = {
        f"{name}, as a principal": ("principal", address)
        for name, address in _for_a_principal(campaign).items()
    }
    return everybody | principal


def _for_a_principal(campaign: Any) -> dict[str, str]:
    from django.urls import reverse

    return {
        "people": reverse("people"),
        "campaigns": reverse("campaigns"),
        "campaign": reverse("campaign", args=[campaign.key]),
        "campaign's people": reverse("campaign-people", args=[campaign.key]),
        "coverage": reverse("clauses"),
        "activity": reverse("activity"),
    }


def _for_all(campaign: Any) -> dict[str, str]:
    from django.urls import reverse

    people = reverse("campaign-people", args=[campaign.key])
    row = campaign.assignments.filter(state="signed").order_by("pk").first()
    plan = f"duty={campaign.duty.key}&revision={campaign.revision_id}&again=on"
    return {
        "home": reverse("home"),
        "today": reverse("today"),
        "people": reverse("people"),
        "people, found by name": reverse("people") + "?q=an",
        "people, last page": reverse("people") + "?page=9999",
        "campaigns": reverse("campaigns"),
        "campaign": reverse("campaign", args=[campaign.key]),
        "campaign's people": people,
        "campaign's people, open, one site": f"{people}?state=open&site=site-3",
        "campaign's people, last page": f"{people}?page=9999",
        "one person in it": reverse("assignment", args=[campaign.key, row.key]),
        "whom a campaign would ask": f"{reverse('campaign-plan')}?{plan}",
        "duties": reverse("duties"),
        "a person": reverse("person", args=[row.person.key]),
        "what is known about me": reverse("me"),
        "directories": reverse("directory"),
        "rules of sign-in": reverse("sign-in-rules"),
        "policy": reverse("policy-of", args=[campaign.revision.policy.key]),
        "check the texts": reverse("revise-check"),
        "drafts": reverse("revise"),
        "packs": reverse("packs"),
        "coverage": reverse("clauses"),
        "lights of a clause": reverse("clause-lights", args=[campaign.duty.clause.key]),
        "activity": reverse("activity"),
        "cases": reverse("cases"),
        "cases, one stage": reverse("cases") + "?stage=triage",
        "cases, last page": reverse("cases") + "?page=9999",
        "cases as pictures": reverse("school"),
    }


def _queries(ask: Ask, where: Where) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ask(where)
    with CaptureQueriesContext(connection) as seen:
        ask(where)
    return len(seen)


def _measure(name: str, where: Where, ask: Ask, few: dict[str, int], times: int) -> Page:
    for _ in range(WARM_UP):
        ask(where)
    walls, cpus = [], []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        ask(where)
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
    p95 = [round(float(np.percentile(taken, 95)), 1) for taken in (walls, cpus)]
    return Page(name, p95[0], p95[1], few[name], _queries(ask, where))


def _campaign_seconds() -> dict[str, Any]:
    """Starting a campaign for everybody, keeping its list true, posting all reminders."""
    from hornbook.district.learning.actions.campaigns import keep_list_true, start_campaign
    from hornbook.district.learning.actions.reminding import remind
    from hornbook.district.learning.models import Campaign
    from hornbook.district.learning.plan import plan_campaign
    from hornbook.district.ledger.actions import SYSTEM

    duty = Campaign.objects.get(state=Campaign.State.RUNNING).duty
    old = Campaign.objects.get(state=Campaign.State.RUNNING)
    Campaign.objects.filter(pk=old.pk).update(state=Campaign.State.CLOSED)
    today, taken = date.today(), {}
    began = time.perf_counter()
    plan = plan_campaign(duty, old.revision, today=today, everybody_again=True)
    campaign = start_campaign(actor=SYSTEM, plan=plan, everybody_again=True)
    taken["seconds to start a campaign"] = round(time.perf_counter() - began, 2)
    began = time.perf_counter()
    keep_list_true(campaign=campaign, today=today + timedelta(days=1))
    taken["seconds to keep its list true"] = round(time.perf_counter() - began, 2)
    began = time.perf_counter()
    posted = remind(campaign=campaign, today=today)
    taken["seconds to post its reminders"] = round(time.perf_counter() - began, 2)
    return {"people asked": len(plan.ask), "reminders posted": posted.letters, **taken}
