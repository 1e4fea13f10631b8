"""Hand-built traces of a bookshop: a query that gives rows, and queries that its rows run one by one."""

from __future__ import annotations

from typing import Any

from queryscope.model import Access, AccessKind, Model, Models, Observation, QueryGroup, Trace
from queryscope.rules.trace import NPlusOne
from tests.builders import (
    BOOKSHOP,
    make_access,
    make_frame,
    make_query_group,
    make_site,
    make_trace,
    relation,
)

VIEW = make_frame()
LOOP = make_frame(line=6)
TEMPLATE = make_frame("t/books.html", 3, "books.html", is_template=True, source="{{ book.author }}")

FORWARD, REVERSE, MANY = AccessKind.FORWARD, AccessKind.REVERSE, AccessKind.MANY_TO_MANY
ONE = AccessKind.REVERSE_ONE_TO_ONE
GENERIC, GENERIC_MANY = AccessKind.GENERIC_FORWARD, AccessKind.GENERIC_RELATION
PREFETCH, MANAGER = AccessKind.PREFETCH, AccessKind.MANAGER

SHELF = Models(
    models=(
        Model(
            label="shop.Book",
            table="shop_book",
            relations=(
                *BOOKSHOP[0].relations,
                relation("isbn", ONE, "shop.Isbn", query_name="number", is_null=True),
                relation("subject", GENERIC, None),
                relation("notes", GENERIC_MANY, "shop.Note"),
                relation("editor", FORWARD, "shop.Author", is_null=True),
                relation("importer", FORWARD, "shop.Author", db_constraint=False),
                relation("sequel", FORWARD, "shop.Book", is_null=True),
            ),
        ),
        *BOOKSHOP[1:],
        Model(
            label="shop.Isbn",
            table="shop_isbn",
            relations=(relation("agency", FORWARD, "shop.Agency"),),
        ),
    )
)


def access(kind: AccessKind, attribute: str, owner: int | None, **more: Any) -> Access:
    return make_access(kind, attribute=attribute, owner_group=owner, **more)


def books(index: int = 0, **more: Any) -> QueryGroup:
    """One query that gave forty books."""
    values: dict[str, Any] = {
        "rows": 40,
        "site": make_site(),
        "access": Access(kind=MANAGER, model="shop.Book", attribute="", target="shop.Book", method="iterate"),
    }
    return make_query_group(index, **(values | more))


def lazy(index: int, kind: AccessKind, attribute: str, owner: int | None = 0, **more: Any) -> QueryGroup:
    """Forty queries, one for each row of another."""
    named = {name: more.pop(name) for name in ("model", "target", "owner_path", "is_plain") if name in more}
    count = more.pop("count", 40)
    values: dict[str, Any] = {
        "count": count,
        "owners": count,
        "rows": count,
        "total_ms": float(count),
        "stack": (LOOP,),
        "site": make_site(returns_many=kind not in (FORWARD, ONE)),
        "access": access(kind, attribute, owner, **named),
    }
    return make_query_group(index, **(values | more))


def found(*groups: QueryGroup, models: Models = SHELF, **options: Any) -> list[Observation]:
    return list(NPlusOne(**options).check(trace_of(*groups), models))


def trace_of(*groups: QueryGroup, **more: Any) -> Trace:
    return make_trace(*groups, **more)


def load_of(*groups: QueryGroup) -> tuple[str, str]:
    [observation] = found(*groups)
    [load] = observation.loads
    return load.kind, load.path
