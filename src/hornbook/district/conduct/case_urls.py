from django.urls import URLPattern, path

from hornbook.district.conduct.views import cases, room

urlpatterns: list[URLPattern] = [
    path("", cases.case_list, name="cases"),
    path("reports/<uuid:key>/", cases.report, name="case-report"),
    path("<uuid:key>/", room.case, name="case"),
]
