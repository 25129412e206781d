from django.urls import URLPattern, path

from hornbook.district.filtering import ask_views, trial, unlisted_views, views

urlpatterns: list[URLPattern] = [
    path("", views.overview, name="filter"),
    path("held/", views.held, name="filter-held"),
    path("held/<int:pk>/", views.decide_name, name="filter-decide-name"),
    path("held/all/<int:pk>/", views.decide_names, name="filter-decide-names"),
    path("unlisted/", unlisted_views.unlisted, name="filter-unlisted"),
    path("unlisted/<int:pk>/", unlisted_views.decide, name="filter-decide-unlisted"),
    path("versions/<int:pk>/", views.decide_version, name="filter-decide-version"),
    path("rules/<slug:key>/", views.change_rule, name="filter-change-rule"),
    path("publish/", views.publish_now, name="filter-publish"),
    path("test/", trial.trial, name="filter-test"),
    path("asks/", ask_views.asks, name="asks"),
    path("asks/<slug:receipt>/", ask_views.decide_ask, name="decide-ask"),
]
