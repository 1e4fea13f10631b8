"""Two reports side by side, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from queryscope.formats.inert import inert, shorten
from queryscope.formats.numbers import count, milliseconds, plural
from queryscope.model import Comparison, PlanPair

MOST = 20  # of each list, unless all is asked for
INDENT = "   "


def comparison_lines(found: Comparison, *, width: int = 100, is_all: bool = False) -> Iterator[str]:
    """Queries, findings, plans; each begins with what it comes to."""
    most = 10**9 if is_all else MOST
    yield from _units(found, width=width, most=most)
    yield from _findings(found, width=width, most=most)
    yield from _plans(found, width=width, most=most, is_all=is_all)


def _units(found: Comparison, *, width: int, most: int) -> Iterator[str]:
    total = len(found.units)
    parts = [f"{count(total)} changed", f"{count(found.units_alike)} alike"]
    parts += [f"{count(len(found.units_gone))} gone"] if found.units_gone else []
    parts += [f"{count(len(found.units_new))} new"] if found.units_new else []
    yield f"Queries   {', '.join(parts)}"
    for unit in found.units[:most]:
        numbers = f"{count(unit.before)} → {count(unit.after)}"
        yield shorten(f"{INDENT}{numbers:<16} {inert(unit.label)}", width)
    yield from _more(total, most)


def _findings(found: Comparison, *, width: int, most: int) -> Iterator[str]:
    new = [each for each in found.findings if each.is_new]
    gone = [each for each in found.findings if not each.is_new]
    yield f"Findings  {count(len(new))} new, {count(len(gone))} gone, {count(found.findings_alike)} in both"
    for each in [*new, *gone][:most]:
        sign = "+" if each.is_new else "−"
        place = f"{inert(each.place)}  " if each.place else ""
        yield shorten(f"{INDENT}{sign} {inert(each.rule)}  {place}{inert(each.message)}", width)
    yield from _more(len(found.findings), most)


def _plans(found: Comparison, *, width: int, most: int, is_all: bool) -> Iterator[str]:
    others = [pair for pair in found.plans if not pair.is_same_shape]
    told = [pair for pair in found.plans if pair.changes] if is_all else others
    statements = plural(len(found.plans), "statement")
    yield f"Plans     {count(len(others))} of {statements} explained in both planned otherwise"
    for pair in told[:most]:
        yield shorten(f"{INDENT}{_times(pair):<16} {inert(pair.sql)}", width)
        for change in pair.changes:
            yield shorten(f"{INDENT}{INDENT}{inert(change)}", width)
    yield from _more(len(told), most)


def _times(pair: PlanPair) -> str:
    if pair.before_ms is None or pair.after_ms is None:
        return "estimated"
    return f"{milliseconds(pair.before_ms)} → {milliseconds(pair.after_ms)}"


def _more(total: int, most: int) -> Iterator[str]:
    if total > most:
        yield f"{INDENT}and {count(total - most)} more: --all shows them"
