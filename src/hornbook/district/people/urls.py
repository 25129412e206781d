from django.urls import URLPattern, path

from hornbook.district.people import views

urlpatterns: list[URLPattern] = [
    path("", views.people, name="people"),
    path("<uuid:key>/", views.person, name="person"),
]
