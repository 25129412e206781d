from django.apps import AppConfig


class ActivityConfig(AppConfig):
    name = "hornbook.district.activity"
    label = "activity"
