"""For each advised index a regression test of the plans that it serves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from queryscope.fixes.plan_test import Asked, Style, plan_test
from queryscope.model import IndexAdvice, Models, QueryGroup, Trace
from queryscope.sql.statement import Statement, read_statement


def with_tests(
    indexes: Sequence[IndexAdvice], traces: Sequence[Trace], models: Models, *, style: Style = "pytest"
) -> tuple[IndexAdvice, ...]:
    """The advice, each with its test where the query can be said by lookups."""
    slowest = _slowest({shape for advice in indexes for shape in advice.serves}, traces)
    return tuple(replace(advice, test=_test(advice, slowest, models, style)) for advice in indexes)


def _test(advice: IndexAdvice, groups: dict[str, QueryGroup], models: Models, style: Style) -> str:
    model = models.get(advice.model)
    if model is None or model.table != advice.relation:
        model = models.by_table(advice.relation)
    if model is None or not model.module:
        return ""
    for shape in advice.serves:
        statement = read_statement(groups[shape].sql) if shape in groups else None
        if statement is not None and not statement.has_or:
            text = plan_test(
                advice, model, models, _asked(statement, groups[shape], model.table), style=style
            )
            if text:
                return text
    return ""


def _slowest(shapes: Iterable[str], traces: Sequence[Trace]) -> dict[str, QueryGroup]:
    wanted = set(shapes)
    found: dict[str, QueryGroup] = {}
    for trace in traces:
        for group in trace.groups:
            known = found.get(group.fingerprint)
            if group.fingerprint in wanted and (known is None or group.max_ms > known.max_ms):
                found[group.fingerprint] = group
    return found


def _asked(statement: Statement, group: QueryGroup, table: str) -> Asked:
    own = [each for each in statement.predicates if each.table in ("", table)]
    return Asked(
        conditions=(
            *((each.column, each.operator, each.literal) for each in own),
            *((column, "=", "") for column in _joined(statement, table)),
        ),
        order=tuple(key.column for key in statement.sort_keys if key.table in ("", table) and key.column),
        lookups=group.site.lookups if group.site is not None else (),
        limit=group.limit,
    )


def _joined(statement: Statement, table: str) -> Iterator[str]:
    """Columns of the table that a join compares."""
    for left, column, right, other in statement.joins:
        if left == table:
            yield column
        if right == table:
            yield other
