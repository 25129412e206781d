from django.apps import AppConfig


class PackConfig(AppConfig):
    name = "hornbook.district.policy.pack"
    label = "pack"
