"""The summary for a terminal: at most 15 lines, the verdict first, the report's path last."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from typing import TextIO

from queryscope.formats.inert import inert, shorten, shorten_place
from queryscope.formats.words import (
    SIGNS,
    VERDICTS,
    allowed_in_words,
    badge,
    gain,
    place,
    promise,
    removal_in_words,
    scope,
    tally,
    title,
)
from queryscope.model import Finding, Fix, Report

TOP = 5
_MOST_LINES = 15
_LEAST_WIDTH = 40
_COLUMNS = 100  # what a file or a pipe is laid out for
_UNCUT = 100_000
_CODE_WIDTH = 300  # of an edit on one line, where nothing else is cut
_CODES = {"fail": "31", "pass": "32", "incomplete": "33", "none": "36", "bold": "1", "soft": "2"}


def render(report: Report) -> str:
    """The summary without colours; nothing is cut."""
    return summary(report)


def summary(
    report: Report, *, width: int | None = None, color: bool = False, path: str = "", hint: str = ""
) -> str:
    """The summary.

    Args:
        report: what was found.
        width: columns of the terminal; None where there is none: nothing is cut.
        color: paint it.
        path: where the report was written, printed last so that it can be clicked.
        hint: how to see the findings that don't stand here, printed where no path is.
    """
    most = _UNCUT if width is None else max(width, _LEAST_WIDTH)
    headline = shorten(f"{badge(report.run)} – {tally(report)} – {scope(report)}", most)
    sign = VERDICTS[report.run.verdict]
    lines = [_paint(sign, report.run.verdict, color) + headline.removeprefix(sign)]
    for number, finding in enumerate(report.findings[:TOP], start=1):
        lines += _finding_lines(number, finding, width=None if width is None else most, color=color)
    rest = len(report.findings) - TOP
    more = [f"and {rest} more" if rest > 0 else "", promise(report)]
    closing = ". ".join(part for part in more if part)
    lines += [shorten(inert(closing), most)] if closing else []
    last = inert(path) or (shorten(inert(hint), most) if rest > 0 else "")
    lines += _missing(report, room=_MOST_LINES - len(lines) - bool(last), width=most)
    if last:
        lines.append(_paint(last, "bold", color))
    return "\n".join(lines) + "\n"


def wants_color(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Colour only on a terminal, and never against NO_COLOR (https://no-color.org)."""
    if environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return False
    return bool(environ.get("FORCE_COLOR")) or stream.isatty()


def terminal_width(stream: TextIO) -> int | None:
    """Columns of the terminal that is written to; None for a file or a pipe: a log keeps long lines."""
    return shutil.get_terminal_size((_COLUMNS, 24)).columns if stream.isatty() else None


def _finding_lines(number: int, finding: Finding, *, width: int | None, color: bool) -> list[str]:
    status = f"{finding.status.upper()} " if finding.status in ("new", "worse", "better") else ""
    right = gain(finding.worst)
    room = (_UNCUT if width is None else width) - len(right) - 2
    named = f"{number}. {status}{inert(title(finding))}"
    spot = shorten_place(inert(place(finding)), max(room - len(named) - 2, room // 2))
    left = f"{shorten(named, room - len(spot) - 2)}  {spot}"
    gap = max((width or _COLUMNS) - len(left) - len(right), 2)
    first = left + " " * gap + _paint(right, "bold", color)
    if not finding.fixes:
        message = shorten(f"   {inert(finding.message)}", width or _UNCUT)
        return [first, _paint(message, "soft", color)]
    fix = finding.fixes[0]
    proof = f"  {SIGNS[fix.evidence.level]} {fix.evidence.level}"
    code = shorten(f"   {inert(_code(fix))}", (width or _CODE_WIDTH) - len(proof))
    return [first, code + _paint(proof, "soft", color)]


def _missing(report: Report, *, room: int, width: int) -> list[str]:
    """What is missing, noted and allowed, as there is room for; the last line says how many more."""
    missing = [f"Not seen: {text}" for text in report.run.missing]
    missing += [f"Note: {text}" for text in report.run.notes]
    missing += [*_allowed(report), *_removals(report)]
    shown = missing[: max(room, 1)]
    rest = f" (and {len(missing) - len(shown)} more)" if len(missing) > len(shown) else ""
    ends = [""] * (len(shown) - 1) + [rest]
    return [shorten(inert(text), width - len(end)) + end for text, end in zip(shown, ends, strict=False)]


def _allowed(report: Report) -> list[str]:
    """What was allowed, in one line: how many, the first with its reason."""
    if not report.allowed:
        return []
    first = allowed_in_words(report.allowed[0])
    rest = f" (and {len(report.allowed) - 1} more)" if len(report.allowed) > 1 else ""
    return [f"Allowed: {first}{rest}"]


def _removals(report: Report) -> list[str]:
    """Indexes that certainly can go, in one line; what is only likely stands in the other formats."""
    sure = [removal for removal in report.removals if removal.confidence == "certain"]
    if not sure:
        return []
    rest = f" (and {len(sure) - 1} more)" if len(sure) > 1 else ""
    return [f"Index that can go: {removal_in_words(sure[0])}{rest}"]


def _code(fix: Fix) -> str:
    """The code in one line; of indexes that belong together the first."""
    first, *others = fix.code.splitlines() or [""]
    if "index" in fix.kinds and others:
        return f"{first} (and {len(others)} more)"
    return fix.code or fix.title


def _paint(text: str, role: str, color: bool) -> str:
    return f"\x1b[{_CODES[role]}m{text}\x1b[0m" if color else text
