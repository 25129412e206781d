from django.urls import URLPattern, path

from hornbook.district.activity import views

urlpatterns: list[URLPattern] = [
    path("", views.activity, name="activity"),
    path("mine/", views.mine, name="activity-mine"),
]
