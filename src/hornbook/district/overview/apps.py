from django.apps import AppConfig


class OverviewConfig(AppConfig):
    name = "hornbook.district.overview"
    label = "overview"
