from django.urls import URLPattern, path

from hornbook.district.overview import views

urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("help/", views.help_sheet, name="help"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("privacy/", views.privacy, name="privacy"),
    path("status/", views.status, name="status"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
