"""A unit of work and what it ran."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from queryscope.model.load import Load
from queryscope.model.query import Query, QueryGroup

OriginKind = Literal["request", "test", "command", "task", "block"]
ConnectionEventKind = Literal["connect", "begin", "commit", "rollback", "close"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What was running: a request by its route, a test by its id, a command, task or block by its name."""

    kind: OriginKind
    label: str  # "GET orders/<int:pk>/", "tests/test_shop.py::test_list"
    parent: str = ""  # label of the unit around it: the test that sent this request


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """One SELECT with the same parameters, executed more than once."""

    fingerprint: str
    alias: str
    count: int  # executions
    groups: tuple[int, ...]  # QueryGroup.index, in order of appearance


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionEvent:
    """What happened to a connection or its transaction. Never counted as a query of the application."""

    kind: ConnectionEventKind
    alias: str
    started_ms: float  # since the trace began
    duration_ms: float  # "connect": a pool's waiting time included
    thread: int = 0  # as in Query
    error: str | None = None  # SQLSTATE or exception class
    is_pooled: bool = False  # "connect": the connection came from a pool
    statements: int = 0  # "connect": statements that set the connection up


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One unit of work. Rules count from `groups`, never from the bounded sample in `queries`."""

    id: str
    origin: Origin
    started_at: str  # ISO 8601, UTC
    wall_ms: float
    groups: tuple[QueryGroup, ...] = ()
    queries: tuple[Query, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    connections: tuple[ConnectionEvent, ...] = ()  # bounded, in order of their ends; a note tells of more
    loads: tuple[Load, ...] = ()  # by group and path; empty unless `saw_reads`
    dropped_queries: int = 0  # executions that are counted in groups but not held in `queries`
    status: int | None = None  # HTTP status of a request
    notes: tuple[str, ...] = ()  # what could not be seen
    server_version: int | None = None  # 180000 for PostgreSQL 18.0
    saw_application: bool = False  # at least one application frame was met
    saw_reads: bool = False  # what the program read of loaded instances was observed
    otel_trace_id: str = ""  # 32 hexadecimal digits; "" outside of a trace of OpenTelemetry
