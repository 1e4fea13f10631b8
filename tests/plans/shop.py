"""The catalog of the corpus, as its server would tell it: sizes, types and indexes of `corpus/schema.sql`."""

from __future__ import annotations

from typing import Any

from queryscope.model import Column, Index, Schema, Table

TYPES = {
    "author": {"id": "integer", "publisher_id": "integer", "name": "character varying(80)", "email": "text"},
    "book": {
        "id": "integer",
        "author_id": "integer",
        "title": "text",
        "status": "character varying(10)",
        "kind": "integer",
        "language": "integer",
        "price": "numeric(8,2)",
        "sold": "integer",
        "created": "timestamp with time zone",
        "tags": "integer[]",
        "data": "jsonb",
    },
    "review": {"id": "integer", "book_id": "integer", "rating": "integer", "body": "text"},
    "stock": {"id": "integer", "shelf": "integer", "amount": "integer"},
    "draft": {"id": "integer", "state": "text"},
    "sale": {"id": "integer", "day": "date", "amount": "integer"},
}


def index(name: str, *keys: str, method: str = "btree", **more: Any) -> Index:
    return Index(name=name, method=method, keys=keys, **more)


def table(
    name: str, rows: float, pages: int, *indexes: Index, has_statistics: bool = True, **more: Any
) -> Table:
    """A table; its statistics tell no more than that there are some."""
    columns = tuple(
        Column(name=column, type=kind, null_frac=0.0 if has_statistics else None)
        for column, kind in TYPES.get(name, {}).items()
    )
    return Table(schema="public", name=name, rows=rows, pages=pages, columns=columns, indexes=indexes, **more)


SCHEMA = Schema(
    server_version=180_000,
    extensions=("pg_trgm",),
    tables=(
        table("author", 5_000, 47),
        table(
            "book",
            100_000,
            2_128,
            index("book_pkey", "id", is_primary=True, is_unique=True),
            index("book_author", "author_id"),
            index("book_created", "created"),
            index("book_kind", "kind"),
            index("book_sold", "sold"),
        ),
        table("category", 3_000, 19),
        table("draft", -1, 222, has_statistics=False),
        table("invoice", 3_000, 14),
        table("line", 60_000, 325),
        table("page", 3_000, 750),
        table("publisher", 50, 1),
        table(
            "review",
            300_000,
            4_286,
            index("review_book", "book_id"),
            index("review_created", "created", method="brin"),
        ),
        table("sale", 96_000, 528, is_partitioned=True, partition_key="RANGE (day)"),
        table("shelf", 20, 1),
        table("stock", 100_000, 541, index("stock_shelf_amount", "shelf", "amount")),
    ),
)
