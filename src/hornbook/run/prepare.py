"""Get ready for a command: parse its words, open the database where it needs one, run it."""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Sequence
from contextlib import nullcontext

from hornbook.instance import DATA_VARIABLE, Instance, InstanceError


def run_command(module_name: str, path: tuple[str, ...], words: Sequence[str]) -> int:
    """Import the command's module and run it; district commands get Django and a database."""
    early, _ = _parser(path, add_help=False).parse_known_args(words)
    instance = _instance(early)
    wants_help = bool({"-h", "--help"} & set(words))
    if module_name.startswith("hornbook.district"):
        prepare_django(instance, database=not wants_help)
    module = importlib.import_module(module_name)
    parser = _parser(path, description=module.HELP)
    module.configure(parser)
    return int(module.run(parser.parse_args(words), instance))


def _parser(
    path: tuple[str, ...], *, add_help: bool = True, description: str = ""
) -> argparse.ArgumentParser:
    """A parser with the options that every command has."""
    parser = argparse.ArgumentParser(
        prog=f"hornbook {' '.join(path)}", description=description, add_help=add_help
    )
    parser.add_argument("--data", metavar="DIR", help="the instance's folder (default .hornbook)")
    return parser


def _instance(args: argparse.Namespace) -> Instance:
    """The instance that the command works on; children and Django read it from the environment."""
    instance = Instance.at(args.data)
    os.environ[DATA_VARIABLE] = str(instance.root)
    return instance


def prepare_django(instance: Instance, *, database: bool = True) -> None:
    """Start the instance's database unless it runs, and set Django up."""
    from hornbook.run.postgres import ensure_database

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hornbook.district.settings")
    # Two commands on a new folder must not both make the database and its tables.
    with instance.lock("set-up") if database else nullcontext():
        if database:
            ensure_database(instance)
        import django

        django.setup()
        if database:
            _bring_up_to_date()


def _bring_up_to_date() -> None:
    """Tables for a database that was never started or comes from an older version."""
    from django.db import OperationalError

    from hornbook.run.schema import bring_up_to_date

    try:
        bring_up_to_date()
    except OperationalError as error:
        reason = str(error).splitlines()[0]
        raise InstanceError(
            f"The database does not answer: {reason}. Check HORNBOOK_DATABASE_URL, "
            "or unset it to use the server that comes with Hornbook."
        ) from error
