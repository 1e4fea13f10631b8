"""What a statement asks for: relations, predicates, order and limit, read with a real parser."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicate:
    """A condition of WHERE that stands by itself under AND."""

    table: str
    column: str  # "" if the operand is an expression
    expression: str  # SQL of the left operand: 'UPPER("name"::text)' or '"name"'
    operator: str  # "=", "<", "in", "like", "ilike", "is null", "is not null", "@>", "<>" …
    literal: str = ""  # normalised text of a literal that stood in the SQL itself, "" for a parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class SortKey:
    """One key of ORDER BY."""

    table: str
    column: str
    expression: str
    is_descending: bool = False
    nulls: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The parts of a SELECT that an index may serve."""

    kind: str  # "select", "insert", …
    tables: tuple[str, ...] = ()
    predicates: tuple[Predicate, ...] = ()
    sort_keys: tuple[SortKey, ...] = ()
    joins: tuple[tuple[str, str, str, str], ...] = ()  # (table, column, table, column) of equality joins
    has_limit: bool = False
    is_aggregate: bool = False
    is_distinct: bool = False
    has_or: bool = False
