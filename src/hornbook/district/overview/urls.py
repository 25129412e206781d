from django.urls import URLPattern, path

from hornbook.district.overview import views

urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
]
