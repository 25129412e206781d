"""Read the policy: all clauses, or one with its history and what it is cited by."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from hornbook.district.policy import access
from hornbook.district.policy.history import adoption_words, steps
from hornbook.district.policy.linking import references_of, references_to
from hornbook.district.policy.models import ClauseText, Force, Holder, Policy
from hornbook.district.policy.revising.access import writes
from hornbook.district.policy.showing.book import Book, open_book
from hornbook.district.policy.showing.printing import policy_pdf


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """The library. One policy alone is opened at once."""
    asked = request.GET.get("policy")
    if asked:
        query = request.GET.copy()
        del query["policy"]
        address = reverse("policy-of", args=[access.policy_by_key(asked).key])
        return redirect(f"{address}?{query.urlencode()}" if query else address, permanent=True)
    policies = access.current_policies(timezone.localdate())
    if len(policies) == 1:
        return _book_page(request, policies[0].policy, alone=True)
    return render(request, "policy/policies.html", {"policies": policies})


@require_safe
def policy_of(request: HttpRequest, key: str) -> HttpResponse:
    """One policy, on the day and in the language that the address asks for.

    A clause's key in small letters comes here, too, and goes on to the clause.
    """
    found = Policy.objects.filter(key=key).first()
    return _book_page(request, found, alone=False) if found else clause(request, key)


def _book_page(request: HttpRequest, policy: Policy, *, alone: bool) -> HttpResponse:
    book = _book(request, policy)
    force = _chosen(request, "force", Force.values)
    holder = _chosen(request, "holder", Holder.values)
    rows = book.rows
    shown = [row for row in rows if _fits(row.text, force, holder)]
    context = {
        "book": book,
        "alone": alone,
        "sections": replace(book, rows=shown).sections,
        "shown": len(shown),
        "count": len(rows),
        "force": force,
        "holder": holder,
        "forces": [(f.value, f.label) for f in Force if f in {row.text.force for row in rows}],
        "holders": [(h.value, h.label) for h in Holder if h in {row.text.holder for row in rows}],
        "today": timezone.localdate(),
    }
    return render(request, "policy/policy.html", context)


def _book(request: HttpRequest, policy: Policy) -> Book:
    return open_book(policy, _day(request), request.GET.get("lang", access.BASE))


def _day(request: HttpRequest) -> date:
    """``?on=``; what cannot be read is today."""
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return timezone.localdate()


@require_safe
def printed(request: HttpRequest, key: str) -> HttpResponse:
    """The same as a tagged PDF."""
    policy = access.policy_by_key(key)
    book = _book(request, policy)
    if not book.rows:
        raise Http404("no words are on file for that day")
    address = request.build_absolute_uri(reverse("policy-of", args=[policy.key]))
    answer = HttpResponse(policy_pdf(book, address), content_type="application/pdf")
    name = f"{policy.key}-{book.on.isoformat()}-{book.lang}.pdf"
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


def _chosen(request: HttpRequest, name: str, values: list[str]) -> str:
    value = request.GET.get(name, "")
    return value if value in values else ""


def _fits(text: ClauseText, force: str, holder: str) -> bool:
    return (not force or text.force == force) and (not holder or text.holder == holder)


@require_safe
def clause(request: HttpRequest, key: str) -> HttpResponse:
    """One clause: its permanent address."""
    found = access.clause_by_key(key)
    if found.key != key:
        return redirect("clause", found.key, permanent=True)
    today = timezone.localdate()
    text = access.last_text(found, today)
    neighbours = list(
        access.texts_in_force(found.policy, today).values_list("clause__key", flat=True)
    )
    context = {
        "clause": found,
        "text": text,
        "in_force": access.text_in_force(found, today) is not None,
        "steps": [(step, adoption_words(step.revision)) for step in steps(found)],
        "categories": found.categories.order_by("name"),
        "rules": found.rules.order_by("-locked", "order"),
        "before": _beside(neighbours, found.key, -1),
        "after": _beside(neighbours, found.key, 1),
        "references": references_of(text) if text else [],
        "referring": references_to(found),
        "may_explain": text is not None and writes(request.user),
    }
    return render(request, "policy/clause.html", context)


def _beside(keys: list[str], key: str, by: int) -> str:
    """The neighbour's key, or "" at the end and for a clause that is not in force."""
    if key not in keys:
        return ""
    index = keys.index(key) + by
    return keys[index] if 0 <= index < len(keys) else ""
