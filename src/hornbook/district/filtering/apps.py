from django.apps import AppConfig


class FilteringConfig(AppConfig):
    name = "hornbook.district.filtering"
    label = "filtering"
