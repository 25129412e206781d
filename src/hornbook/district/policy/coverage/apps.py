from django.apps import AppConfig


class CoverageConfig(AppConfig):
    name = "hornbook.district.policy.coverage"
    label = "coverage"
