"""Door: the console script `queryscope`, the same as `manage.py queryscope` without a manage.py."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

USAGE = 2
FAULT = 75
HELP = """\
queryscope: which Django queries to change, the exact edit, and the proof that it works.

  queryscope version
  queryscope report | visit | run | indexes | check | rules | config | clear …

All but `version` work on a project: set DJANGO_SETTINGS_MODULE, and start it where manage.py stands
(or use `python manage.py queryscope …`, which knows the settings). `queryscope report --help` tells more.

  DJANGO_SETTINGS_MODULE=mysite.settings queryscope visit /products/ --as alice
  DJANGO_SETTINGS_MODULE=mysite.settings queryscope report --html report.html

Exit codes: 0 fine, 1 gate breach, 2 usage, 75 queryscope itself failed.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    chosen = list(sys.argv[1:] if arguments is None else arguments)
    if not chosen or chosen[0] in ("-h", "--help", "help"):
        print(HELP, end="")
        return 0 if chosen else USAGE
    if chosen[0] in ("version", "--version"):
        from queryscope import __version__

        print(f"queryscope {__version__}")
        return 0
    return _run_in_project(chosen)


def _run_in_project(chosen: list[str]) -> int:
    if not os.environ.get("DJANGO_SETTINGS_MODULE") and not any(
        argument.startswith("--settings") for argument in chosen
    ):
        told = "DJANGO_SETTINGS_MODULE is not set. Name the settings, or use `python manage.py queryscope …`."
        print(f"queryscope: {told}", file=sys.stderr)
        return USAGE
    # A console script doesn't search the working directory, where the project is.
    sys.path.insert(0, os.getcwd())  # noqa: PTH109 - sys.path holds strings
    try:
        _set_up(chosen)
    except ImportError as error:
        print(f"queryscope: the settings can't be imported: {error}", file=sys.stderr)
        return USAGE
    return _run_command(chosen)


def _set_up(chosen: list[str]) -> None:
    import django
    from django.core.management.base import CommandParser, handle_default_options

    # The settings are needed before anything else, as Django's own command line does it.
    parser = CommandParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--settings")
    parser.add_argument("--pythonpath")
    handle_default_options(parser.parse_known_args(chosen)[0])
    django.setup()


def _run_command(chosen: list[str]) -> int:
    from queryscope.management.commands.queryscope import Command

    try:
        Command().run_from_argv(["queryscope", "", *chosen])
    except SystemExit as end:
        if isinstance(end.code, str):
            raise  # Python prints it, and exits with 1
        return int(end.code or 0)
    return 0
