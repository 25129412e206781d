"""What every start does before the console serves: collect static files, fill in.

Runs as its own process (``python -m hornbook.run.first_start [--empty]``), so that the
supervisor stays small. Everything here can be repeated: a second start changes nothing.
"""

from __future__ import annotations

import sys

from hornbook.instance import Instance, InstanceError
from hornbook.run.prepare import prepare_django
from hornbook.run.table import save_welcome


def main() -> int:
    instance = Instance.at()
    try:
        prepare_django(instance)  # migrates as well
    except InstanceError as error:
        print(f"hornbook: {error}", file=sys.stderr)
        return 2
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)
    fill(instance, empty="--empty" in sys.argv)
    return 0


def fill(instance: Instance, *, empty: bool) -> None:
    """A sample district, or the one account that an empty district needs to begin."""
    from hornbook.district.sample import build

    if empty:
        build.ensure_first_account(instance)
    elif build.wanted():
        print("hornbook: making the sample district …", flush=True)
    if not empty:
        build.build_sample()
    save_welcome(instance, build.welcome(instance))


if __name__ == "__main__":
    sys.exit(main())
