"""How sign-in behaves here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse

from hornbook.district.people.models import Role
from hornbook.district.people.permissions import person_of, roles_of

AT_WORK = frozenset(
    {Role.TEACHER, Role.AIDE, Role.COACH, Role.VOLUNTEER, Role.STAFF, Role.SUBSTITUTE}
)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come from the roster; nobody signs up."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Whoever has no desk to look after lands on what needs them today."""
        person = person_of(request.user)
        held = {role.role for role in roles_of(person)} if person else set()
        if held and held <= AT_WORK:
            return reverse("today")
        return str(super().get_login_redirect_url(request))
