"""Conditions that are the same in every call, as the predicate of a partial index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from queryscope.model import Column, Field
from queryscope.plans.conditions import Condition
from queryscope.rules.index.candidate.fixed import python_literal
from queryscope.rules.index.candidate.own_columns import own_conditions
from queryscope.rules.index.candidate.scan import RANGES, Scan
from queryscope.rules.index.candidate.types import is_plain
from queryscope.sql.statement import Predicate, Statement

# As the plan tells an operator → as it may stand in the source.
_ASKED = {"=": ("=",), "in": ("in",), "<>": ("<>", "not in")} | {name: (name,) for name in RANGES}
_LOOKUPS = {"=": "", "in": "__in", "<": "__lt", "<=": "__lte", ">": "__gt", ">=": "__gte"}
_LISTS = {"@>": "__contains", "&&": "__overlap"}  # of an array


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One condition of a predicate."""

    column: str
    sql: str
    django: str  # what stands within Q(): "status=\"open\""
    is_whole: bool = False  # it is an expression by itself: 'Q(paid__gt=F("amount"))'
    is_negated: bool = False
    is_literal: bool = False  # it holds a value of the project's source
    share: float | None = None  # of the rows, where statistics tell


def predicate_parts(scan: Scan, statement: Statement) -> tuple[Part, ...]:
    """The constant conditions of a scan, one a column, by column; negated ones last, as Django has them."""
    found: dict[str, Part] = {}
    for condition in scan.conditions:
        own = condition.arms if condition.operator == "or" else (condition,)
        made = _part(scan, own, [one for one in statement.literals if one.table == scan.table.name])
        if made is not None:
            found.setdefault(made.column, made)
    for made in _of_arrays(scan, statement.literals):
        found.setdefault(made.column, made)
    whole = {
        one.sql: Part(column=one.column, sql=one.sql, django=one.django, is_whole=True)
        for one in own_conditions(scan.node, scan.table, scan.model)
    }
    parts = (*found.values(), *whole.values())
    return tuple(sorted(parts, key=lambda part: (part.is_whole, part.is_negated, part.column)))


def predicate_sql(parts: Sequence[Part]) -> str:
    """The predicate as SQL."""
    return " AND ".join(part.sql for part in parts)


def predicate_django(parts: Sequence[Part]) -> str:
    """The predicate as Django writes it, which compiles to the same."""
    plain = [part.django for part in parts if not (part.is_negated or part.is_whole)]
    negated = [f"~Q({part.django})" for part in parts if part.is_negated]
    whole = [part.django for part in parts if part.is_whole]
    if len(whole) == 1 and not (plain or negated):
        return whole[0][1:-1] if whole[0].startswith("(") else whole[0]
    return " & ".join([*([f"Q({', '.join(plain)})"] if plain else []), *negated, *whole])


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


def _of_nature(condition: Condition, field: Field, column: Column) -> Part | None:
    """NULL and booleans: no values."""
    quoted = _quoted(field)
    share = column.null_frac
    if condition.operator == "is null":
        return Part(
            column=field.column, sql=f"{quoted} IS NULL", django=f"{field.name}__isnull=True", share=share
        )
    if condition.operator == "is not null":
        rest = None if share is None else 1.0 - share
        return Part(
            column=field.column, sql=f"{quoted} IS NOT NULL", django=f"{field.name}__isnull=False", share=rest
        )
    if condition.operator == "true":
        return Part(column=field.column, sql=quoted, django=f"{field.name}=True")
    if condition.operator == "false":
        return Part(column=field.column, sql=f"NOT {quoted}", django=f"{field.name}=False")
    return None


def _of_source(
    condition: Condition, field: Field, literals: Sequence[Predicate], *, is_null: bool
) -> Iterator[Part]:
    """A comparison with a literal that stands in the source."""
    quoted = _quoted(field)
    for one in literals:
        if one.column != field.column or one.operator not in _ASKED.get(condition.operator, ()):
            continue
        positive = {"<>": "=", "not in": "in"}.get(one.operator, one.operator)
        is_negated = positive != one.operator
        if is_null and not is_negated:
            continue
        sql = f"{quoted} {positive.upper()} {one.literal}"
        if is_negated:
            sql = f"NOT ({sql} AND {quoted} IS NOT NULL)" if is_null else f"NOT ({sql})"
        django = f"{field.name}{_LOOKUPS[positive]}={python_literal(one.literal)}"
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
        sql = f"{_quoted(field)} {term.operator} ARRAY[{literal[1:-1]}]::{column.type}"
        django = f"{field.name}{_LISTS[term.operator]}={python_literal(literal)}"
        yield Part(column=field.column, sql=sql, django=django, is_literal=True)


def _quoted(field: Field) -> str:
    return '"' + field.column.replace('"', '""') + '"'
