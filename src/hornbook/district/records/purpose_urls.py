from django.urls import URLPattern, path

from hornbook.district.records import purpose_views

urlpatterns: list[URLPattern] = [
    path("", purpose_views.purposes, name="purposes"),
    path("new/<uuid:key>/", purpose_views.purpose_new, name="purpose-new"),
    path("<int:pk>/", purpose_views.purpose, name="purpose"),
]
