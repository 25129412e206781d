from django.urls import URLPattern, path

from hornbook.district.people import token_views, views

urlpatterns: list[URLPattern] = [
    path("", views.people, name="people"),
    path("<uuid:key>/", views.person, name="person"),
    path("<uuid:key>/tokens/", token_views.issue, name="token-issue"),
    path("<uuid:key>/tokens/<uuid:token_key>/revoke/", token_views.revoke, name="token-revoke"),
]
