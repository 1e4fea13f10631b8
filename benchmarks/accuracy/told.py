"""Prints what came of the situations: a table by rule, then everything that is not as it should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from scoring import Judgement, Reported, Verdict
from situation import RULES

HEAD = ("rule", "positives", "reported", "right line", "right fix", "near misses", "false alarms")


def table(judgements: Sequence[Judgement]) -> list[tuple[str, ...]]:
    """A row for each rule, then the sums. A false alarm counts for the rule that gave it."""
    counts: dict[str, Counter[str]] = {rule: Counter() for rule in RULES}
    for one in judgements:
        if one.near:
            counts[one.near]["near"] += 1
        for verdict in one.verdicts:
            count = counts[verdict.expected.rule]
            count["positives"] += 1
            count["reported"] += verdict.got is not None
            count["line"] += verdict.is_at_line
            count["fix"] += verdict.is_at_line and verdict.has_right_fix
        for alarm in one.false_alarms:
            counts.setdefault(alarm.rule, Counter())["alarms"] += 1
    keys = ("positives", "reported", "line", "fix", "near", "alarms")
    found = [(rule, *(str(count[key]) for key in keys)) for rule, count in counts.items() if count]
    total: Counter[str] = sum(counts.values(), Counter())
    return [HEAD, *found, ("all", *(str(total[key]) for key in keys))]


def in_columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Aligned lines: the first column to the left, numbers to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for number, row in enumerate(rows):
        if number in (1, len(rows) - 1):
            yield "  ".join("-" * width for width in widths)
        yield "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()


def faults(judgements: Sequence[Judgement]) -> Iterator[str]:
    """Misses, wrong lines, wrong fixes, broken edits and false alarms, one by one."""
    verdicts = [verdict for one in judgements for verdict in one.verdicts]
    yield from _section("Missed", (_where(one) for one in verdicts if one.got is None))
    yield from _section("Wrong line", (_line(one) for one in verdicts if one.got and not one.is_at_line))
    wrong = (one for one in verdicts if one.got and one.is_at_line and not one.has_right_fix)
    yield from _section("Wrong fix", (_fix(one) for one in wrong))
    instead = (one for one in verdicts if one.got and one.got.rule != one.expected.rule)
    yield from _section("Told by another rule, which is accepted", (_instead(one) for one in instead))
    yield from _section("Broken edits", (_alarm(j, one) for j in judgements for one in j.broken))
    alarms = ((j, one) for j in judgements for one in j.false_alarms)
    yield from _section("False alarms", (_alarm(j, one) for j, one in alarms))


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield f"\n{title} ({len(found)})\n"
        yield from found


def _where(one: Verdict) -> str:
    places = " or ".join(f"{path}:{line}" for path, line in one.where)
    return f"  {one.expected.rule}  {one.slug}  {places}"


def _line(one: Verdict) -> str:
    assert one.got
    got = f"got {one.got.rule} at {one.got.path}:{one.got.line} for {one.got.model}"
    return f"{_where(one)} for {one.expected.model}\n      {got}\n      {one.got.message}"


def wanted(one: Verdict) -> str:
    """What the fix should have been, in a line."""
    expected = one.expected
    parts = [" or ".join(expected.code)] if expected.code else []
    parts += [f"holding {part}" for part in expected.code_contains]
    parts += [f"without {part}" for part in expected.code_lacks]
    parts += [f"saying {part}" for part in expected.advice]
    parts += [f"of {', '.join(expected.relations)}"] if expected.relations and not expected.code else []
    return "; ".join(parts) or f"a fix of {', '.join(expected.kinds)}"


def _fix(one: Verdict) -> str:
    assert one.got
    alternatives = "".join(f"\n      alternative {code}" for code in one.got.alternatives)
    broken = " (an edited file doesn't parse)" if one.got.is_broken else ""
    got = one.got.code or one.got.text.replace("\n", " / ") or "no fix"
    return f"{_where(one)}\n      expected {wanted(one)}\n      got      {got}{broken}{alternatives}"


def _instead(one: Verdict) -> str:
    assert one.got
    return f"{_where(one)}  as {one.got.rule}"


def _alarm(judgement: Judgement, one: Reported) -> str:
    why = f"\n      silent because {judgement.why}" if judgement.why else ""
    return (
        f"  {one.rule}  {judgement.slug}  {one.path}:{one.line}\n      {one.message}\n      {one.code}{why}"
    )


def as_data(judgements: Sequence[Judgement]) -> list[dict[str, Any]]:
    """For programs: everything that was compared."""
    from dataclasses import asdict

    return [asdict(one) for one in judgements]
