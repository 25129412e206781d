from django.urls import URLPattern, path

from hornbook.district.ledger import views

urlpatterns: list[URLPattern] = [
    path("", views.ledger, name="ledger"),
    path("verifier.py", views.verifier_script, name="ledger-verifier"),
    path("checkpoint", views.checkpoint, name="ledger-checkpoint"),
]
