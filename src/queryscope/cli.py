"""Door: the console script `queryscope`, the same as `manage.py queryscope` without a manage.py."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

USAGE = 2
LOG_WIDTH = 200  # of a line where there is no terminal
FAULT = 75
HELP = """\
queryscope: which Django queries to change, the exact edit, and the proof that it works.

  queryscope version
  queryscope compare BEFORE.json AFTER.json
  queryscope report | visit | run | indexes | check | rules | config | clear …

All but `version` and `compare` work on a project: set DJANGO_SETTINGS_MODULE, and start it where manage.py
stands
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
    if chosen[0] == "compare":
        return _compare(chosen[1:])
    return _run_in_project(chosen)


def _compare(arguments: list[str]) -> int:
    from queryscope.compare import compare, read_json_report
    from queryscope.errors import ReportError
    from queryscope.formats.comparison import comparison_lines
    from queryscope.formats.terminal import terminal_width

    options = _compare_parser().parse_args(arguments)
    try:
        found = compare(read_json_report(options.before), read_json_report(options.after))
    except ReportError as error:
        print(f"queryscope compare: {error}", file=sys.stderr)
        return USAGE
    if options.json:
        print(json.dumps(asdict(found), ensure_ascii=False, indent=2))
        return 0
    width = terminal_width(sys.stdout) or LOG_WIDTH
    for line in comparison_lines(found, width=width, is_all=options.all):
        print(line)
    return 0


def _compare_parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="queryscope compare",
        description="What is different between two JSON reports: how many queries each page or test runs, "
        "which findings came and went, and which statements PostgreSQL plans otherwise.",
        epilog="Write them with `pytest --queryscope --queryscope-json=PATH`, or "
        "`manage.py queryscope report --format json > PATH`. Times are told, and never judged.",
    )
    parser.add_argument("before", type=Path, metavar="BEFORE", help="the JSON report to start from")
    parser.add_argument("after", type=Path, metavar="AFTER", help="the JSON report to compare with it")
    parser.add_argument("--all", action="store_true", help="whole lists, and plans of one shape that grew")
    parser.add_argument("--json", action="store_true", help="the same as data")
    return parser


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
