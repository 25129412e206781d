from django.apps import AppConfig


class RevisingConfig(AppConfig):
    name = "hornbook.district.policy.revising"
    label = "revising"
