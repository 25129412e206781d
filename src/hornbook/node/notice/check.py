"""The check page: is this device covered, and as whom?

It works without script. The page holds three frames, each at a name that only one part of the
filter answers for (``node/devices/names.py``); what stands in the page where a frame stays empty
is the “no”. The frames say “yes” in words, so that they can be read out.

By the DNS way the filter knows the address alone; by the proxy it knows the token as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from hornbook.kernel.judge import Kernel
from hornbook.kernel.seating import Seat
from hornbook.node.devices.names import BY_DNS, BY_PROXY, INSIDE
from hornbook.node.notice.http import COMMON, Response
from hornbook.node.notice.markup import Html, fill
from hornbook.node.notice.page import Page

DNS, PROXY, OPENED = "dns", "proxy", "inside"
_HOSTS = {BY_DNS: DNS, BY_PROXY: PROXY, INSIDE: OPENED}


@dataclass(frozen=True)
class Asker:
    """Who asks: the seat (None: nobody known), and the way that the request came."""

    seat: Seat | None
    way: str = ""


def seat_of(kernel: Kernel, number: int, at: float) -> Seat | None:
    """The seat that counts now at that place of the seating; None for nobody known."""
    now = kernel.at(at)
    return kernel.seating.seats[now.present_one(number)] if number else None


def answer(host: str, asker: Asker, notice: Mapping[str, Any], port: int) -> Response:
    """A frame where ``host`` names one, else the page. ``port`` is that of the notice page.

    A frame that came by another way than its own is “not found”: then the page's “no” stands.
    """
    wanted = _HOSTS.get(host)
    if wanted is None:
        return _page(asker, notice, port)
    if wanted != asker.way:
        return Response(HTTPStatus.NOT_FOUND, "not by this way\n", "text/plain")
    who = _who(asker.seat, notice, "check_who")
    return _framed(fill(f"check_{wanted}", who=who))


def _page(asker: Asker, notice: Mapping[str, Any], port: int) -> Response:
    outside = "" if port == 80 else f":{port}"
    content = fill(
        "check",
        who=_who(asker.seat, notice, "check_who" if asker.way else "check_address"),
        dns=f"http://{BY_DNS}{outside}/",
        proxy=f"http://{BY_PROXY}/",
        inside=f"https://{INSIDE}/",
    )
    found = Page(notice).framed("Is this device covered?", content, HTTPStatus.OK)
    frames = f"http://{BY_DNS}{outside} http://{BY_PROXY} https://{INSIDE}"
    policy = f"{COMMON['Content-Security-Policy']}; frame-src {frames}; object-src {frames}"
    return Response(found.status, found.body, headers={"Content-Security-Policy": policy})


def _framed(words: Html) -> Response:
    """What any page may show in a frame: it tells nothing that the frame's owner could read."""
    policy = "default-src 'none'; style-src 'self'; base-uri 'none'"
    headers = {"Content-Security-Policy": policy, "X-Frame-Options": ""}
    return Response(HTTPStatus.OK, fill("check_frame", words=words), headers=headers)


def _who(seat: Seat | None, notice: Mapping[str, Any], template: str) -> Html:
    """“You are covered as Students in elementary schools, Maple Elementary.”"""
    if seat is None:
        return fill("check_nobody")
    profile = str(notice.get("profiles", {}).get(seat.profile, seat.profile))
    site = str(notice.get("sites", {}).get(seat.site, seat.site))
    return fill(template, who=", ".join(word for word in (profile, site) if word))
