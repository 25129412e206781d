"""Who asks, for what, and what the page answers: over a real socket, with a real kernel."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hornbook.instance import Instance
from hornbook.node.notice import asks
from tests.node.notice.conftest import CLOSED, NOBODY, STUDENT, TEACHER, Served, publish


def kept(instance: Instance) -> list[dict[str, Any]]:
    folder = instance.spool / "asks"
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]


def test_a_closed_site_shows_the_clause_that_closes_it(page: Served) -> None:
    reply = page.get()
    assert reply.status == 403
    for words in (
        "This site is closed here",
        "bad.example",
        "Adult sites",
        "Students in elementary schools",
        "FILTER-1",
        "revision 2, in force since 5 October 2020. Section: Filtering.",
        "We close sites that show sex.",
        "Federal law asks schools to block this.",
        "47 U.S.C. 254(h)(5)(B)",
        "ida@district.test",
        "http://127.0.0.1:8000/",
    ):
        assert words in reply.text


def test_the_official_words_are_shown_as_they_are_and_never_as_markup(page: Served) -> None:
    text = page.get().text
    assert "filters &lt;pictures&gt; that are “obscene” &amp; harmful" in text
    assert "Prairie &amp; Creek Schools" in text


def test_anybody_may_read_what_is_never_looked_into(page: Served) -> None:
    reply = page.get("/hornbook-private", host="127.0.0.1")
    assert reply.status == 200
    assert "<li>bank.example</li>" in reply.text


def test_any_path_and_any_deeper_name_show_the_same(page: Served) -> None:
    reply = page.get("/a/b?c=d#e", host="WWW.Bad.Example.:80")
    assert reply.status == 403
    assert "www.bad.example" in reply.text


def test_an_international_name_is_shown_as_the_dns_knows_it(page: Served) -> None:
    assert page.get("/?name=B%C3%BCcher.example").status == 403


def test_another_person_at_another_address_gets_another_answer(page: Served) -> None:
    reply = page.get(client=TEACHER)
    assert reply.status == 404
    assert "Nothing blocks this name for you" in reply.text


def test_forwarded_headers_change_nothing(page: Served) -> None:
    """A student cannot borrow the teacher's address, nor a teacher lose theirs."""
    told = {"X_Forwarded_For": TEACHER, "Forwarded": f"for={TEACHER}", "X_Real_IP": TEACHER}
    assert page.get(**told).status == 403
    assert page.get(client=TEACHER, X_Forwarded_For=STUDENT).status == 404


def test_a_name_can_be_tried_out_for_the_own_address(page: Served) -> None:
    assert page.get("/?name=bad.example", host="127.0.0.1:8080").status == 403
    assert page.get("/?name=good.example", host="127.0.0.1:8080").status == 404


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "[::1]:8080", "localhost:8080"])
def test_the_bare_address_names_no_site(page: Served, host: str) -> None:
    reply = page.get(host=host)
    assert reply.status == 404
    assert "Nothing is closed here" in reply.text


def test_a_name_that_is_no_name_gets_plain_words_and_is_escaped(page: Served) -> None:
    reply = page.get("/?name=%3Cscript%3Ealert(1)%3C/script%3E")
    assert reply.status == 400
    assert "This is not the name of a site" in reply.text
    assert "<script" not in reply.text


@pytest.mark.parametrize("host", ["bad.example", "good.example", "127.0.0.1"])
def test_crisis_lines_are_on_every_page(page: Served, host: str) -> None:
    text = page.get(host=host).text
    assert 'href="tel:911"' in text
    assert 'href="tel:988"' in text
    assert 'href="sms:741741"' in text


def test_crisis_lines_need_no_rulebook(serve: Callable[..., Served]) -> None:
    """Nothing was ever published: the page says so and still shows who helps."""
    reply = serve().get()
    assert reply.status == 503
    assert "no rules have been published" in reply.text
    assert 'href="tel:988"' in reply.text


def test_a_rulebook_that_tells_nothing_still_makes_a_page(
    instance: Instance, serve: Callable[..., Served]
) -> None:
    bare = replace(CLOSED, plain="", basis="local", category="", override="it")
    publish(instance, closed=bare, notice={})
    text = serve().get().text
    assert "Not yet explained" in text
    assert "A teacher or the school office." in text
    assert "Who may open it: <strong>it</strong>" in text


def test_a_new_publication_is_followed(instance: Instance, page: Served) -> None:
    publish(instance, closed=replace(CLOSED, clause="FILTER-9@3"))
    page.site.refresh()
    assert "FILTER-9" in page.get().text


def test_a_damaged_publication_leaves_the_last_good_one_in_service(
    instance: Instance, page: Served
) -> None:
    before = set(instance.parts.glob("*.part"))
    publish(instance, closed=replace(CLOSED, clause="FILTER-9@3"))
    (newer,) = set(instance.parts.glob("*.part")) - before
    body = bytearray(newer.read_bytes())
    body[-1] ^= 1
    newer.write_bytes(body)
    page.site.refresh()
    assert "FILTER-1" in page.get().text
    assert page.site.facts()["problem"]


