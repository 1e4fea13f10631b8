"""Door: `queryscope indexes`, what to index, and with `--write` the index in the project's files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser, OutputWrapper

from queryscope.adding import Addition, addition_of
from queryscope.analysis.plan_tests import with_tests
from queryscope.config import Config, nearest
from queryscope.fixes.source import unified_diff
from queryscope.formats.index_text import (
    index_lines,
    refusal_lines,
    removal_lines,
    rewrite_lines,
    timed_rewrites,
)
from queryscope.formats.inert import inert, inert_block
from queryscope.formats.json import fix_record, index_record
from queryscope.formats.numbers import plural
from queryscope.formats.words import place
from queryscope.management.answers import FAULT, USAGE, as_it_is
from queryscope.management.words import nothing, outcome_of, progress, refuse_page, width_of
from queryscope.model import IndexAdvice, Level, Report
from queryscope.profiler import current_project, project_models, report_on
from queryscope.stored import is_empty, read_stored
from queryscope.visit import Target, visit
from queryscope.worktree import refuse_unclean, write_all

WIDTH = 100  # where there is no terminal
PROVED = (Level.RERUN, Level.TIMED, Level.PLANNED)

DESCRIPTION = """\
Which indexes are missing: the code for Meta.indexes, how it was proved, what it costs, what it serves.

  queryscope indexes                          of all that was recorded
  queryscope indexes --url /orders/ --as alice
                                              visit that page first, and speak of it alone
  queryscope indexes --refused                also why an index was not advised
  queryscope indexes --test                   also a test for each that fails when a plan no longer uses it
  queryscope indexes --diff                   what --write would write, as a diff
  queryscope indexes --write                  add them to Meta.indexes, and write the migrations
  queryscope indexes shop_order_status_1a2b3c --write
                                              that one only

--write touches the files of models and new files of migrations, all or none of them, and only where git has
these as they are. The migrations build CONCURRENTLY: writers don't wait. Look at `git diff`, then
`manage.py migrate`.

