"""The words of the notice page. Plain words first, then the clause, then what one can do.

``notice`` is what the rulebook tells notice pages (docs/architecture.md). Anything that it
leaves out is left out of the page; the crisis lines of the page itself are always there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from hornbook.kernel.explain import Explanation
from hornbook.kernel.rulebook import Verdict
from hornbook.node.notice.asks import MAX_REASON
from hornbook.node.notice.http import Response
from hornbook.node.notice.markup import Html, fill, join

ALWAYS = (
    {"name": "Emergency", "call": "911"},
    {"name": "988 Suicide and Crisis Lifeline: call or text, day and night", "call": "988"},
)


class Page:
    """Makes the pages of one district."""

    def __init__(self, notice: Mapping[str, Any]) -> None:
        self._notice = notice
        self._district = str(notice.get("district") or "Your school district")

    # --- the pages -----------------------------------------------------------------------

    def blocked(
        self,
        told: Explanation,
        *,
        receipt: str = "",
        problem: str = "",
        status: HTTPStatus = HTTPStatus.FORBIDDEN,
    ) -> Response:
        """403 with the reason; 202 with a ``receipt``; ``problem`` is what the form lacks."""
        content = fill(
            "blocked",
            name=told.name,
            lead=self.lead(told),
            crisis=self.crisis(),
            clause=clause(told.verdict),
            basis=self.basis(told.verdict),
            ask=_receipt(receipt) if receipt else self._form(told, problem),
            help=self._help(told.verdict),
            support=support(told),
        )
        title = "Your request is on its way" if receipt else "This site is closed here"
        return self.framed(title, content, HTTPStatus.ACCEPTED if receipt else status)

    def open(self, told: Explanation) -> Response:
        return self._simple(
            HTTPStatus.NOT_FOUND,
            "Nothing blocks this name for you",
            f"{told.name} is open where you sit. If you came here while opening it, the rules "
            "have just changed. Wait one minute, then load the site again.",
        )

    def private(self) -> Response:
        """Which sites are never looked into; anybody may know."""
        names = [fill("name", name=name) for name in self._notice.get("private", ())]
        content = fill("private", names=join(names), crisis=self.crisis())
        return self.framed("What is never looked into", content, HTTPStatus.OK)

    def closed_inside(self, verdict: Verdict, host: str, lead: Html, why: str) -> Response:
        """403 for one page of an open site. Without a form: it would be sent to the site."""
        content = fill(
            "inside",
            name=host,
            lead=lead,
            crisis=self.crisis(),
            clause=clause(verdict),
            basis=self.basis(verdict),
            help=self._help(verdict),
            rule=verdict.rule,
            why=why,
        )
        return self.framed("This page is closed here", content, HTTPStatus.FORBIDDEN)

    def no_name(self) -> Response:
        return self._simple(
            HTTPStatus.NOT_FOUND,
            "Nothing is closed here",
            "This page appears when a site is closed by a rule of your school district. "
            "You asked for no site.",
        )

    def bad_name(self, name: str, reason: str) -> Response:
        words = f"“{name[:80]}” cannot be looked up: {reason}."
        return self._simple(HTTPStatus.BAD_REQUEST, "This is not the name of a site", words)

    def no_parts(self) -> Response:
        return self._simple(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The rules are not here yet",
            "This page cannot say which rule holds, because no rules have been published to it. "
            "Please ask a teacher or the office.",
        )

    def not_ready(self) -> Response:
        return self._simple(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The filter cannot answer now",
            "It is being started again. Wait a minute, then load the site again. Pages of crisis "
            "and emergency services open meanwhile.",
        )

    def not_found(self, name: str) -> Response:
        return self._simple(
            HTTPStatus.BAD_GATEWAY,
            "This site cannot be found",
            f"No address is known for {name[:253]}. Look whether the name is written as you mean "
            "it; if it is, try again in a few minutes.",
        )

    def not_reached(self, name: str) -> Response:
        return self._simple(
            HTTPStatus.BAD_GATEWAY,
            "This cannot be opened through the proxy",
            f"The proxy leads to the internet only, and {name[:253]} is not there. Devices of the "
            "district's own network are opened without the proxy.",
        )

    def silent(self) -> Response:
        return self._simple(
            HTTPStatus.BAD_GATEWAY,
            "This site does not answer",
            "Its server could not be reached, or it broke the connection off. Nothing is closed by "
            "a rule. Try again in a few minutes.",
        )

    def untrusted(self) -> Response:
        return self._simple(
            HTTPStatus.BAD_GATEWAY,
            "This site cannot prove that it is itself",
            "The proxy looks into this site, so it checks its certificate for you, and that is "
            "not good: it may have ended, be for another name, or be signed by nobody who is "
            "known. Somebody may be pretending to be this site. Nothing is closed by a rule. If "
            "you need the site, tell IT its name.",
        )

    def who_are_you(self) -> Response:
        return self._simple(
            HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
            "This device has not said whose it is",
            "The proxy of the district is for its people and devices. Ask IT for a token and "
            "enter it as the password for the proxy.",
        )

    def not_in_plain_text(self) -> Response:
        return self._simple(
            HTTPStatus.FORBIDDEN,
            "This way to the proxy can be read by others",
            "From elsewhere than the district's own network the proxy is used by an encrypted "
            "connection only. Ask IT for the settings of this device: they name an HTTPS proxy.",
        )

    # --- its pieces ----------------------------------------------------------------------

    def framed(self, title: str, content: Html, status: HTTPStatus) -> Response:
        """A whole page with the district's head and foot."""
        frame = fill("frame", title=title, district=self._district, content=content)
        return Response(status, frame)

    def _simple(self, status: HTTPStatus, title: str, words: str) -> Response:
        content = fill("simple", title=title, words=words, crisis=self.crisis())
        return self.framed(title, content, status)

    def lead(self, told: Explanation, template: str = "") -> Html:
        verdict = told.verdict
        who = str(self._notice.get("profiles", {}).get(told.profile, told.profile))
        usual = "lead_topic" if verdict.category else "lead_rule"
        return fill(template or usual, title=verdict.title or verdict.rule, who=who)

    def crisis(self) -> Html:
        told = list(self._notice.get("crisis_lines", ()))
        known = {line.get("call") or line.get("text") for line in told}
        missing = [line for line in ALWAYS if line["call"] not in known]
        return fill("crisis", lines=join(_crisis_line(line) for line in (*missing, *told)))

    def basis(self, verdict: Verdict) -> Html:
        told = self._notice.get("bases", {}).get(verdict.basis, {})
        if not told:
            return fill("basis_bare", basis=verdict.basis) if verdict.basis else Html()
        return fill(
            "basis",
            label=str(told.get("label", verdict.basis)),
            words=str(told.get("words", "")),
            note=str(told.get("note", "")),
            citation=str(told.get("citation", "")),
        )

    def _form(self, told: Explanation, problem: str) -> Html:
        known = bool(told.seat and told.seat.person)
        return fill(
            "ask",
            action=f"/?name={quote(told.name)}",
            limit=str(MAX_REASON),
            problem=fill("problem", words=problem) if problem else Html(),
            invalid=Html(' aria-invalid="true" aria-describedby="ask-problem"' if problem else ""),
            unknown=Html() if known else fill("unknown"),
        )

    def _help(self, verdict: Verdict) -> Html:
        role = self._notice.get("roles", {}).get(verdict.override, verdict.override)
        contacts = [
            fill("contact", name=str(one.get("name", "")), email=str(one.get("email", "")))
            for one in self._notice.get("contacts", ())
        ]
        return fill(
            "help",
            override=fill("override", role=str(role)) if role else fill("no_override"),
            contacts=join(contacts) or fill("no_contact"),
            console=self._console(),
        )

    def _console(self) -> Html:
        address = str(self._notice.get("console", ""))
        if urlsplit(address).scheme not in {"http", "https"}:
            return Html()
        return fill("console", address=address)


