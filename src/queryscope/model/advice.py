"""Index advice and refusals: data, not prose."""

from __future__ import annotations

from dataclasses import dataclass, field

from queryscope.model.evidence import Evidence


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
    write_cost: str = ""
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
