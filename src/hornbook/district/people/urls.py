from django.urls import URLPattern, path

from hornbook.district.people import device_views, role_views, token_views, views
from hornbook.district.people.scim import pages
from hornbook.district.people.signin import pages as signin
from hornbook.district.people.signin import reset_pages

urlpatterns: list[URLPattern] = [
    path("", views.people, name="people"),
    path("directory/", pages.directory, name="directory"),
    path("directory/let-in/", pages.let_in, name="directory-let-in"),
    path("directory/<slug:source>/revoke/", pages.shut_out, name="directory-shut-out"),
    path("directory/groups/<uuid:key>/", pages.group, name="directory-group"),
    path("devices/", device_views.devices, name="devices"),
    path("devices/one/", device_views.one, name="device-one"),
    path("devices/<uuid:key>/revoke/", device_views.revoke, name="device-token-revoke"),
    path("add/", role_views.add, name="person-add"),
    path("<uuid:key>/roles/", role_views.give, name="role-give"),
    path("<uuid:key>/roles/<int:number>/end/", role_views.end, name="role-end"),
    path("sign-in/", signin.rules, name="sign-in-rules"),
    path("<uuid:key>/sign-out/", signin.sign_somebody_out, name="sign-somebody-out"),
    path("<uuid:key>/reset-code/", reset_pages.give_code, name="reset-code"),
    path("<uuid:key>/", views.person, name="person"),
    path("<uuid:key>/tokens/", token_views.issue, name="token-issue"),
    path("<uuid:key>/tokens/<uuid:token_key>/revoke/", token_views.revoke, name="token-revoke"),
]
