"""The conditions of a scan as terms: plain columns first, then expressions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from queryscope.model import IndexKey, Model, Table
from queryscope.plans.conditions import Condition
from queryscope.rules.index.candidate.shares import share_of_test, share_of_value
from queryscope.rules.index.candidate.term import Term
from queryscope.rules.index.candidate.types import bare_type, is_plain


def read_terms(
    conditions: Sequence[Condition], *, table: Table, model: Model, literals: Sequence[tuple[str, str]]
) -> tuple[Term, ...]:
    """A term for every condition that an index may serve, in the order of the plan, each once."""
    known = dict(literals)
    return tuple(dict.fromkeys(_terms(conditions, table=table, model=model, literals=known)))


def _terms(
    conditions: Sequence[Condition], *, table: Table, model: Model, literals: dict[str, str]
) -> Iterator[Term]:
    for condition in conditions:
        if condition.operator == "or":
            arms = tuple(
                tuple(_terms(_operands(arm), table=table, model=model, literals={})) for arm in condition.arms
            )
            if arms and all(arms):
                yield Term(key=IndexKey(), operator="or", arms=arms)
        elif is_plain(condition, table):
            yield from _column(condition, table=table, model=model, literals=literals)


def _operands(arm: Condition) -> tuple[Condition, ...]:
    return arm.arms if arm.operator == "and" else (arm,)


def _column(condition: Condition, *, table: Table, model: Model, literals: dict[str, str]) -> Iterator[Term]:
    field, column = model.field(condition.column), table.column(condition.column)
    if field is None or column is None or condition.operator == "other":
        return
    share = share_of_test(column, condition.operator)
    if condition.operator == "=":
        share = share_of_value(column, rows=table.rows)
    yield Term(
        key=IndexKey(column=field.column, django=field.name),
        operator=condition.operator,
        type=bare_type(column.type),
        literal=literals.get(field.column, "") if condition.operator == "=" else "",
        pattern_length=condition.pattern_length,
        is_join=condition.is_join,
        other_table=condition.other_table,
        other_column=condition.other_column,
        share=share,
    )
