from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "hornbook.district.people"
    label = "people"

    def ready(self) -> None:
        from hornbook.district.people.signin import signals

        signals.connect()
