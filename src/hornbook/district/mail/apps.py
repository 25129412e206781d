from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "hornbook.district.mail"
    label = "mail"
