"""Door: `manage.py queryscope …`, one subcommand for each thing to do."""

from __future__ import annotations

import sys
from argparse import REMAINDER, RawDescriptionHelpFormatter
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper

from queryscope.commands import CommandRun
from queryscope.config import Config
from queryscope.formats import FORMATS, render
from queryscope.formats.inert import inert
from queryscope.formats.terminal import summary, terminal_width, wants_color
from queryscope.gate import judge, read_gate
from queryscope.management.answers import (
    BREACH,
    FAULT,
    USAGE,
    add_base_options,
    add_diff,
    add_outputs,
    answering,
    as_it_is,
)
from queryscope.management.indexes import add_indexes_parser, run_indexes
from queryscope.management.words import (
    BAD_REQUEST,
    beside,
    nothing,
    outcome_of,
    progress,
    refuse_page,
    told_of,
    width_of,
)
from queryscope.model import Allow, Report
from queryscope.outputs import write_report
from queryscope.patch import patch_of
from queryscope.profiler import current_config, report_on
from queryscope.rules import all_rules
from queryscope.stored import is_empty, open_store, read_stored
from queryscope.visit import Target, visit

DEFAULT_HTML = "queryscope-report.html"
ALL_FINDINGS = "All findings: manage.py queryscope report"

DESCRIPTION = """\
Which queries to change, the exact edit, and the proof that it works.

  queryscope visit /products/ --as alice    profile one page; what it writes to databases is rolled back
  queryscope visit /products/ --diff | git apply
                                            make the edits
  queryscope run import_orders --all        run one management command, and profile it
  queryscope report                         draw what the middleware recorded as one HTML file
  queryscope report --format markdown       the same, on the terminal, ready to paste
  queryscope indexes                        which indexes are missing, with proof; --write adds them
  queryscope check --fail-on n-plus-one     exit with 1 if that was found
  queryscope rules                          what is looked for
  queryscope config                         the settings in effect
  queryscope clear                          forget what was recorded

Exit codes: 0 fine, 1 gate breach, 2 usage, 75 queryscope itself failed.
"""
VISIT = (
    "Send one request within this process, through all middleware. What the page writes to databases is "
    "rolled back, on_commit hooks don't run, and mail goes nowhere. What it sends in other ways (HTTP, a "
    "queue, a cache) is sent, and files that it writes stay."
)


