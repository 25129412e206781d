from django.urls import URLPattern, path, register_converter

from hornbook.district.policy import views


class PolicyKey:
    """Small letters, digits and hyphens. Keys of clauses have capitals, so both share one path."""

    regex = "[a-z0-9]+(?:-[a-z0-9]+)*(?![a-zA-Z0-9-])"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(PolicyKey, "policy")

urlpatterns: list[URLPattern] = [
    path("", views.policy, name="policy"),
    path("<policy:key>/policy.pdf", views.printed, name="policy-pdf"),
    path("<policy:key>/", views.policy_of, name="policy-of"),
    path("<str:key>/", views.clause, name="clause"),
]
