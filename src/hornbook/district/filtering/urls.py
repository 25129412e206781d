from django.urls import URLPattern, path

from hornbook.district.filtering import (
    ask_views,
    calendar_views,
    opening_views,
    rule_views,
    trial,
    unlisted_views,
    views,
)

urlpatterns: list[URLPattern] = [
    path("", views.overview, name="filter"),
    path("held/", views.held, name="filter-held"),
    path("held/<int:pk>/", views.decide_name, name="filter-decide-name"),
    path("held/all/<int:pk>/", views.decide_names, name="filter-decide-names"),
    path("unlisted/", unlisted_views.unlisted, name="filter-unlisted"),
    path("unlisted/<int:pk>/", unlisted_views.decide, name="filter-decide-unlisted"),
    path("versions/<int:pk>/", views.decide_version, name="filter-decide-version"),
    path("rules/new/", rule_views.new_rule, name="filter-new-rule"),
    path("rules/<slug:key>/edit/", rule_views.edit_rule, name="filter-edit-rule"),
    path("rules/<slug:key>/remove/", rule_views.remove_rule, name="filter-remove-rule"),
    path("entries/", opening_views.entries, name="filter-entries"),
    path("entries/add/", opening_views.enter, name="filter-enter"),
    path("entries/<int:pk>/drop/", opening_views.drop, name="filter-drop-entry"),
    path("openings/", opening_views.openings, name="openings"),
    path("openings/open/", opening_views.open_name, name="open-name"),
    path("openings/grant/", opening_views.grant, name="grant"),
    path("openings/<int:pk>/close/", opening_views.close, name="close-opening"),
    path("calendar/", calendar_views.calendar, name="filter-calendar"),
    path("calendar/set/", calendar_views.set_day, name="filter-set-day"),
    path("calendar/<int:pk>/drop/", calendar_views.drop_day, name="filter-drop-day"),
    path("rules/<slug:key>/", views.change_rule, name="filter-change-rule"),
    path("publish/", views.publish_now, name="filter-publish"),
    path("test/", trial.trial, name="filter-test"),
    path("asks/", ask_views.asks, name="asks"),
    path("asks/<slug:receipt>/", ask_views.decide_ask, name="decide-ask"),
]
