from django.urls import URLPattern, path, re_path

from hornbook.district.filtering import parts_api

urlpatterns: list[URLPattern] = [
    path("current.json", parts_api.current, name="parts-current"),
    re_path(r"^(?P<part_hash>[0-9a-f]{64})\.part$", parts_api.part, name="parts-part"),
    path("report", parts_api.report, name="parts-report"),
    path("spool/<slug:box>/<str:receipt>", parts_api.spooled, name="parts-spooled"),
]
