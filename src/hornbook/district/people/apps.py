from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "hornbook.district.people"
    label = "people"
