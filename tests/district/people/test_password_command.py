"""The IT desk lets somebody in."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from hornbook.district.ledger.models import Leaf
from hornbook.district.people import password_command
from hornbook.district.people.models import Person
from hornbook.instance import Instance, InstanceError

pytestmark = pytest.mark.django_db


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    password_command.configure(parser)
    return password_command.run(parser.parse_args(words), Instance(Path("unused")))


def test_the_password_that_is_shown_opens_the_account_and_stands_nowhere(
    owner: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(owner.email.upper()) == 0
    password = capsys.readouterr().out.split()[1]
    assert owner.user is not None
    owner.user.refresh_from_db()
    assert owner.user.check_password(password)
    assert not [leaf for leaf in Leaf.objects.all() if password in str(leaf.__dict__)]
    assert Leaf.objects.filter(verb="set password", object=str(owner.key)).exists()


def test_nobody_without_an_open_account_gets_one(owner: Person) -> None:
    assert owner.user is not None
    owner.user.is_active = False
    owner.user.save()
    for email in (owner.email, "nobody@district.test"):
        with pytest.raises(InstanceError, match="no open account"):
            run(email)
