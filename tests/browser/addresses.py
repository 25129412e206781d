"""Every address of the URL conf, and as whom the tests look at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

CUSTODIAN = "records custodian"
IT, TEACHER, PRINCIPAL = "it administrator", "teacher", "principal"
POLICY_OWNER, SUPERINTENDENT = "policy owner", "superintendent"
HR = "human resources"


@dataclass(frozen=True)
class Visit:
    """Look at it as that role; an address with arguments is ``found_on`` another page's links.

    ``status`` is what the answer must be.
    """

    role: str = ""
    found_on: str = ""
    status: int = 200


VISITS: dict[str, Visit] = {
    "home": Visit(),
    "help": Visit(),
    "accessibility": Visit(),
    "privacy": Visit(),
    "status": Visit(),
    "account_login": Visit(),
    "account_logout": Visit(TEACHER),
    "account_inactive": Visit(),
    "account_reauthenticate": Visit(TEACHER),
    "account_change_password": Visit(TEACHER),
    "account_set_password": Visit(TEACHER),
    "mfa_index": Visit(TEACHER),
    "mfa_activate_totp": Visit(TEACHER),
    "policy": Visit(),
    "policy-of": Visit(found_on="policy"),
    "clause": Visit(found_on="policy-of"),
    "clauses": Visit(POLICY_OWNER),
    "clause-lights": Visit(POLICY_OWNER, found_on="clauses"),
    "packs": Visit(POLICY_OWNER),
    "revise": Visit(POLICY_OWNER),
    "revise-check": Visit(POLICY_OWNER),
    "policy-desk": Visit(POLICY_OWNER, found_on="revise"),
    "draft": Visit(POLICY_OWNER, found_on="revise"),
    "draft-clause": Visit(POLICY_OWNER, found_on="draft"),
    "draft-add": Visit(POLICY_OWNER, found_on="draft"),
    "draft-adopt": Visit(SUPERINTENDENT, found_on="draft"),
    "explain": Visit(POLICY_OWNER, found_on="clause"),
    "people": Visit(PRINCIPAL),
    "person": Visit(PRINCIPAL, found_on="people"),
    "sign-in-rules": Visit(IT),
    "where-signed-in": Visit(TEACHER),
    "socialaccount_login_cancelled": Visit(),
    "socialaccount_login_error": Visit(status=401),
    "person-add": Visit(HR),
    "role-give": Visit(HR, found_on="person"),
    "directory": Visit(IT),
    "directory-group": Visit(IT, found_on="directory"),
    "devices": Visit(IT),
    "me": Visit(TEACHER),
    "filter": Visit(IT),
    "filter-held": Visit(IT),
    "filter-unlisted": Visit(IT),
    "filter-test": Visit(TEACHER),
    "asks": Visit(IT),
    "class": Visit(TEACHER),
    "switchboard": Visit(IT),
    "openings": Visit(IT),
    "grant": Visit(SUPERINTENDENT),
    "filter-entries": Visit(IT),
    "filter-calendar": Visit(IT),
    "filter-new-rule": Visit(IT),
    "filter-edit-rule": Visit(IT, found_on="filter"),
    "activity": Visit(PRINCIPAL),
    "activity-numbers": Visit(PRINCIPAL),
    "bypass": Visit(IT),
    "bypass-people": Visit(PRINCIPAL),
    "rehearsal": Visit(IT),
    "activity-mine": Visit(TEACHER),
    "today": Visit(TEACHER),
    "sign": Visit(TEACHER),
    "sign-changes": Visit(TEACHER, found_on="sign"),
    "campaigns": Visit(HR),
    "campaign": Visit(PRINCIPAL, found_on="campaigns"),
    "campaign-plan": Visit(HR),
    "duties": Visit(HR),
    "duty-new": Visit(HR),
    "duty": Visit(HR, found_on="duties"),
    "notice": Visit(HR),
    "no-school": Visit(HR),
    "records": Visit(CUSTODIAN),
    "hold-new": Visit(CUSTODIAN),
    "hold": Visit(CUSTODIAN, found_on="records"),
    "inspection-new": Visit(CUSTODIAN),
    "exports": Visit(CUSTODIAN),
    "purposes": Visit(PRINCIPAL),
    "purpose": Visit(PRINCIPAL, found_on="purposes"),
    "report": Visit(),
    "report-check": Visit(),
    "cases": Visit(PRINCIPAL),
    "school": Visit(PRINCIPAL),
    "cases-duty": Visit(SUPERINTENDENT),
    "cases-even": Visit(SUPERINTENDENT),
    "case-tell": Visit(TEACHER),
    "my-cases": Visit(TEACHER),
    "verify": Visit(),
    "gave-away": Visit(TEACHER),
    "gave-away-told": Visit(),
    "account-reset": Visit(),
    "incidents": Visit(IT),
    "incident": Visit(IT, found_on="incidents"),
    "incident-desk": Visit(IT),
    "breach-new": Visit(IT),
    "ledger": Visit(),
}

# Not pages, or only reached in the middle of something.
EXCUSED: dict[str, str] = {
    "case-report": "reached from a report; walked by its own test",
    "case": "behind closed doors; walked by its own test",
    "gave-away-done": "behind the button; walked by its own test",
    "my-incident": "after a reset; walked by its own test",
    "incident-lesson": "after a reset; walked by its own test",
    "incident-for": "a button of another page, POST only",
    "incident-word": "buttons of another page, POST only",
    "reset-code": "a button of another page, POST only; looked at by its own test",
    "breach": "none in the sample; walked by its own test",
    "breach-change": "none in the sample; walked by its own test",
    "breach-letters": "a PDF; its tags are tested with the letters",
    "breach-packet": "a ZIP file",
    "case-act": "a form of a case; walked by its own test",
    "case-small": "buttons of a case, POST only",
    "case-evidence": "octets to save, POST only",
    "case-report-file": "octets to save, POST only",
    "my-case": "behind a notice; walked by its own test",
    "purpose-new": "behind a person's page; looked at by its own test",
    "certificate": "none on the first day; looked at by tests/district/records",
    "certificate-proof": "JSON for the verifier",
    "certificate-pdf": "a PDF; its tags are tested with the certificates",
    "inspection-close": "a button of another page, POST only",
    "export-download": "a ZIP file",
    "ledger-verifier": "a Python file",
    "ledger-checkpoint": "a text file",
    "healthz": "JSON for machines",
    "readyz": "JSON for machines",
    "mfa_list_webauthn": "only after showing that it is still you; walked by its own test",
    "mfa_add_webauthn": "only after showing that it is still you; walked by its own test",
    "mfa_edit_webauthn": "only with a passkey; walked by its own test",
    "mfa_remove_webauthn": "only with a passkey; walked by its own test",
    "mfa_reauthenticate_webauthn": "only with a passkey; walked by its own test",
    "mfa_login_webauthn": "JSON for the browser's script",
    "openid_connect_login": "leads to a directory; tested with a real one",
    "openid_connect_callback": "comes from a directory; tested with a real one",
    "sign-somebody-out": "a button of another page, POST only",
    "role-end": "a button of another page, POST only",
    "directory-let-in": "a form of another page, POST only",
    "directory-shut-out": "a button of another page, POST only",
    "record-head": "JSON for nodes, with a token",
    "record-segment": "octets from nodes, with a token",
    "parts-current": "JSON for nodes, with a token",
    "parts-part": "octets for nodes, with a token",
    "parts-report": "for nodes, POST only",
    "mfa_authenticate": "only with an authenticator; walked by its own test",
    "mfa_reauthenticate": "only with an authenticator; walked by its own test",
    "mfa_deactivate_totp": "only with an authenticator; walked by its own test",
    "mfa_view_recovery_codes": "only with an authenticator; walked by its own test",
    "mfa_generate_recovery_codes": "only with an authenticator; walked by its own test",
    "mfa_download_recovery_codes": "a text file",
    "filter-decide-name": "a button of another page, POST only",
    "filter-decide-names": "a button of another page, POST only",
    "filter-decide-unlisted": "a form of another page, POST only",
    "filter-decide-version": "a button of another page, POST only",
    "filter-change-rule": "a button of another page, POST only",
    "filter-publish": "a button of another page, POST only",
    "policy-pdf": "a PDF; its tags are tested with the policy",
    "clause-decide": "forms of another page, POST only",
    "pack": "a ZIP file",
    "pack-verifier": "a script in Python",
    "draft-move": "buttons of another page, POST only",
    "draft-evidence": "a form of another page, POST only",
    "draft-clause-move": "buttons of another page, POST only",
    "decide-ask": "a form of another page, POST only",
    "sign-read": "a step of signing; walked by its own test",
    "sign-question": "a step of signing; walked by its own test",
    "sign-confirm": "a step of signing; walked by its own test",
    "sign-refuse": "a step of signing; walked by its own test",
    "sign-paper": "a text file",
    "signature": "at the end of signing; walked by its own test",
    "signature-paper": "a text file",
    "questions": "reached from a plan; walked by its own test",
    "campaign-people": "reached from a campaign; walked by its own test",
    "assignment": "reached from a campaign; walked by its own test",
    "question-retire": "a button of another page, POST only",
    "campaign-remind": "a button of another page, POST only",
    "campaign-doubts": "a button of another page, POST only",
    "campaign-close": "a form of another page, POST only",
    "signature-withdraw": "a form of another page, POST only",
    "lesson-begin": "a form of another page, POST only",
    "lesson-end": "a button of another page, POST only",
    "switch-off": "a form of another page, POST only",
    "switch-on": "a button of another page, POST only",
    "open-name": "a form of another page, POST only",
    "close-opening": "a button of another page, POST only",
    "filter-enter": "a form of another page, POST only",
    "filter-drop-entry": "a button of another page, POST only",
    "filter-set-day": "a form of another page, POST only",
    "filter-drop-day": "a button of another page, POST only",
    "filter-remove-rule": "a button of another page, POST only",
    "token-issue": "a form of another page, POST only",
    "device-token-revoke": "a button of another page, POST only",
    "token-revoke": "a button of another page, POST only",
}


def every_name() -> set[str]:
    """The url names of the console; ``scim-`` is for directories, with a token."""
    found = set(_names(get_resolver().url_patterns))
    return {name for name in found if not name.startswith("scim-")}


def _names(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _names(pattern.url_patterns)
        else:
            yield pattern.name or str(pattern.pattern)
