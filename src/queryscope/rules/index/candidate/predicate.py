"""Conditions that are the same in every call, as the predicate of a partial index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from queryscope.fixes.index_code import quote
from queryscope.model import Column, Field
from queryscope.plans.conditions import Condition
from queryscope.rules.index.candidate.computed import computed_parts
from queryscope.rules.index.candidate.constants import EITHER
from queryscope.rules.index.candidate.fixed import items_of, python_literal
from queryscope.rules.index.candidate.json_parts import json_parts
from queryscope.rules.index.candidate.own_columns import own_conditions
from queryscope.rules.index.candidate.part import Part, all_of, any_of
from queryscope.rules.index.candidate.scan import RANGES, Scan
from queryscope.rules.index.candidate.types import is_plain
from queryscope.sql.statement import Predicate, Statement

# As the plan tells an operator → as it may stand in the source.
_ASKED = {"=": ("=", "in"), "in": ("in",), "<>": ("<>", "not in")} | {name: (name,) for name in RANGES}
_LOOKUPS = {"=": "", "in": "__in", "<": "__lt", "<=": "__lte", ">": "__gt", ">=": "__gte"}
_POSITIVE = {"<>": "=", "not in": "in"}
_MOST_ARMS = 4
_LISTS = {"@>": "__contains", "&&": "__overlap"}  # of an array


def predicate_parts(scan: Scan, statement: Statement) -> tuple[Part, ...]:
    """The constant conditions of a scan, one a column, by column; negated ones last, as Django has them."""
    literals = [one for one in statement.literals if one.table == scan.table.name]
    plain = [one for one in literals if one.column]
    found: dict[str, Part] = {}
    whole: dict[str, Part] = {}
    for condition in scan.conditions:
        own = condition.arms if condition.operator == "or" else (condition,)
        made = _part(scan, own, plain)
        if made is not None:
            found.setdefault(made.column, made)
        elif condition.operator == "or" and (either := _either(scan, own, plain)) is not None:
            whole.setdefault(either.sql, either)
    for made in (*_of_arrays(scan, plain), *json_parts(scan, literals)):
        found.setdefault(made.expression or made.column, made)
    for made in computed_parts(scan, statement, literals):
        if made.is_whole:
            whole.setdefault(made.sql, made)
        else:
            found.setdefault(made.expression, made)
    for one in own_conditions(scan.node, scan.table, scan.model):
        whole.setdefault(one.sql, Part(column=one.column, sql=one.sql, django=one.django, is_whole=True))
    parts = (*found.values(), *whole.values())
    return tuple(sorted(parts, key=lambda part: (part.is_whole, part.is_negated, part.column)))


def _part(scan: Scan, own: Sequence[Condition], literals: Sequence[Predicate]) -> Part | None:
    """What one condition, or the arms of one OR, say."""
    main = next((one for one in own if one.operator in _ASKED or len(own) == 1), None)
    if main is None or not is_plain(main, scan.table) or main.is_join:
        return None
    field, column = scan.model.field(main.column), scan.table.column(main.column)
    if field is None or column is None or field.column != main.column:
        return None
    rest = [one for one in own if one is not main]
    # `exclude(status="done")` of a column that may be NULL: status <> 'done' OR status IS NULL.
    if rest and not (
        main.operator == "<>"
        and len(rest) == 1
        and (rest[0].operator, rest[0].column) == ("is null", main.column)
    ):
        return None
    return _of_nature(main, field, column) or next(
        _of_source(main, field, literals, is_null=bool(rest)), None
    )


def _either(scan: Scan, arms: Sequence[Condition], literals: Sequence[Predicate]) -> Part | None:
    """An OR of conditions of which each is constant; one at least has a value."""
    parts: list[Part] = []
    for arm in arms:
        under = arm.arms if arm.operator == "and" else (arm,)
        made = [_of_arm(scan, one, arms, literals) for one in under]
        known = [one for one in made if one is not None]
        # A negated equality means another thing in Django where the column may be NULL.
        if len(known) < len(made) or any(one.is_negated and _is_null(scan, one) for one in known):
            return None
        parts.append(all_of(known))
    parts = list({part.sql: part for part in parts}.values())
    if not any(part.is_literal for part in parts) or len(parts) > _MOST_ARMS:
        return None
    return any_of(parts) if len(parts) > 1 else parts[0]


def _of_arm(
    scan: Scan, arm: Condition, arms: Sequence[Condition], literals: Sequence[Predicate]
) -> Part | None:
    """Of `a = 1 OR a = 2` both at once: which arm has which value isn't known."""
    alike = [one for one in arms if (one.operator, one.column) == ("=", arm.column)]
    if len(alike) < 2 or arm not in alike:
        return _part(scan, (arm,), literals)
    both = [one for one in literals if one.operator == EITHER and len(items_of(one.literal)) == len(alike)]
    listed = [replace(one, operator="in") for one in both]
    return _part(scan, (replace(arm, operator="in"),), listed)


