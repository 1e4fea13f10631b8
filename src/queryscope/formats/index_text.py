"""Index advice as text for a terminal: code, evidence with its numbers, cost, and what it serves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from queryscope.fixes.index_code import django_index
from queryscope.fixes.wrapping import wrapped
from queryscope.formats.inert import inert, inert_block
from queryscope.formats.numbers import count, milliseconds, plural, size
from queryscope.formats.words import SIGNS, place, removal_in_words
from queryscope.model import (
    Evidence,
    Finding,
    Fix,
    Frame,
    IndexAdvice,
    IndexRemoval,
    Level,
    QueryGroup,
    Refusal,
    Report,
)

_WIDTH = 100
_LABEL = 10
_MOST_PLACES = 5
_FEW_TIMES = 10.0

_REWRITES = frozenset({"range", "keyset", "containment"})
_INSTEAD = (
    "db_index=True on {field}, which builds the same under a name of Django's, and on text a second one "
    "for LIKE"
)
_KEY_INSTEAD = (
    "{field} without db_index=False: Django builds the same for a foreign key, under a name of its own"
)
_SAID = {
    Level.RERUN: "run again with it",
    Level.TIMED: "built, timed and rolled back",
    Level.PLANNED: "the planner would choose it; not timed",
    Level.USABLE: "it can serve the query; the gain was not measured",
    Level.NONE: "not tried",
}


def index_lines(report: Report, indexes: Sequence[IndexAdvice], *, width: int = _WIDTH) -> list[str]:
    """All that is known of each index, a paragraph each.

    Args:
        report: with the traces whose queries they serve.
        indexes: those to show, in order.
        width: columns of the text around the code; code is broken as a formatter would.
    """
    lines: list[str] = []
    for number, advice in enumerate(indexes, start=1):
        lines += [*([""] if lines else []), *_paragraph(number, advice, report, width)]
    return lines


def timed_rewrites(report: Report) -> list[tuple[Finding, Fix]]:
    """Other ways to ask for the rows of a query that were timed beside it."""
    return [
        (finding, fix)
        for finding in report.findings
        for fix in finding.fixes
        if _REWRITES.intersection(fix.kinds) and fix.evidence.level is Level.TIMED
    ]


def rewrite_lines(report: Report, *, width: int = _WIDTH) -> list[str]:
    """Each of them: where it belongs, what it gains, and the edit."""
    lines: list[str] = []
    for finding, fix in timed_rewrites(report):
        lines += [*([""] if lines else []), inert(f"{place(finding)}  {fix.title}")]
        evidence = inert(f"{fix.evidence.level}: {_proof(fix.evidence)}")
        lines += _hanging(f"   {SIGNS[fix.evidence.level]} ", evidence, width)
        lines += [f"   {line}" for line in inert_block(fix.diff or fix.code).splitlines()]
        lines += _hanging("   ", inert(fix.caveat), width) if fix.caveat else []
    return lines


def removal_lines(removals: Sequence[IndexRemoval], *, width: int = _WIDTH) -> list[str]:
    """Indexes of the database that can go, what to change in the model for it, and else the SQL."""
    lines: list[str] = []
    for removal in removals:
        lines += _hanging("− ", inert(removal_in_words(removal)), width)
        lines += _hanging("  ", inert(removal.django or removal.drop_sql), width)
    return lines


def refusal_lines(refusals: Sequence[Refusal], *, width: int = _WIDTH) -> list[str]:
    """Why no index is advised for a table: `tiny-table  shop_brand: 12 rows …`."""
    lines = []
    longest = max((len(each.kind) for each in refusals), default=0)
    told = {(each.relation, each.kind, each.reason): each for each in refusals}  # of several shapes once
    for each in sorted(told.values(), key=lambda one: (one.relation, one.kind)):
        text = inert(f"{each.relation}: {each.reason}")
        lines += _hanging(f"{each.kind:<{longest}}  ", text, width)
    return lines


def _paragraph(number: int, advice: IndexAdvice, report: Report, width: int) -> Iterator[str]:
    yield inert(f"{number}. {advice.name} on {advice.model}")
    for line in inert_block(wrapped("", f"{django_index(advice)}\n", width - 3)).splitlines():
        yield f"   {line}"
    sign = SIGNS[advice.evidence.level]
    yield from _hanging(f"   {sign} ", inert(f"{advice.evidence.level}: {_proof(advice.evidence)}"), width)
    for label, text in _facts(advice):
        yield from _hanging(f"   {label:<{_LABEL}}", inert(text), width)
    label = "serves"
    for text in served(advice, report):
        yield from _hanging(f"   {label:<{_LABEL}}", inert(text), width)
        label = ""


def _proof(evidence: Evidence) -> str:
    """`131 ms → 0.42 ms (312 times as fast), 1 234 → 5 blocks`; the note behind it."""
    before, after = evidence.before, evidence.after
    parts = []
    if before and after and before.ms is not None and after.ms is not None:
        times = before.ms / after.ms if after.ms > 0 else 0.0
        ratio = f"{times:.1f}" if times < _FEW_TIMES else count(times)
        told = f" ({ratio} times as fast)" if times > 1 else ""
        parts.append(f"{milliseconds(before.ms)} → {milliseconds(after.ms)}{told}")
    if before and after and before.blocks is not None and after.blocks is not None:
        parts.append(f"{count(before.blocks)} → {count(after.blocks)} blocks")
    first = ", ".join(parts) or _SAID[evidence.level]
    return f"{first}. {evidence.note}".rstrip(". ") + "."


def _facts(advice: IndexAdvice) -> Iterator[tuple[str, str]]:
    if advice.reason:
        yield "why", advice.reason
    costs = []
    if advice.size_bytes is not None:
        costs.append(f"{size(advice.size_bytes)} on disk")
    if advice.build_ms is not None:
        costs.append(f"{milliseconds(advice.build_ms)} to build")
    if advice.write_cost:
        costs.append(advice.write_cost)
    if costs:
        yield "costs", " · ".join(costs)
    if advice.extensions:
        yield "needs", f"{plural(len(advice.extensions), 'extension')}: {', '.join(advice.extensions)}"
    if advice.together:
        yield "with", f"{', '.join(advice.together)}: one alone helps little"
    if advice.replaces:
        yield "replaces", f"{', '.join(advice.replaces)}: drop it when this one is there"
    if _is_plain_column(advice):
        [key] = advice.keys
        text = _KEY_INSTEAD if key.column == f"{key.django}_id" else _INSTEAD
        yield "or", text.format(field=key.django)


def _is_plain_column(advice: IndexAdvice) -> bool:
    [first, *more] = advice.keys
    is_bare = bool(first.column) and not (first.opclass or first.nulls or first.is_descending)
    return is_bare and not more and not (advice.include or advice.predicate) and advice.method == "btree"


def served(advice: IndexAdvice, report: Report) -> list[str]:
    """Whose queries it serves, the dearest first: `order_list (shop/views.py:12), 3 queries, 390 ms`."""
    places: dict[tuple[str, int, str], list[float]] = {}
    for trace in report.traces:
        for group in trace.groups:
            if group.fingerprint not in advice.serves:
                continue
            frame = _frame(group)
            key = (frame.path, frame.line, frame.function) if frame else ("", 0, trace.origin.label)
            known = places.setdefault(key, [0, 0.0])
            known[0] += group.count
            known[1] += group.total_ms
    told = [
        f"{function} ({path}:{line}), {_sums(sums)}" if path else f"{function}, {_sums(sums)}"
        for (path, line, function), sums in sorted(places.items(), key=lambda each: -each[1][1])
    ]
    more = len(told) - _MOST_PLACES
    return [*told[:_MOST_PLACES], *([f"and {plural(more, 'more place')}"] if more > 0 else [])]


def _sums(sums: Sequence[float]) -> str:
    return f"{plural(int(sums[0]), 'query', 'queries')}, {milliseconds(sums[1])}"


def _frame(group: QueryGroup) -> Frame | None:
    if group.site is not None and group.site.frame is not None:
        return group.site.frame
    return group.stack[0] if group.stack else None


def _hanging(label: str, text: str, width: int) -> list[str]:
    """Text behind a label, further lines below the text."""
    return wrap(
        text,
        width=max(width, len(label) + 20),
        initial_indent=label,
        subsequent_indent=" " * len(label),
        break_on_hyphens=False,
        break_long_words=False,
    )
