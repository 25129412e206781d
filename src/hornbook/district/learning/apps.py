from django.apps import AppConfig


class LearningConfig(AppConfig):
    name = "hornbook.district.learning"
    label = "learning"