Indexes are built and timed on databases that a test runner made, and on the aliases in
QUERYSCOPE["TRIAL_INDEXES"]; elsewhere an index is at most known to be usable.
"""


def add_indexes_parser(commands: Any) -> None:
    """The options of `queryscope indexes`."""
    from argparse import RawDescriptionHelpFormatter

    parser: CommandParser = commands.add_parser(
        "indexes",
        help="say which indexes are missing; --write adds them to the models and writes the migrations",
        description=DESCRIPTION,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="of these indexes only")
    parser.add_argument("--url", default="", metavar="URL", help="visit this page, as `visit` does")
    parser.add_argument("--as", dest="user", default="", metavar="USER", help="username or primary key")
    parser.add_argument("--refused", action="store_true", help="also say why others were not advised")
    parser.add_argument(
        "--test",
        choices=("pytest", "unittest"),
        nargs="?",
        const="pytest",
        help="print a regression test for each; pytest if not said otherwise",
    )
    parser.add_argument(
        "--json", metavar="PATH", nargs="?", const="-", help="print JSON instead, or write it there"
    )
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--write", action="store_true", help="write them into models and migrations")
    way.add_argument("--diff", action="store_true", help="print what --write would write, and nothing else")
    parser.add_argument(
        "--replace",
        action="store_true",
        help="with --write: also drop what they make redundant, in migrations of its own",
    )
    parser.add_argument(
        "--force", action="store_true", help="write although files are changed, or not in git"
    )


def run_indexes(config: Config, options: dict[str, Any], *, out: OutputWrapper, err: OutputWrapper) -> None:
    """Print, or write, the index advice.

    Raises:
        CommandError: nothing is recorded, or an unknown name, or nothing that could be written.
        QueryscopeError: the page can't be visited, or the files are in no state to be written.
    """
    report = _report(config, options, err)
    chosen = _chosen(report, options["names"])
    if options["write"] or options["diff"]:
        _write(chosen, config, options, out=out, err=err)
        return
    if options["test"]:
        chosen = with_tests(chosen, report.traces, project_models(config), style=options["test"])
    if options["json"]:
        _write_json(report, chosen, options, out)
        return
    width = width_of(out) or WIDTH
    lines = index_lines(report, chosen, width=width) if not options["test"] else _tests(chosen)
    out.write("\n".join(lines or [_none(report)]), as_it_is)
    rewrites = rewrite_lines(report, width=width) if not (options["test"] or options["names"]) else []
    if rewrites:
        out.write("\n".join(["", "The same rows, asked for in another way:", "", *rewrites]), as_it_is)
    if report.removals and not (options["test"] or options["names"]):
        out.write("\n".join(["", "Can go:", *removal_lines(report.removals, width=width)]), as_it_is)
    if options["refused"]:
        refused = refusal_lines(report.refusals, width=width) or ["No shape was refused an index."]
        out.write("\n".join(["", "Not advised:", *refused]), as_it_is)
    elif report.refusals and not options["test"]:
        told = plural(len(report.refusals), "table or shape was", "tables or shapes were")
        err.write(f"{told} refused an index: --refused says why.", as_it_is)


def _report(config: Config, options: dict[str, Any], err: OutputWrapper) -> Report:
    if not options["url"]:
        if options["user"]:
            raise CommandError("--as needs --url.", returncode=USAGE)
        stored = read_stored(config)
        if is_empty(stored.report):
            raise CommandError(nothing(stored), returncode=USAGE)
        for note in stored.report.run.missing:
            err.write(inert(note), as_it_is)
        return stored.report
    target = Target(url=options["url"], user=options["user"])
    err.write(
        f"Visiting {inert(target.url)}; where trials are allowed, indexes are built and timed …", as_it_is
    )
    with progress(err, options):
        seen = visit(target, config)
    if not seen.captures:
        raise CommandError("queryscope could not record that page; see the log.", returncode=FAULT)
    refuse_page(seen, target)
    if outcome := outcome_of(seen):
        err.write(f"The page {outcome}. This is of what ran until then:", as_it_is)
    return report_on(seen.captures, config, missing=seen.notes)


def _chosen(report: Report, names: Sequence[str]) -> tuple[IndexAdvice, ...]:
    """What is shown: by name, or all that was tried in some way."""
    known = {advice.name: advice for advice in report.indexes}
    for name in names:
        if name not in known:
            told = nearest(name, list(known)) if known else "None is advised."
            raise CommandError(f"There is no advised index {name!r}. {told}", returncode=USAGE)
    if names:
        return tuple(known[name] for name in dict.fromkeys(names))
    return report.indexes


def _none(report: Report) -> str:
    slow = len(report.plans)
    looked = f"; {plural(slow, 'plan was', 'plans were')} looked at" if slow else ""
    return f"No index is advised{looked}."


def _tests(chosen: Sequence[IndexAdvice]) -> list[str]:
    lines: list[str] = []
    for advice in chosen:
        lines += [*(["", ""] if lines else []), f"# {advice.name} on {advice.model}"]
        missing = "# No test can be said for it: its query is more than lookups of one model."
        lines += inert_block(advice.test or missing).rstrip().splitlines()
    return lines


def _write_json(
    report: Report, chosen: Sequence[IndexAdvice], options: dict[str, Any], out: OutputWrapper
) -> None:
    data: dict[str, Any] = {
        "indexes": [index_record(advice) for advice in chosen],
        "rewrites": [
            {"finding": finding.id, "place": place(finding), **fix_record(fix)}
            for finding, fix in timed_rewrites(report)
        ],
        "removals": [asdict(removal) for removal in report.removals],
    }
    if options["refused"]:
        data["refusals"] = [asdict(refusal) for refusal in report.refusals]
    text = json.dumps(data, indent=2, allow_nan=False)
    if options["json"] == "-":
        out.write(text, as_it_is)
        return
    path = Path(options["json"])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        told = f"Can't write {str(path)!r}: {error.strerror or type(error).__name__}."
        raise CommandError(told, returncode=USAGE) from error
    out.write(str(path), as_it_is)


def _write(
    chosen: Sequence[IndexAdvice],
    config: Config,
    options: dict[str, Any],
    *,
    out: OutputWrapper,
    err: OutputWrapper,
) -> None:
    names = options["names"]
    wanted = [advice for advice in chosen if names or advice.evidence.level in PROVED]
    passed = [advice for advice in chosen if advice not in wanted]
    if passed:
        listed = ", ".join(advice.name for advice in passed)
        err.write(
            f"Not written, since nobody measured what it gains: {listed}. Name it to have it.", as_it_is
        )
    addition = addition_of(wanted, current_project(config), drops_replaced=options["replace"])
    for name, reason in addition.kept:
        err.write(inert(f"Not dropped: {name}. {reason}"), as_it_is)
    for advice, reason in addition.left:
        err.write(inert(f"Not written: {advice.name}. {reason}"), as_it_is)
    if not addition.changes:
        raise CommandError("There is no index to write.", returncode=USAGE)
    if options["diff"]:
        out.write(_diff(addition), as_it_is, ending="")
        return
    if not options["force"]:
        edited = [change.path for change in addition.changes if change.before is not None]
        refuse_unclean([*edited, *addition.folders])
    write_all(addition.changes)
    for change in addition.changes:
        out.write(_shown(change.path), as_it_is)
    _tell_what_next(addition, err, drops=options["replace"])


def _tell_what_next(addition: Addition, err: OutputWrapper, *, drops: bool) -> None:
    told = plural(len(addition.added), "index", "indexes")
    err.write(f"{told} written. Look at `git diff`, then `manage.py migrate`.", as_it_is)
    names = {advice.name for advice in addition.added}
    for advice in addition.added:
        missing = [name for name in advice.together if name not in names]
        if missing:
            err.write(f"{advice.name} alone helps little: {', '.join(missing)} belongs to it.", as_it_is)
    replaced = {name: advice.name for advice in reversed(addition.added) for name in advice.replaces}
    for name, by in reversed(replaced.items()) if not drops else ():
        told = f"{by} makes {name} redundant: with --replace it is dropped in a migration of its own."
        err.write(inert(told), as_it_is)


def _diff(addition: Addition) -> str:
    return "".join(
        unified_diff(_shown(change.path), (change.before or b"").decode(), change.after.decode())
        if change.before is not None
        else _new_file(_shown(change.path), change.after.decode())
        for change in addition.changes
    )


def _new_file(path: str, text: str) -> str:
    lines = text.splitlines()
    added = "".join(f"+{line}\n" for line in lines)
    return f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{len(lines)} @@\n{added}"


def _shown(path: Path) -> str:
    """As seen from the working directory."""
    here = Path.cwd().resolve()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)
