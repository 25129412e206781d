from django.urls import URLPattern, path

from hornbook.district.policy.revising import clause_views, desk_views, views

urlpatterns: list[URLPattern] = [
    path("", views.revise, name="revise"),
    path("check/", views.check, name="revise-check"),
    path("policies/<slug:key>/", desk_views.desk, name="policy-desk"),
    path("explain/<str:key>/", clause_views.explain, name="explain"),
    path("<int:pk>/", views.draft, name="draft"),
    path("<int:pk>/do/", views.move, name="draft-move"),
    path("<int:pk>/evidence/", views.evidence, name="draft-evidence"),
    path("<int:pk>/adopt/", views.adopt, name="draft-adopt"),
    path("<int:pk>/clauses/<str:key>/", clause_views.edit, name="draft-clause"),
    path("<int:pk>/clauses/<str:key>/move/", clause_views.move, name="draft-clause-move"),
    path("<int:pk>/after/<str:key>/", clause_views.add, name="draft-add"),
]
