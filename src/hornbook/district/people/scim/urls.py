from django.urls import URLPattern, path, re_path

from hornbook.district.people.scim import views

urlpatterns: list[URLPattern] = [
    path("ServiceProviderConfig", views.service_provider_config, name="scim-config"),
    path("ResourceTypes", views.resource_type_list, name="scim-resource-types"),
    path("ResourceTypes/<str:name>", views.resource_type, name="scim-resource-type"),
    path("Schemas", views.schema_list, name="scim-schemas"),
    path("Schemas/<str:urn>", views.schema, name="scim-schema"),
    path("Users", views.users, name="scim-users"),
    path("Users/<uuid:key>", views.user, name="scim-user"),
    path("Groups", views.groups, name="scim-groups"),
    path("Groups/<uuid:key>", views.group, name="scim-group"),
    path(".search", views.search, name="scim-search"),
    re_path(r"^(?P<kind>Users|Groups)/\.search$", views.search, name="scim-search-kind"),
    path("", views.elsewhere, name="scim-root"),
    path("<path:rest>", views.elsewhere, name="scim-elsewhere"),
]
