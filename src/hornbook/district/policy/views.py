"""Read the policy: all clauses, or one with its history and what it is cited by."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hornbook.district.policy import access
from hornbook.district.policy.access import CurrentPolicy
from hornbook.district.policy.history import adoption_words, sections, steps
from hornbook.district.policy.models import ClauseText, Force, Holder


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """The one policy in force, or the one that ``?policy=`` names, or a list to choose from."""
    today = timezone.localdate()
    policies = access.current_policies(today)
    asked = request.GET.get("policy")
    if asked:
        return _one_policy(request, access.current_policy(asked, today), policies)
    if len(policies) == 1:
        return _one_policy(request, policies[0], policies)
    return render(request, "policy/policies.html", {"policies": policies})


def _one_policy(
    request: HttpRequest, current: CurrentPolicy, policies: list[CurrentPolicy]
) -> HttpResponse:
    texts = list(access.texts_in_force(current.policy, timezone.localdate()))
    force = _chosen(request, "force", Force.values)
    holder = _chosen(request, "holder", Holder.values)
    shown = [text for text in texts if _fits(text, force, holder)]
    revisions = current.policy.revisions.order_by("-no")
    context = {
        "current": current,
        "policies": policies,
        "sections": sections(shown),
        "shown": len(shown),
        "count": len(texts),
        "force": force,
        "holder": holder,
        "forces": [(f.value, f.label) for f in Force if f in {text.force for text in texts}],
        "holders": [(h.value, h.label) for h in Holder if h in {text.holder for text in texts}],
        "revisions": [(revision, adoption_words(revision)) for revision in revisions],
    }
    return render(request, "policy/policy.html", context)


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
    }
    return render(request, "policy/clause.html", context)


def _beside(keys: list[str], key: str, by: int) -> str:
    """The neighbour's key, or "" at the end and for a clause that is not in force."""
    if key not in keys:
        return ""
    index = keys.index(key) + by
    return keys[index] if 0 <= index < len(keys) else ""
