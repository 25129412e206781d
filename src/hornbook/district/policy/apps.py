from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "hornbook.district.policy"
    label = "policy"
