"""The page before a site that a rule warns of: the clause, and a line for the reason to go on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from hornbook.kernel.explain import Explanation
from hornbook.node.notice.http import Response
from hornbook.node.notice.markup import Html, fill
from hornbook.node.notice.page import Page, clause, support

LONGEST = 200  # characters of a reason: one line
_INVALID = ' aria-invalid="true" aria-describedby="ask-problem" autofocus'


@dataclass(frozen=True)
class Warned:
    """Who is warned of what. ``to``: path and query that the person wanted; ``may``: go on."""

    told: Explanation
    minutes: int
    to: str
    may: bool


def page_of(page: Page, warned: Warned, problem: str = "") -> Response:
    """403 with the clause and the form. No browser treats a warning otherwise than a refusal."""
    told = warned.told
    content = fill(
        "warned",
        name=told.name,
        lead=page.lead(told, "warned_lead"),
        crisis=page.crisis(),
        clause=clause(told.verdict, "Why you are asked"),
        basis=page.basis(told.verdict),
        go_on=_form(warned, problem) if warned.may else fill("warned_unknown"),
        support=support(told),
    )
    return page.framed("Say why first", content, HTTPStatus.FORBIDDEN)


def tiny(warned: Warned, accept: str) -> Response:
    """The same for pictures, data and scripts: small, typed, with the clause."""
    verdict = warned.told.verdict
    if accept.startswith("image/"):
        picture = fill("picture", clause=verdict.clause)
        return Response(HTTPStatus.FORBIDDEN, picture, "image/svg+xml")
    if "json" in accept:
        facts = {"warned": True, "name": warned.told.name}
        told = json.dumps(facts | {"clause": verdict.clause, "rule": verdict.rule})
        return Response(HTTPStatus.FORBIDDEN, told, "application/json")
    words = f"A reason is asked for here first: {verdict.clause}\n"
    return Response(HTTPStatus.FORBIDDEN, words, "text/plain")


def _form(warned: Warned, problem: str) -> Html:
    # Without a fragment: a browser would carry it on to the site.
    return fill(
        "warned_form",
        action=f"/?name={quote(warned.told.name)}",
        to=warned.to,
        minutes=str(warned.minutes),
        limit=str(LONGEST),
        problem=fill("problem", words=problem) if problem else Html(),
        invalid=Html(_INVALID if problem else ' aria-describedby="reason-hint"'),
    )
