"""What the command tells on the terminal: findings in words, and why there is nothing to show."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, OutputWrapper

from queryscope.checks import MIDDLEWARE
from queryscope.formats.inert import inert, inert_block
from queryscope.formats.numbers import plural
from queryscope.formats.plan_text import plan_lines, plans_of
from queryscope.formats.terminal import terminal_width
from queryscope.formats.words import place
from queryscope.management.answers import USAGE
from queryscope.model import Report
from queryscope.patch import Patch
from queryscope.progress import progress_on
from queryscope.stored import Stored
from queryscope.visit import Target, Visit

BAD_REQUEST = 400  # statuses from here on tell of an error
PLAN_WIDTH = 120  # where there is no terminal
INSTALL = f"Add {MIDDLEWARE!r} as the first of MIDDLEWARE, run"
NOTHING = (
    "Nothing is recorded. {} the development server with DEBUG on, and open some pages; "
    "or profile one page with `manage.py queryscope visit /path/`."
)


def told_of(report: Report, *, width: int | None, is_answered: bool = True) -> str:
    """Every finding in words, with its edit and its plan; empty where nothing can be said of what ran."""
    lines: list[str] = []
    shown: set[str] = set()
    for number, finding in enumerate(report.findings, start=1):
        lines += ["", f"{number}. {inert(place(finding))}", f"   {inert(finding.message)}"]
        for fix in finding.fixes[:1]:
            edit: Sequence[str] = inert_block(fix.diff or fix.code).splitlines()
            lines += [f"   {line}" for line in edit]
            if fix.caveat:
                lines.append(f"   {inert(fix.caveat)}")
        plans = [plan for plan in plans_of(finding, report) if plan.fingerprint not in shown]
        shown.update(plan.fingerprint for plan in plans)
        lines += [
            f"   {line}" for plan in plans for line in plan_lines(plan, width=(width or PLAN_WIDTH) - 3)
        ]
    if not lines and is_answered and report.run.verdict != "incomplete":
        return "\nNothing to change here."
    return "\n".join(lines)


def beside(patch: Patch) -> Iterator[str]:
    """What a reader of the diff doesn't see."""
    if not patch.text:
        yield "No finding has an edit that can be made here."
    elif Path(patch.base) != Path.cwd():
        yield f"The paths are relative to {patch.base}: run git apply there."
    if patch.without_edit:
        yield f"{plural(patch.without_edit, 'finding says', 'findings say')} what to do without a diff."
    if patch.overlapping:
        yield (
            f"{plural(patch.overlapping, 'edit overlaps', 'edits overlap')} with another one: "
            "apply this, then run again."
        )
    yield from patch.notes


def refuse_page(seen: Visit, target: Target) -> None:
    """Say that a page is not the one that was asked for.

    Raises:
        CommandError: the login page, or no page at all.
    """
    if seen.is_login:
        who = f"{target.user!r} may not see it" if target.user else "log in with --as USER"
        raise CommandError(f"{target.url} redirects to the login page: {who}.", returncode=USAGE)
    label = seen.captures[0].trace.origin.label
    if seen.status == 404 and label.endswith("(no route)"):
        raise CommandError(f"No URL pattern of this project matches {target.url!r} (404).", returncode=USAGE)


def outcome_of(seen: Visit) -> str:
    """How the page ended, where that isn't the page that was asked for."""
    if seen.error:
        return f"raised {seen.error} (status {seen.status})"
    if seen.redirect:
        return f"redirects to {inert(seen.redirect)} (status {seen.status})"
    return f"answered {seen.status}" if seen.status >= BAD_REQUEST else ""


def nothing(stored: Stored) -> str:
    """Why there is nothing to show, and what to do about it."""
    missing = stored.report.run.missing
    if stored.stale:
        first = "Nothing is left to show."
    elif stored.report.traces:
        units = plural(len(stored.report.traces), "unit of work is", "units of work are")
        first = f"{units} recorded, and no query was run."
    else:
        first = NOTHING.format("Run" if MIDDLEWARE in (settings.MIDDLEWARE or ()) else INSTALL)
    return inert_block("\n".join((first, *missing)))


def progress(err: OutputWrapper, options: Mapping[str, Any]) -> AbstractContextManager[None]:
    """In this block it is told what is being tried; nothing with `-v 0`."""
    return nullcontext() if options.get("verbosity") == 0 else progress_on(getattr(err, "_out", sys.stderr))


def width_of(stream: OutputWrapper) -> int | None:
    """Columns of a terminal; None where the stream is none."""
    return terminal_width(getattr(stream, "_out", sys.stdout))
