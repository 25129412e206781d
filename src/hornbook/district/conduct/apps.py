from django.apps import AppConfig


class ConductConfig(AppConfig):
    name = "hornbook.district.conduct"
    label = "conduct"
