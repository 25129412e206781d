from django.apps import AppConfig


class ConsequencesConfig(AppConfig):
    name = "hornbook.district.consequences"
    label = "consequences"

    def ready(self) -> None:
        from hornbook.district.conduct import retention
        from hornbook.district.consequences.retention import go_with_case, unfinished

        retention.UNFINISHED.append(unfinished)
        retention.WITH_A_CASE.append(go_with_case)