class Command(BaseCommand):
    """Report, visit, run, indexes, check, rules, config, clear."""

    help = DESCRIPTION
    # A wrong setting is told by the command itself, in one line.
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Keep the line breaks of the examples."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """One parser for each subcommand."""
        commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
        report = commands.add_parser("report", help="draw what the middleware recorded")
        add_outputs(report)
        report.add_argument(
            "--format",
            action="append",
            metavar="NAME",
            help=f"print it: {', '.join(FORMATS)}; may be repeated",
        )
        add_diff(report)
        page = commands.add_parser(
            "visit", help="profile one page, without touching the settings", description=VISIT
        )
        page.add_argument("url", metavar="URL", help="path or whole URL of the page")
        page.add_argument("--as", dest="user", default="", metavar="USER", help="username or primary key")
        page.add_argument("--method", default="", help="GET, or POST where --data is given")
        page.add_argument("--data", default="", help="JSON, or a form: 'name=x&size=2'")
        add_outputs(page)
        add_diff(page)
        run = commands.add_parser("run", help="run one management command, and profile it")
        add_outputs(run)
        run.add_argument("name", metavar="COMMAND", help="as manage.py knows it")
        run.add_argument("arguments", nargs=REMAINDER, metavar="ARGS", help="handed on to it as they are")
        add_indexes_parser(commands)
        check = commands.add_parser("check", help="judge what was recorded")
        check.add_argument(
            "--fail-on", action="append", default=[], metavar="RULE,…", help="'certain', or names of rules"
        )
        commands.add_parser("rules", help="list the rules")
        commands.add_parser("config", help="show the settings in effect")
        commands.add_parser("clear", help="remove what was recorded")
        for command in commands.choices.values():
            add_base_options(command)

    def handle(self, *_: Any, **options: Any) -> None:
        """Run one subcommand.

        Raises:
            CommandError: with the exit code of the command line.
        """
        if options["command"] == "run":
            self.run_command(options)
            return
        with answering(options):
            getattr(self, f"do_{options['command']}")(current_config(), options)

    def run_command(self, options: dict[str, Any]) -> None:
        """Run another command as manage.py does; then tell what it ran, also if it failed.

        Whatever it raises passes through. What queryscope has to tell goes to the standard error: the
        standard output is the command's.
        """
        with answering(options):
            config = current_config()
            run = CommandRun(options["name"], config, open_store(config).add)
        command = run.load()
        try:
            with progress(self.stderr, options), run:
                command.run_from_argv([sys.argv[0], options["name"], *options["arguments"]])
        except BaseException as raised:
            has_failed = not isinstance(raised, SystemExit) or raised.code not in (None, 0)
            self._tell_run(run, config, options, has_failed=has_failed)
            raise
        self._tell_run(run, config, options, has_failed=False)

    def _tell_run(
        self, run: CommandRun, config: Config, options: dict[str, Any], *, has_failed: bool
    ) -> None:
        try:
            with answering(options):
                if not run.captures:
                    raise CommandError(
                        "queryscope could not record that command; see the log.", returncode=FAULT
                    )
                report = report_on(run.captures, config, missing=run.notes)
                self._write(report, options, stream=self.stderr)
                if told := told_of(report, width=width_of(self.stderr)):
                    self.stderr.write(told, as_it_is)
        except Exception as error:
            if not has_failed:
                raise
            self.stderr.write(str(error))  # the command's own failure is the one that counts

    def do_report(self, config: Config, options: dict[str, Any]) -> None:
        """Write or print what was recorded."""
        stored = read_stored(config)
        report = stored.report
        if is_empty(report):
            raise CommandError(nothing(stored), returncode=USAGE)
        if options["diff"]:
            self._write_diff(report, options)
            return
        texts = [render(report, name) for name in options["format"] or ()]
        if not texts:
            self._write(report, options, default=DEFAULT_HTML)
            return
        written = _write_files(report, options)
        for text in texts:
            self.stdout.write(text)
        for path in written:  # the standard output may be a file itself
            self.stderr.write(str(path), as_it_is)

    def do_visit(self, config: Config, options: dict[str, Any]) -> None:
        """Profile one page."""
        target = Target(
            url=options["url"], user=options["user"], method=options["method"], data=options["data"]
        )
        with progress(self.stderr, options):
            seen = visit(target, config)
        if not seen.captures:
            raise CommandError("queryscope could not record that page; see the log.", returncode=FAULT)
        refuse_page(seen, target)
        report = report_on(seen.captures, config, missing=seen.notes)
        if outcome := outcome_of(seen):
            self.stderr.write(f"The page {outcome}. This is what ran until then:")
        if options["diff"]:
            self._write_diff(report, options)
            return
        self._write(report, options)
        if told := told_of(report, width=width_of(self.stdout), is_answered=seen.status < BAD_REQUEST):
            self.stdout.write(told)

    def do_indexes(self, config: Config, options: dict[str, Any]) -> None:
        """Say, or write, which indexes are missing."""
        run_indexes(config, options, out=self.stdout, err=self.stderr)

    def do_check(self, config: Config, options: dict[str, Any]) -> None:
        """Print the findings; exit with 1 where the gate is breached or can't judge."""
        gate = read_gate(options["fail_on"], config)
        stored = read_stored(config)
        incomplete = list(stored.stale)
        if not stored.report.traces and not incomplete:
            incomplete.append(nothing(stored))
        if not stored.report.traces and not gate:
            raise CommandError(nothing(stored), returncode=USAGE)
        report = judge(stored.report, gate, incomplete=incomplete if gate else [])
        self._write(report, options)
        if gate and report.run.verdict in ("fail", "incomplete"):
            sys.exit(BREACH)

    def do_rules(self, config: Config, _: dict[str, Any]) -> None:
        """One line each."""
        rules = all_rules(config)
        width = max(len(rule.name) for rule in rules)
        for rule in rules:
            first = (rule.__doc__ or "").strip().partition("\n")[0]
            self.stdout.write(f"{rule.name:<{width}}  {first}")

    def do_config(self, config: Config, _: dict[str, Any]) -> None:
        """Effective settings, marked where they differ from the default."""
        usual = Config()
        for entry in fields(Config):
            value = getattr(config, entry.name)
            mark = " " if value == getattr(usual, entry.name) else "*"
            shown = [_plain(each) for each in value] if isinstance(value, tuple) else value
            self.stdout.write(f"{mark} {entry.name.upper():<18} {shown!r}")
        self.stdout.write("* set in QUERYSCOPE; the others are defaults.")

    def do_clear(self, config: Config, _: dict[str, Any]) -> None:
        """Forget what was recorded."""
        store = open_store(config)
        self.stdout.write(f"Removed {store.clear()} units of work from {store.path}.")

    def _write_diff(self, report: Report, options: dict[str, Any]) -> None:
        """Nothing but the diff goes to the standard output."""
        _write_files(report, options)
        patch = patch_of(report, Path.cwd())
        self.stdout.write(patch.text, as_it_is, ending="")
        for line in beside(patch):
            self.stderr.write(inert(line), as_it_is)

    def _write(
        self,
        report: Report,
        options: dict[str, Any],
        *,
        default: str = "",
        stream: OutputWrapper | None = None,
    ) -> None:
        written = _write_files(report, options)
        if not written and default:
            written = [write_report(report, "html", Path(default))]
        stream = stream or self.stdout
        out = getattr(stream, "_out", sys.stdout)
        text = summary(
            report,
            width=terminal_width(out),
            color=wants_color(out),
            path=str(written[-1]) if written else "",
            hint=ALL_FINDINGS if options["command"] == "check" else "",
        )
        stream.write(text, as_it_is, ending="")


def _write_files(report: Report, options: dict[str, Any]) -> list[Path]:
    """The files that were asked for, the one to open last."""
    return [write_report(report, name, Path(options[name])) for name in ("json", "html") if options.get(name)]


def _plain(entry: Any) -> Any:
    """An entry of a setting as it is written there."""
    if not isinstance(entry, Allow):
        return entry
    return {key: value for key, value in asdict(entry).items() if value and key != "origin"}
