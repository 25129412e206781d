from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "hornbook.district.incidents"
    label = "incidents"

    def ready(self) -> None:
        from hornbook.district.incidents.access import keeps_records
        from hornbook.district.records.stops import SOURCES

        SOURCES.append(keeps_records)
