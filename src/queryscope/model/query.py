"""What was observed of queries: frames, accesses, queryset sites, single queries and their exact groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One line of the application: Python code, or a line of a template.

    `path` is relative to the project root, with forward slashes (absolute when outside of it).
    Lines and columns are as in `ast`: lines from 1, columns are UTF-8 byte offsets from 0; they span the
    expression under execution, so `line` is where a chained call starts.
    """

    path: str
    line: int
    function: str
    end_line: int | None = None
    column: int | None = None
    end_column: int | None = None
    is_template: bool = False
    source: str = ""  # template frames: the tag or variable, e.g. "{{ book.author.name }}"
    # What the expression under execution does, by its instruction: "call", "attribute", "iterate", "in",
    # "truth", "subscript", "unpack", "" for others. The same place is the same frame, whatever it does.
    operation: str = field(default="", compare=False)


class AccessKind(StrEnum):
    """How the ORM came to run a query."""

    FORWARD = "forward"  # foreign key read from its own side, forward one-to-one included
    REVERSE_ONE_TO_ONE = "reverse_one_to_one"
    REVERSE = "reverse"  # reverse foreign key manager
    MANY_TO_MANY = "many_to_many"
    GENERIC_FORWARD = "generic_forward"  # GenericForeignKey
    GENERIC_RELATION = "generic_relation"
    DEFERRED = "deferred"  # a deferred column
    PREFETCH = "prefetch"  # the query that a prefetch itself runs
    MANAGER = "manager"  # a queryset that belongs to no instance
    RAW = "raw"  # Model.objects.raw()
    WRITE = "write"  # save, delete, update, bulk_create, m2m.add …


# Accesses that belong to one owner instance.
RELATION_KINDS = frozenset(
    {
        AccessKind.FORWARD,
        AccessKind.REVERSE_ONE_TO_ONE,
        AccessKind.REVERSE,
        AccessKind.MANY_TO_MANY,
        AccessKind.GENERIC_FORWARD,
        AccessKind.GENERIC_RELATION,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What the ORM was doing when it ran a query."""

    kind: AccessKind
    model: str  # label of the owner's model ("shop.Book"); of the queryset's model where there is no owner
    attribute: str  # field or accessor ("author", "reviews"); "" for a plain queryset
    target: str  # label of the model that the query loads
    method: str = (
        ""  # QuerySet method that ran it: "iterate", "get", "first", "count", "exists", "iterator" …
    )
    owner_group: int | None = None  # index of the QueryGroup that loaded the owner; None: not loaded here
    owner_path: str = ""  # select_related path from that group's model to the owner ("author__publisher")
    is_plain: bool = True  # the relation's own rows: no further filter, order, slice or annotation
    to_attr: str = ""  # of a prefetch: the name under which its rows are found, where that is another one


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassSite:
    """An application class whose attribute holds the queryset: a view, viewset, ModelAdmin, form."""

    path: str
    line: int
    name: str  # qualified class name
    kind: str  # "view" | "admin" | "form" | "serializer" | "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySetSite:
    """Where a queryset was built and what was already on it."""

    model: str
    frame: Frame | None = None  # application frame that created the root queryset
    holder: ClassSite | None = None  # the class it belongs to, where no frame of the application built it
    select_related: tuple[str, ...] = ()
    prefetch_related: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    defer: tuple[str, ...] = ()
    lookups: tuple[str, ...] = ()  # "status__exact", "name__icontains" …
    ordering: tuple[str, ...] = ()
    annotations: tuple[str, ...] = ()
    is_sliced: bool = False
    is_distinct: bool = False
    is_combined: bool = False  # union, intersection, difference
    is_for_update: bool = False
    is_values: bool = False
    is_built_by_library: bool = False  # while the template line of `frame` is rendered
    returns_many: bool = True  # False for get(), first(), a forward relation …


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryGroup:
    """Queries of one shape, application stack, access and alias. Counts are exact."""

    index: int
    fingerprint: str
    sql: str  # normalised: placeholders, no literals
    alias: str
    vendor: str  # "postgresql", "sqlite" …
    kind: str  # "select" | "insert" | "update" | "delete" | "transaction" | "other"
    count: int
    distinct: int  # how many of them differed in their parameters (exact up to a bound)
    total_ms: float
    max_ms: float
    rows: int | None  # returned or affected, summed; None if the driver did not know
    stack: tuple[Frame, ...] = ()  # application frames, innermost first
    access: Access | None = None
    site: QuerySetSite | None = None
    owners: int = 0  # distinct owner instances
    first_index: int = 0  # position of its first query in the trace
    error: str | None = None  # SQLSTATE or exception class of the first failure
    # Code of a library, other than a method of its managers, stands between the ORM and the application's.
    is_asked_by_library: bool = False
    # LIMIT and OFFSET of the outermost statement where they are written out, the largest of its executions.
    limit: int | None = None
    offset: int = 0
    # The rows that a SELECT is about, as numbers that count within the trace: `selection` is the same for
    # rows, a COUNT and an EXISTS with equal FROM, WHERE and parameters, `window` for equal LIMIT and OFFSET.
    selection: int | None = None  # None: no SELECT, several parameters, or a text that doesn't tell
    window: int = 0  # 0: all rows
    asked_through: str = ""  # which one does, Django's own parts included: "rest_framework", "django.forms"
    is_in_transaction: bool = False  # when it ran first
    # The field of a serializer that reads the relation, inside of the stack: "OrderSerializer.customer".
    reader: Frame | None = None


class Query(NamedTuple):
    """One execution. Held for a bounded sample only; everything exact is in its group.

    A tuple: of these there are thousands, and a frozen dataclass takes five times as long to make.
    """

    group: int
    started_ms: float  # since the trace began
    duration_ms: float
    row_count: int | None = None
    thread: int = 0  # small number per thread, in order of appearance
    error: str | None = None
