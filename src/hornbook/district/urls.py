"""Every address of the console. Each package owns its own ``urls.py``."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("hornbook.district.overview.urls")),
    path("account/", include("hornbook.district.overview.account_urls")),
    path("policy/", include("hornbook.district.policy.urls")),
    path("clauses/", include("hornbook.district.policy.coverage.urls")),
    path("packs/", include("hornbook.district.policy.pack.urls")),
    path("revise/", include("hornbook.district.policy.revising.urls")),
    path("people/", include("hornbook.district.people.urls")),
    path("scim/v2/", include("hornbook.district.people.scim.urls")),
    path("me/", include("hornbook.district.people.me_urls")),
    path("filter/", include("hornbook.district.filtering.urls")),
    path("parts/record/", include("hornbook.district.activity.intake_urls")),
    path("class/", include("hornbook.district.filtering.class_urls")),
    path("switchboard/", include("hornbook.district.filtering.switch_urls")),
    path("parts/", include("hornbook.district.filtering.parts_urls")),
    path("", include("hornbook.district.learning.urls")),
    path("activity/", include("hornbook.district.activity.urls")),
    path("", include("hornbook.district.incidents.urls")),
    path("copyright/", include("hornbook.district.copyright.urls")),
    path("", include("hornbook.district.consequences.urls")),
    path("numbers/", include("hornbook.district.records.number_urls")),
    path("records/", include("hornbook.district.records.urls")),
    path("purposes/", include("hornbook.district.records.purpose_urls")),
    path("report/", include("hornbook.district.conduct.report_urls")),
    path("cases/", include("hornbook.district.conduct.case_urls")),
    path("ledger/", include("hornbook.district.ledger.urls")),
]
