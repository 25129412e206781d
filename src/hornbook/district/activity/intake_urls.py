from django.urls import URLPattern, path

from hornbook.district.activity import intake_api

urlpatterns: list[URLPattern] = [
    path("<str:chain>/head", intake_api.head, name="record-head"),
    path("<str:chain>/segments", intake_api.segment, name="record-segment"),
]
