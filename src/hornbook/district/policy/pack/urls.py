from django.urls import URLPattern, path

from hornbook.district.policy.pack import views

urlpatterns: list[URLPattern] = [
    path("", views.packs, name="packs"),
    path("verify.py", views.verifier, name="pack-verifier"),
    path("<slug:seal>/", views.download, name="pack"),
]
