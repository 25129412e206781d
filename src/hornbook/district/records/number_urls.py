from django.urls import URLPattern, path

from hornbook.district.records import views

urlpatterns: list[URLPattern] = [
    path("", views.numbers, name="numbers"),
    path("<uuid:key>/", views.numbers_download, name="numbers-download"),
]
