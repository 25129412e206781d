from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "hornbook.district.records"
    label = "records"