def clause(verdict: Verdict, heading: str = "Why it is closed") -> Html:
    key, _, revision = verdict.clause.partition("@")
    return fill(
        "clause",
        heading=heading,
        key=key,
        revision=revision,
        section=verdict.section,
        plain=verdict.plain or "Not yet explained. The official words below are what counts.",
        official=verdict.official,
        since=_long_date(verdict.revised_on),
    )


def _crisis_line(line: Mapping[str, str]) -> Html:
    name = line.get("name", "")
    if "call" in line:
        return fill("line", name=name, link=_link(f"tel:{_digits(line['call'])}", line["call"]))
    return fill("line", name=name, link=_link(f"sms:{_digits(line.get('text', ''))}", line["text"]))


def _link(address: str, words: str) -> Html:
    return fill("link", address=address, words=words)


def _digits(number: str) -> str:
    return "".join(character for character in number if character.isdigit())


def _receipt(receipt: str) -> Html:
    return fill("receipt", receipt=receipt)


def support(told: Explanation) -> Html:
    return fill(
        "support",
        rule=told.verdict.rule,
        profile=told.profile,
        matched=told.matched or "no list",
        rulebook=told.rulebook[:12],
    )


def _long_date(text: str) -> str:
    """``2020-10-05`` → ``5 October 2020``; what is no date stays as it is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.day} {day:%B %Y}"
