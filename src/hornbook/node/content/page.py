"""What a person sees instead of a page or picture that was closed after a look at it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from hornbook.kernel.rulebook import Verdict
from hornbook.node.notice.http import Response
from hornbook.node.notice.markup import Html, fill
from hornbook.node.notice.page import Page
from hornbook.node.notice.site import SVG
from hornbook.scan.finding import Scanned


def looked_at(notice: Mapping[str, Any], verdict: Verdict, host: str, scanned: Scanned) -> Response:
    """403 with the clause. It has no form: the form of a site that is open would go to the site."""
    lead = fill("content_lead", title=verdict.title or verdict.rule)
    found = "; ".join(why for one in scanned.findings for why in one.why)
    return _page(notice, verdict, host, lead, f"{scanned.scanner}: {found}")


def not_looked_at(
    notice: Mapping[str, Any], verdict: Verdict, host: str, scanned: Scanned
) -> Response:
    """403 for what a rule keeps closed until somebody could look at it."""
    lead = fill("content_unlooked", title=verdict.title or verdict.rule)
    return _page(notice, verdict, host, lead, f"not checked: {scanned.reason}")


def picture(verdict: Verdict) -> Response:
    return Response(HTTPStatus.FORBIDDEN, fill("picture", clause=verdict.clause), SVG)


def _page(notice: Mapping[str, Any], verdict: Verdict, host: str, lead: Html, why: str) -> Response:
    return Page(notice).closed_inside(verdict, host, lead, why)
