"""Index advice and refusals: data, not prose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from queryscope.model.evidence import Evidence

RemovalKind = Literal["invalid", "duplicate", "prefix", "replaced", "unused", "pattern-twin", "boolean"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexKey:
    """One key of an index: a column, or an expression both in SQL and as Django writes it."""

    column: str = ""  # column name; "" for an expression
    expression: str = ""  # SQL of the expression: 'UPPER("name")'
    django: str = ""  # field name ("customer") or expression (Upper("name"))
    opclass: str = ""
    is_descending: bool = False
    nulls: str = ""  # "", "first", "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexAdvice:
    """A candidate index and what its trial showed."""

    relation: str  # table name
    model: str  # model label
    method: str  # "btree", "gin" …
    keys: tuple[IndexKey, ...]
    name: str  # at most 30 characters, stable
    include: tuple[str, ...] = ()
    predicate: str = ""  # SQL; literals only if they stand in the project's source
    predicate_django: str = ""  # 'Q(status="pending")'
    extensions: tuple[str, ...] = ()  # needed: "pg_trgm"
    reason: str = ""
    rule: str = ""  # the index rule that proposed it
    serves: tuple[str, ...] = ()  # fingerprints
    replaces: tuple[str, ...] = ()  # index names that it makes redundant
    size_bytes: int | None = None
    build_ms: float | None = None
    gain_ms: float | None = None  # of the whole run's time, over all shapes that it serves; timed ones only
    write_cost: str = ""
    schema: str = ""  # of a table that the search path doesn't find
    storage: tuple[tuple[str, str], ...] = ()  # storage parameters: ("pages_per_range", "32")
    is_unique: bool = False
    together: tuple[str, ...] = ()  # names of the other indexes of a set, of which one alone helps little
    test: str = ""  # code of a regression test that asserts the plan's shape; "" where none can be said
    evidence: Evidence = field(default_factory=Evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A shape that looks as if an index would help, and the number that says no."""

    fingerprint: str
    relation: str
    kind: str  # "tiny-table", "low-selectivity", "covered", "no-gain", "budget", "not-allowed" …
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRemoval:
    """An index of the database that can go, and why."""

    relation: str  # table name
    name: str
    kind: RemovalKind
    reason: str
    model: str = ""  # label; "" where no model of the project has the table
    kept: str = ""  # the index that serves instead; for "replaced" an advised one
    confidence: Literal["certain", "likely", "idea"] = "certain"
    size_bytes: int = 0
    scans: int | None = None  # times it was used, where that is counted
    django: str = ""  # what to change in the model; "" where Django knows no such index
    drop_sql: str = ""
