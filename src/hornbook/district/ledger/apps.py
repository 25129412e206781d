from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "hornbook.district.ledger"
    label = "ledger"
