from django.urls import URLPattern, path

from hornbook.district.policy.coverage import views

urlpatterns: list[URLPattern] = [
    path("", views.coverage, name="clauses"),
    path("<str:key>/", views.one_clause, name="clause-lights"),
    path("<str:key>/decide/", views.decide, name="clause-decide"),
]
