from django.urls import URLPattern, path

from hornbook.district.conduct.views import report

urlpatterns: list[URLPattern] = [
    path("", report.report, name="report"),
    path("check/", report.check, name="report-check"),
]