def _is_null(scan: Scan, part: Part) -> bool:
    field = scan.model.field(part.column)
    return field is None or field.is_null


def _of_nature(condition: Condition, field: Field, column: Column) -> Part | None:
    """NULL and booleans: no values."""
    name = quote(field.column)
    share = column.null_frac
    if condition.operator == "is null":
        return Part(
            column=field.column, sql=f"{name} IS NULL", django=f"{field.name}__isnull=True", share=share
        )
    if condition.operator == "is not null":
        rest = None if share is None else 1.0 - share
        return Part(
            column=field.column, sql=f"{name} IS NOT NULL", django=f"{field.name}__isnull=False", share=rest
        )
    if condition.operator == "true":
        return Part(column=field.column, sql=name, django=f"{field.name}=True", share=column.true_frequency)
    if condition.operator == "false":
        true = column.true_frequency
        rest = None if true is None else max(0.0, 1.0 - true - (column.null_frac or 0.0))
        return Part(column=field.column, sql=f"NOT {name}", django=f"{field.name}=False", share=rest)
    return None


def _of_source(
    condition: Condition, field: Field, literals: Sequence[Predicate], *, is_null: bool
) -> Iterator[Part]:
    """A comparison with a literal that stands in the source."""
    name = quote(field.column)
    for one in literals:
        if one.column != field.column or one.operator not in _ASKED.get(condition.operator, ()):
            continue
        if condition.operator == "=" and one.operator == "in" and len(items_of(one.literal)) > 1:
            continue  # a list of one value is printed as that value
        positive = _POSITIVE.get(one.operator, one.operator)
        is_negated = positive != one.operator
        literal = one.literal
        if condition.operator == "=" and positive == "in":
            positive, [literal] = "=", items_of(literal)
        if is_null and not is_negated:
            continue
        sql = f"{name} {positive.upper()} {literal}"
        if is_negated:
            sql = f"NOT ({sql} AND {name} IS NOT NULL)" if is_null else f"NOT ({sql})"
        django = f"{field.name}{_LOOKUPS[positive]}={python_literal(literal)}"
        yield Part(column=field.column, sql=sql, django=django, is_negated=is_negated, is_literal=True)


def _of_arrays(scan: Scan, literals: Sequence[Predicate]) -> Iterator[Part]:
    """Arrays that hold all values of a list of the source, or any of them."""
    known = {(one.column, one.operator): one.literal for one in literals if one.table == scan.table.name}
    for term in scan.terms:
        column, field = scan.table.column(term.key.column), scan.model.field(term.key.column)
        literal = known.get((term.key.column, term.operator), "")
        if column is None or field is None or not literal or term.operator not in _LISTS or term.is_join:
            continue
        if not column.type.endswith("[]"):
            continue
        sql = f"{quote(field.column)} {term.operator} ARRAY[{literal[1:-1]}]::{column.type}"
        django = f"{field.name}{_LISTS[term.operator]}={python_literal(literal)}"
        yield Part(column=field.column, sql=sql, django=django, is_literal=True, operator=term.operator)
