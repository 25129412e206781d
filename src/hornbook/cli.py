"""The front door: one command, ``hornbook``. Each command lives beside what it commands.

A command module has ``HELP`` (one line), ``configure(parser)`` and
``run(args, instance) -> int`` (the exit code). It is imported only when it is asked for.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from hornbook.instance import InstanceError

COMMANDS: dict[tuple[str, ...], tuple[str, str]] = {
    ("up",): ("hornbook.run.up", "start everything and keep it running"),
    ("status",): ("hornbook.run.status", "parts, health, versions and ages"),
    ("import", "policy"): ("hornbook.district.policy.command", "read an adopted policy"),
    ("import", "roster"): ("hornbook.district.people.command", "read OneRoster or staff CSV"),
    ("import", "devices"): ("hornbook.district.people.devices_command", "read devices and MACs"),
    ("import", "lists"): ("hornbook.district.filtering.lists.command", "read category lists"),
    ("password",): ("hornbook.district.people.password_command", "let somebody in: a new password"),
    ("scim",): ("hornbook.district.people.scim.command", "directories that bring people"),
    ("sign-in",): ("hornbook.district.people.signin.command", "directories that say who one is"),
    ("token",): ("hornbook.district.people.token_command", "tokens for encrypted DNS"),
    ("certificate",): (
        "hornbook.district.people.certificate_command",
        "certificates of devices for the proxy",
    ),
    ("publish",): ("hornbook.district.filtering.publish_command", "compile and publish the parts"),
    ("explain",): ("hornbook.district.filtering.explain_command", "why a person gets a verdict"),
    ("replay",): ("hornbook.district.filtering.replay_command", "judge a recorded decision again"),
    ("activity",): ("hornbook.district.activity.command", "what was asked and answered"),
    ("record", "verify"): ("hornbook.run.record_verify", "check the activity record, every file"),
    ("record", "compact"): ("hornbook.run.record_compact", "compact the record now, or move it"),
    ("rehearse",): (
        "hornbook.district.activity.rehearsal.command",
        "try a draft of rules or lists on recorded activity",
    ),
    ("ledger", "verify"): ("hornbook.district.ledger.command", "recompute chain, tree, signatures"),
    ("ledger", "prove"): ("hornbook.district.ledger.prove_command", "prove one leaf, offline"),
    ("ledger", "checkpoint"): ("hornbook.district.ledger.checkpoint_command", "sign the ledger"),
    ("ledger", "witness"): ("hornbook.district.ledger.witness_command", "who keeps checkpoints"),
    ("export",): (
        "hornbook.district.records.export_command",
        "records in open formats, proved",
    ),
    ("retention",): ("hornbook.district.records.retention_command", "what would be destroyed, why"),
    ("reports", "rotate"): (
        "hornbook.district.conduct.keys_command",
        "seal reports and cases by a new key",
    ),
    ("node",): ("hornbook.run.node", "filter here by the parts of a console elsewhere"),
    ("node", "add"): ("hornbook.district.filtering.node_add_command", "let a node pull its parts"),
    ("node", "revoke"): ("hornbook.district.filtering.node_revoke_command", "end a node's token"),
    ("ca",): ("hornbook.run.ca", "the authority that managed devices trust: show, export, rotate"),
    ("profile",): ("hornbook.run.profile", "files that make devices ask this filter"),
    ("bench",): ("hornbook.run.bench", "measure speed beside the peers"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; errors that a person can mend are one sentence, exit code 2."""
    words = list(sys.argv[1:] if argv is None else argv)
    path = _command_path(words)
    if path is None:
        return _usage(words)
    module = importlib.import_module("hornbook.run.prepare")
    try:
        return int(module.run_command(COMMANDS[path][0], path, words[len(path) :]))
    except InstanceError as error:
        print(f"hornbook: {error}", file=sys.stderr)
        return 2
    except PermissionError as error:
        print(f"hornbook: {_closed(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader (“head”, say) has seen enough; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _command_path(words: Sequence[str]) -> tuple[str, ...] | None:
    for length in (2, 1):
        if tuple(words[:length]) in COMMANDS:
            return tuple(words[:length])
    return None


def _closed(error: PermissionError) -> str:
    return (
        f"{error.filename or 'A file'} is closed to this user. Run the command as the user to "
        "whom the data folder belongs, or choose another folder with --data DIR."
    )


def _usage(words: Sequence[str]) -> int:
    asked_for_help = not words or words[0] in {"-h", "--help", "help"}
    out = sys.stdout if asked_for_help else sys.stderr
    if not asked_for_help:
        print(f"hornbook: there is no command “{' '.join(words[:2])}”.", file=out)
    print("usage: hornbook COMMAND [options]   (COMMAND --help tells its options)\n", file=out)
    for path, (_, help_line) in COMMANDS.items():
        print(f"  {' '.join(path):16} {help_line}", file=out)
    print("  test             set up and run the tests", file=out)
    return 0 if asked_for_help else 2


if __name__ == "__main__":
    sys.exit(main())
