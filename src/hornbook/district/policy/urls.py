from django.urls import URLPattern, path

from hornbook.district.policy import views

urlpatterns: list[URLPattern] = [
    path("", views.policy, name="policy"),
    path("<str:key>/", views.clause, name="clause"),
]
