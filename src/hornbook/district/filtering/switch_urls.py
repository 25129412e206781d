from django.urls import URLPattern, path

from hornbook.district.filtering import switch_views

urlpatterns: list[URLPattern] = [
    path("", switch_views.switchboard, name="switchboard"),
    path("switch/", switch_views.switch, name="switch-off"),
    path("<int:pk>/on/", switch_views.switch_on, name="switch-on"),
]