# --- machines that ask -----------------------------------------------------------------------


def test_a_style_gets_a_tiny_answer(page: Served) -> None:
    reply = page.get(Accept="text/css,*/*;q=0.1")
    assert (reply.status, reply.text) == (403, "Closed here: FILTER-1@2\n")
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_picture_gets_a_small_picture(page: Served) -> None:
    reply = page.get(Accept="image/avif,image/webp,*/*;q=0.8")
    assert reply.status == 403
    assert reply.headers["Content-Type"].startswith("image/svg+xml")
    assert "Closed here: FILTER-1@2" in reply.text


def test_json_is_answered_as_json(page: Served) -> None:
    reply = page.get(Accept="application/json")
    assert reply.status == 403
    assert json.loads(reply.text)["clause"] == "FILTER-1@2"


def test_head_has_the_same_header_and_no_body(page: Served) -> None:
    reply = page.get(method="HEAD")
    assert (reply.status, reply.text) == (403, "")
    assert reply.headers["Content-Length"] == str(len(page.get().text.encode()))


# --- the page keeps to itself ----------------------------------------------------------------


def test_nothing_comes_from_elsewhere_and_nothing_is_inline(page: Served) -> None:
    reply = page.get()
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["Set-Cookie"] is None
    for forbidden in ("<script", " style=", "<style", "<img", " onclick", "src="):
        assert forbidden not in reply.text


def test_the_one_stylesheet_comes_from_the_page_itself(page: Served) -> None:
    assert 'href="/hornbook-notice.css"' in page.get().text
    style = page.get("/hornbook-notice.css")
    assert (style.status, style.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert "url(" not in style.text
    assert "prefers-color-scheme: dark" in style.text


# --- asking ----------------------------------------------------------------------------------


def test_a_request_is_kept_with_everything_a_person_needs_to_decide(
    instance: Instance, page: Served
) -> None:
    reply = page.ask("our+report+on+art")
    assert reply.status == 202
    (ask,) = kept(instance)
    assert ask["receipt"] in reply.text
    assert {key: ask[key] for key in ("person", "site", "profile", "name", "reason")} == {
        "person": "person-1",
        "site": "maple",
        "profile": "elementary",
        "name": "bad.example",
        "reason": "our report on art",
    }
    assert (ask["rule"], ask["clause_version"]) == ("adult-minors", "FILTER-1@2")
    assert ask["asked_at"].endswith("+00:00")


def test_asking_twice_gives_the_same_receipt(instance: Instance, page: Served) -> None:
    assert page.ask("one").text == page.ask("one").text
    assert len(kept(instance)) == 1


def test_an_unknown_person_is_asked_for_a_name(instance: Instance, page: Served) -> None:
    assert "We do not know who sits here" in page.get(client=NOBODY).text
    page.ask("me", client=NOBODY)
    assert kept(instance)[0]["person"] == ""


def test_a_request_without_a_reason_says_what_is_missing(instance: Instance, page: Served) -> None:
    reply = page.ask("++")
    assert reply.status == 403
    assert "Please write what you need the site for." in reply.text
    assert 'aria-invalid="true"' in reply.text
    assert kept(instance) == []


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "https://bad.example"])
def test_a_form_from_another_site_is_refused(
    instance: Instance, page: Served, origin: str | None
) -> None:
    headers = {"Origin": origin} if origin else {}
    reply = page.get(method="POST", body="reason=please", **headers)
    assert reply.status == 403
    assert "not sent from this page" in reply.text
    assert kept(instance) == []


def test_an_open_name_cannot_be_asked_for(instance: Instance, page: Served) -> None:
    assert page.ask(client=TEACHER).status == 404
    assert kept(instance) == []


def test_requests_are_limited_for_each_client(instance: Instance, page: Served) -> None:
    for number in range(asks.PER_CLIENT):
        assert page.ask(path=f"/?name=n{number}.bad.example").status == 202
    reply = page.ask(path="/?name=more.bad.example")
    assert reply.status == 429
    assert "wait ten minutes" in reply.text
    assert page.ask(client=NOBODY).status == 202
    assert len(kept(instance)) == asks.PER_CLIENT + 1


def test_a_full_spool_takes_no_more(
    instance: Instance, page: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asks, "MAX_WAITING", 1)
    page.ask()
    assert page.ask(path="/?name=more.bad.example").status == 429
    assert len(kept(instance)) == 1


def test_a_disk_that_refuses_is_told_and_loses_nothing(instance: Instance, page: Served) -> None:
    (instance.spool / "asks").write_text("in the way")
    reply = page.ask()
    assert reply.status == 503
    assert "could not be saved" in reply.text


def test_a_very_long_reason_is_cut(instance: Instance, page: Served) -> None:
    page.ask("x" * (asks.MAX_REASON + 500))
    assert len(kept(instance)[0]["reason"]) == asks.MAX_REASON


def test_no_half_written_request_is_left(instance: Instance, page: Served) -> None:
    page.ask()
    assert [path.suffix for path in (instance.spool / "asks").iterdir()] == [".json"]
