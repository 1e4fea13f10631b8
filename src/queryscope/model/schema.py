"""A snapshot of PostgreSQL's catalog: tables that slow queries read, with their indexes and statistics."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column with the statistics that the planner has. No values are kept."""

    name: str
    type: str
    is_null: bool = True
    null_frac: float | None = None
    n_distinct: float | None = None  # as in pg_stats: negative is a share of the rows
    avg_width: int | None = None
    longest: int | None = None  # bytes of a text in the statistics, which leave out those above 1024
    correlation: float | None = None
    top_frequency: float | None = None  # share of the most common value
    true_frequency: float | None = None  # of a boolean: the rows for which it is true
    collation: str = ""
    is_deterministic: bool = True  # its collation: else equal texts may differ in their bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index as pg_index has it."""

    name: str
    method: str  # "btree", "gin" …
    keys: tuple[str, ...]  # column names or expressions as pg_get_indexdef prints them, with DESC or NULLS
    opclasses: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    collations: tuple[str, ...] = ()  # per key, "" where it is the column's own
    predicate: str = ""  # its literals as `…`
    # Digests of the values that were taken out of each key, and of the predicate, to tell them apart;
    # they are made with a secret of the process.
    constants: tuple[tuple[str, ...], ...] = ()
    predicate_constants: tuple[str, ...] = ()
    is_unique: bool = False
    is_primary: bool = False
    is_valid: bool = True
    is_constraint: bool = False  # it enforces a constraint, a foreign key refers to it, or a parent's index
    scans: int | None = None  # times it was used since the server's statistics began
    size_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A relation that holds rows."""

    schema: str
    name: str
    rows: float  # reltuples; -1 when never analysed
    pages: int
    size_bytes: int = 0
    columns: tuple[Column, ...] = ()
    indexes: tuple[Index, ...] = ()
    is_partitioned: bool = False
    partition_key: str = ""  # "RANGE (day)", of a partitioned table
    changed_rows: float = 0.0  # written since the last ANALYZE, as far as the server has heard
    is_visible: bool = True  # the search path finds it; else it goes by its schema
    analyzes: int | None = None  # times that ANALYZE ran, as far as the server has heard; by autovacuum too

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The tables that were looked at."""

    server_version: int | None = None
    counted_days: float | None = None  # since the server began to count; None: its counts mean nothing
    tables: tuple[Table, ...] = ()
    extensions: tuple[str, ...] = ()  # installed in this database
    collation: str = ""  # of the database: "en_US.utf8", "C" where texts are ordered by bytes, "icu"
    is_test_size: bool = False  # tables of a test, whose size says nothing of the application's

    def table(self, name: str) -> Table | None:
        """The table of that name."""
        return next((table for table in self.tables if table.name == name), None)
