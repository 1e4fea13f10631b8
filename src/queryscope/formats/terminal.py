"""The summary for a terminal: at most 15 lines, the verdict first, the report's path last."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from typing import TextIO

from queryscope.formats.inert import inert, shorten
from queryscope.formats.words import SIGNS, VERDICTS, badge, gain, place, promise, scope, tally, title
from queryscope.model import Finding, Report

TOP = 5
_LEAST_WIDTH = 40
_CODES = {"fail": "31", "pass": "32", "incomplete": "33", "none": "36", "bold": "1", "soft": "2"}


def render(report: Report) -> str:
    """The summary without colours, 100 columns wide."""
    return summary(report)


def summary(report: Report, *, width: int = 100, color: bool = False, path: str = "") -> str:
    """The summary; `path` is where the report was written, printed last so that it can be clicked."""
    width = max(width, _LEAST_WIDTH)
    headline = shorten(f"{badge(report.run)} – {tally(report)} – {scope(report)}", width)
    sign = VERDICTS[report.run.verdict]
    lines = [_paint(sign, report.run.verdict, color) + headline.removeprefix(sign)]
    for number, finding in enumerate(report.findings[:TOP], start=1):
        lines += _finding_lines(number, finding, width=width, color=color)
    rest = len(report.findings) - TOP
    more = [f"and {rest} more" if rest > 0 else "", promise(report)]
    closing = [". ".join(part for part in more if part)]
    closing += [_missing(report)]
    lines += [shorten(inert(line), width) for line in closing if line]
    if path:
        lines.append(_paint(inert(path), "bold", color))
    return "\n".join(lines) + "\n"


def wants_color(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Colour only on a terminal, and never against NO_COLOR (https://no-color.org)."""
    if environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return False
    return bool(environ.get("FORCE_COLOR")) or stream.isatty()


def terminal_width() -> int:
    """Columns of the terminal, 100 where there is none."""
    return shutil.get_terminal_size((100, 24)).columns


def _finding_lines(number: int, finding: Finding, *, width: int, color: bool) -> list[str]:
    status = f"{finding.status.upper()} " if finding.status in ("new", "worse", "better") else ""
    right = gain(finding.worst)
    left = f"{number}. {status}{inert(title(finding))}  {inert(place(finding))}"
    left = shorten(left, width - len(right) - 2)
    first = left + " " * (width - len(left) - len(right)) + _paint(right, "bold", color)
    if not finding.fixes:
        return [first, _paint(shorten(f"   {inert(finding.message)}", width), "soft", color)]
    fix = finding.fixes[0]
    proof = f"  {SIGNS[fix.evidence.level]} {fix.evidence.level}"
    code = shorten(f"   {inert(fix.code or fix.title)}", width - len(proof))
    return [first, code + _paint(proof, "soft", color)]


def _missing(report: Report) -> str:
    if not report.run.missing:
        return ""
    rest = len(report.run.missing) - 1
    return f"Not seen: {report.run.missing[0]}" + (f" (and {rest} more)" if rest else "")


def _paint(text: str, role: str, color: bool) -> str:
    return f"\x1b[{_CODES[role]}m{text}\x1b[0m" if color else text
