"""Hand-built traces of writes: one line that writes book after book."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from queryscope.fixes.sources import Sources
from queryscope.model import AccessKind, Field, Model, Models, Observation, Query, QueryGroup, Trace
from queryscope.rules.remedy import Context
from tests.builders import make_access, make_frame, make_query_group, make_site, make_trace, relation

SOURCE = """\
from shop.models import Book


def close(request):
    books = Book.objects.all()
    for book in books:
        book.price = 0
        book.save()
"""
LINE = make_frame(line=8, function="close", end_line=8, column=8, end_column=19, operation="call")
UPDATE = 'UPDATE "shop_book" SET "title" = %s, "price" = %s WHERE "shop_book"."id" = %s'
BOOK = Model(
    label="shop.Book",
    table="shop_book",
    fields=(
        Field(name="id", column="id", type="AutoField", is_unique=True),
        Field(name="title", column="title", type="CharField"),
        Field(name="price", column="price", type="IntegerField"),
    ),
    relations=(relation("tags", AccessKind.MANY_TO_MANY, "shop.Tag"),),
)
ENTRY = Model(label="shop.Entry", table="shop_entry")
UPDATED = Field(name="updated", column="updated", type="DateTimeField", has_pre_save=True)


def models(**more: Any) -> Models:
    """The shop, with something else about Book."""
    return Models(models=(replace(BOOK, **more), ENTRY))


def write(index: int = 0, *, method: str = "save", **more: Any) -> QueryGroup:
    """Forty saves, each of another book, inside of a transaction."""
    values: dict[str, Any] = {
        "kind": "update",
        "sql": UPDATE,
        "count": 40,
        "rows": 40,
        "owners": 40,
        "stack": (LINE,),
        "is_in_transaction": True,
        "access": make_access(
            AccessKind.WRITE, model="shop.Book", attribute="", target="shop.Book", method=method
        ),
    }
    return make_query_group(index, **(values | more))


def inside(index: int = 1, *frames: Any, **more: Any) -> QueryGroup:
    """Forty queries of a receiver."""
    values: dict[str, Any] = {
        "kind": "insert",
        "sql": 'INSERT INTO "shop_entry" ("text") VALUES (…)',
        "count": 40,
        "stack": (*(frames or (make_frame("shop/signals.py", 9, "audit"),)), LINE),
        "site": make_site("shop.Entry"),
        "access": make_access(
            AccessKind.WRITE, model="shop.Entry", attribute="", target="shop.Entry", method="create"
        ),
    }
    return make_query_group(index, **(values | more))


def paced(trace: Trace, gap_ms: float) -> Trace:
    """The same trace with that long a pause before each query."""
    queries = tuple(
        query._replace(started_ms=at * gap_ms, duration_ms=0.5) for at, query in enumerate(trace.queries)
    )
    return replace(trace, queries=queries)


def found(rule: Any, *groups: QueryGroup, graph: Models | None = None, **trace: Any) -> list[Observation]:
    return list(rule.check(make_trace(*groups, **trace), graph or models()))


def told(
    rule: Any,
    *groups: QueryGroup,
    text: str | None = SOURCE,
    graph: Models | None = None,
    trace: Trace | None = None,
) -> tuple[list[Observation], Context]:
    """What the rule sees and its source confirms."""
    trace = trace or make_trace(*groups)
    graph = graph or models()
    context = Context(graph, Sources(lambda path: text), {trace.id: trace})
    return [each for each in rule.check(trace, graph) if rule.confirm(each, context)], context


def query(group: int, started_ms: float, duration_ms: float = 1.0, **more: Any) -> Query:
    return Query(group=group, started_ms=started_ms, duration_ms=duration_ms, **more)
