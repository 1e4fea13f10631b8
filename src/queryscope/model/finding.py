"""Findings: what to change, where, and why to believe it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from queryscope.model.evidence import Evidence
from queryscope.model.query import Frame, QuerySetSite

Severity = Literal["error", "warning", "info"]
Confidence = Literal["certain", "likely", "idea"]
Status = Literal["new", "worse", "known", "better"]
# What is told of query groups: that they need not run, that they take long, that they load too much, join
# what nobody reads, or load columns that nobody reads. Of each the first rule alone speaks.
Fact = Literal["queries", "time", "rows", "joins", "columns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where the change belongs: from the start of the root expression to the end of its chain."""

    path: str
    line: int
    end_line: int
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """Where it was set off."""

    path: str
    line: int
    function: str
    source: str = ""  # "{{ book.author.name }}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """The numbers of one unit of work; `duration_ms` is the time of the queries that the finding is about."""

    trace: str
    query_count: int
    avoidable_queries: int
    duration_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Replace characters [start, end) of a file, provided its SHA-256 still is `source_sha256`."""

    path: str
    start: int
    end: int
    text: str
    source_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A change that is complete by itself."""

    kinds: tuple[str, ...]  # "select_related", "prefetch_related", "index" …
    title: str
    code: str  # "Book.objects.select_related("author")", models.Index(...)
    diff: str = ""  # unified, applies with `git apply` from the project root; "" where no safe edit exists
    edits: tuple[Edit, ...] = ()
    caveat: str = ""  # what to know, or why there is no diff
    evidence: Evidence = field(default_factory=Evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class EagerLoad:
    """A relation to load with its root queryset."""

    path: str  # from the root queryset's model: "author__publisher"
    kind: Literal["select_related", "prefetch_related"]
    # Where the path leads on from rows that a prefetch gave, and a join could bring the rest with them:
    prefetched: str = ""  # the path to those rows: "lines" of "lines__product"
    joined: str = ""  # the rest, in query names: "product"
    model: str = ""  # label of the rows' model


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What a rule saw in one trace. Observations of one site become one finding."""

    rule: str
    trace: str  # Trace.id
    model: str  # label of the model whose queryset changes
    severity: Severity = "warning"
    confidence: Confidence = "certain"
    site: QuerySetSite | None = None  # where the change belongs
    trigger: Frame | None = None
    fact: Fact = "queries"
    groups: tuple[int, ...] = ()  # QueryGroup.index, those that are avoidable
    fingerprints: tuple[str, ...] = ()
    query_count: int = 0
    avoidable_queries: int = 0
    duration_ms: float = 0.0
    owner_rows: int = 0  # how many owners the site's queryset gave
    rows: int = 0  # the rows that the fact is about: loaded at once, skipped
    loads: tuple[EagerLoad, ...] = ()  # the eager loading that is missing, or that nobody needs
    columns: tuple[str, ...] = ()  # attnames that it is about
    subject: str = ""  # what the message speaks of: "Book.author"
    caveat: str = ""  # why no edit of the site would be safe
    method: str = ""  # how the site's rows were read: "iterate", "iterator", "get" …
    units: int = 0  # run rules: how many different units of work it was judged by
    frames: tuple[Frame, ...] = ()  # run rules: functions that ran with the site's rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Rule × queryset site, over all traces of a run."""

    id: str
    rule: str
    severity: Severity
    confidence: Confidence
    message: str
    model: str
    status: Status | None = None
    relations: tuple[str, ...] = ()  # full lookup paths, sorted
    location: Location | None = None
    trigger: Trigger | None = None
    worst: Occurrence
    occurrences: tuple[Occurrence, ...] = ()
    fingerprints: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
