"""The published conformance suite of SCIM, through our whole stack."""

from __future__ import annotations

from django.core.handlers.wsgi import WSGIHandler
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server

GOOD = (Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE, Status.SKIPPED)


def test_the_conformance_suite_finds_no_error(application: WSGIHandler, token: str) -> None:
    client = WSGISCIMClient(
        application,
        base_url="http://testserver/scim/v2",
        headers={"Authorization": f"Bearer {token}"},
    )
    results = check_server(client)
    assert [f"{r.title}: {r.status} {r.reason}" for r in results if r.status not in GOOD] == []
    checked = {(r.resource_type, r.title) for r in results if r.status is Status.SUCCESS}
    assert {resource for resource, _ in checked} >= {"User", "Group"}
    assert len(checked) > 20
