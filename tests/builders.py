"""Builders: each test makes what it needs, and says only what matters to it."""

from __future__ import annotations

from typing import Any

from queryscope.model import (
    Access,
    AccessKind,
    ConnectionEvent,
    ConnectionEventKind,
    Frame,
    Load,
    Model,
    ModelRelation,
    Models,
    Origin,
    Plan,
    PlanNode,
    Query,
    QueryGroup,
    QuerySetSite,
    Trace,
)


def make_frame(path: str = "shop/views.py", line: int = 4, function: str = "book_list", **more: Any) -> Frame:
    return Frame(path=path, line=line, function=function, **more)


def make_access(kind: AccessKind = AccessKind.FORWARD, **more: Any) -> Access:
    values: dict[str, Any] = {"model": "shop.Book", "attribute": "author", "target": "shop.Author"}
    return Access(kind=kind, **(values | more))


def make_site(model: str = "shop.Book", **more: Any) -> QuerySetSite:
    return QuerySetSite(model=model, **({"frame": make_frame()} | more))


def make_query_group(index: int = 0, **more: Any) -> QueryGroup:
    values: dict[str, Any] = {
        "fingerprint": f"f{index:015x}",
        "sql": "SELECT 1",
        "alias": "default",
        "vendor": "postgresql",
        "kind": "select",
        "count": 1,
        "total_ms": 1.0,
        "max_ms": 1.0,
        "rows": 1,
        "stack": (make_frame(),),
    }
    values |= more
    values.setdefault("distinct", values["count"])
    return QueryGroup(index=index, **values)


def make_load(group: int = 0, **more: Any) -> Load:
    values: dict[str, Any] = {
        "path": "",
        "model": "shop.Book",
        "instances": 40,
        "columns": ("id", "title", "summary", "author_id"),
        "columns_read": ("title",),
    }
    return Load(group=group, **(values | more))


def make_trace(*groups: QueryGroup, label: str = "GET books/", **more: Any) -> Trace:
    queries = []
    for group in groups:
        for _ in range(group.count):
            at = float(len(queries))
            queries.append(Query(group=group.index, started_ms=at, duration_ms=group.max_ms))
    values: dict[str, Any] = {
        "id": "t1",
        "origin": Origin(kind="request", label=label),
        "started_at": "2026-01-01T00:00:00Z",
        "wall_ms": 100.0,
        "queries": tuple(queries),
        "saw_application": True,
    }
    return Trace(groups=tuple(groups), **(values | more))


def make_event(kind: ConnectionEventKind = "commit", **more: Any) -> ConnectionEvent:
    return ConnectionEvent(
        **({"kind": kind, "alias": "default", "started_ms": 1.0, "duration_ms": 0.5} | more)
    )


def make_models(*models: Model) -> Models:
    return Models(models=models or BOOKSHOP)


def make_node(node_type: str = "Seq Scan", *children: PlanNode, **more: Any) -> PlanNode:
    return PlanNode(**({"id": 0, "node_type": node_type, "children": children} | more))


def make_plan(root: PlanNode | None = None, **more: Any) -> Plan:
    values: dict[str, Any] = {"fingerprint": "f0", "root": root or make_node(), "is_analyzed": True}
    return Plan(**(values | more))


def relation(name: str, kind: AccessKind, target: str | None, **more: Any) -> ModelRelation:
    return ModelRelation(name=name, query_name=more.pop("query_name", name), kind=kind, target=target, **more)


BOOKSHOP = (
    Model(
        label="shop.Book",
        table="shop_book",
        relations=(
            relation("author", AccessKind.FORWARD, "shop.Author"),
            relation("publisher", AccessKind.FORWARD, "shop.Publisher"),
            relation("tags", AccessKind.MANY_TO_MANY, "shop.Tag"),
            relation("reviews", AccessKind.REVERSE, "shop.Review"),
        ),
    ),
    Model(
        label="shop.Author",
        table="shop_author",
        relations=(
            relation("publisher", AccessKind.FORWARD, "shop.Publisher"),
            relation("books", AccessKind.REVERSE, "shop.Book"),
        ),
    ),
    Model(label="shop.Publisher", table="shop_publisher"),
    Model(label="shop.Tag", table="shop_tag"),
    Model(
        label="shop.Review",
        table="shop_review",
        relations=(relation("book", AccessKind.FORWARD, "shop.Book"),),
    ),
)
