from django.apps import AppConfig


class CopyrightConfig(AppConfig):
    name = "hornbook.district.copyright"
    label = "copyright"
