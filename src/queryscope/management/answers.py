"""Exit codes, options that several subcommands share, and errors as one line."""

from __future__ import annotations

from argparse import SUPPRESS
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError, CommandParser

from queryscope.errors import QueryscopeError

BREACH = 1
USAGE = 2
FAULT = 75


@contextmanager
def answering(options: dict[str, Any]) -> Iterator[None]:
    """Tell what goes wrong in one line, with its exit code."""
    try:
        yield
    except QueryscopeError as error:
        raise CommandError(str(error), returncode=USAGE) from error
    except (CommandError, KeyboardInterrupt, SystemExit):
        raise
    except Exception as error:
        if options.get("traceback"):
            raise
        told = f"queryscope itself failed ({type(error).__name__}). Run it again with --traceback."
        raise CommandError(told, returncode=FAULT) from error


def add_base_options(parser: CommandParser) -> None:
    """Django's own options, also after the name of the subcommand, where everybody writes them."""
    for name in ("--settings", "--pythonpath", "--verbosity"):
        parser.add_argument(name, default=SUPPRESS, help=SUPPRESS)
    for name in ("--traceback", "--no-color", "--force-color"):
        parser.add_argument(name, action="store_true", default=SUPPRESS, help=SUPPRESS)


def add_outputs(parser: CommandParser) -> None:
    """Files to write the report to."""
    parser.add_argument("--html", metavar="PATH", help="write the HTML report there")
    parser.add_argument("--json", metavar="PATH", help="write the JSON report there")


def add_diff(parser: CommandParser) -> None:
    """The diff instead of the report."""
    parser.add_argument(
        "--diff", action="store_true", help="print all edits as one diff, and nothing else, for `git apply`"
    )


def as_it_is(text: str) -> str:
    """The style of what must not be coloured."""
    return text
