from django.apps import AppConfig


class ConductConfig(AppConfig):
    name = "hornbook.district.conduct"
    label = "conduct"

    def ready(self) -> None:
        from hornbook.district.conduct.retention import Cases, Reports
        from hornbook.district.records.retention import ROOMS

        ROOMS.extend((Cases(), Reports()))
