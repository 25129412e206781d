from django.apps import AppConfig


class ConsequencesConfig(AppConfig):
    name = "hornbook.district.consequences"
    label = "consequences"
