"""One's own page stands at the root of the site, because everybody has one."""

from django.urls import URLPattern, path

from hornbook.district.people import views

urlpatterns: list[URLPattern] = [path("", views.me, name="me")]
