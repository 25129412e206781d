from django.urls import URLPattern, path

from hornbook.district.incidents import breach_views, desk_views, views

urlpatterns: list[URLPattern] = [
    path("gave-away/", views.gave_away, name="gave-away"),
    path("gave-away/told/", views.told, name="gave-away-told"),
    path("gave-away/done/", views.done, name="gave-away-done"),
    path("gave-away/<uuid:key>/", views.mine, name="my-incident"),
    path("gave-away/<uuid:key>/lesson/", views.lesson, name="incident-lesson"),
    path("incidents/", desk_views.incidents, name="incidents"),
    path("incidents/desk/", desk_views.desk, name="incident-desk"),
    path("incidents/words/<int:pk>/", desk_views.word, name="incident-word"),
    path("incidents/for/<uuid:key>/", views.for_somebody, name="incident-for"),
    path("incidents/breaches/new/", breach_views.breach_new, name="breach-new"),
    path("incidents/breaches/<uuid:key>/", breach_views.breach, name="breach"),
    path("incidents/breaches/<uuid:key>/change/", breach_views.breach_change, name="breach-change"),
    path(
        "incidents/breaches/<uuid:key>/letters/", breach_views.breach_letters, name="breach-letters"
    ),
    path("incidents/breaches/<uuid:key>/packet/", breach_views.breach_packet, name="breach-packet"),
    path("incidents/<uuid:key>/", desk_views.incident, name="incident"),
]
