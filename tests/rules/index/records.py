"""A table of columns of many types, its model, and scans of it, for rules of all kinds of indexes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from queryscope.model import Column, Field, Index, Model, Models, PlanNode, Schema, Table
from queryscope.sql.resolve import Known
from queryscope.sql.statement import read_executed
from tests.builders import make_query_group, make_site
from tests.rules.index.orders import make_above, make_scan, make_slow_plan

TABLE = "archive_record"
TYPES = {
    "id": "bigint",
    "name": "character varying(40)",
    "title": "text",
    "exact": "character varying(40)",
    "folded": "character varying(40)",
    "closed": "boolean",
    "low": "integer",
    "high": "integer",
    "data": "jsonb",
    "tags": "character varying(20)[]",
    "numbers": "integer[]",
    "during": "daterange",
    "room": "integer",
    "made": "timestamp with time zone",
    "local": "timestamp without time zone",
    "day": "date",
    "searched": "tsvector",
    "address": "inet",
    "digest": "text",
    "path": "ltree",
    "place": "point",
    "shape": "box",
    "embedding": "vector(3)",
    "nick": "citext",
}
WIDTHS = {"digest": 132, "name": 20, "title": 30}
COLLATIONS: dict[str, Any] = {
    "exact": {"collation": "C"},
    "folded": {"collation": "any_case", "is_deterministic": False},
}
COLUMNS = tuple(
    Column(
        name=name,
        type=kind,
        n_distinct=-1.0 if name != "room" else 50.0,
        avg_width=WIDTHS.get(name, 8),
        correlation=1.0 if name == "id" else 0.99 if name == "made" else 0.0,
        **COLLATIONS.get(name, {}),
    )
    for name, kind in TYPES.items()
)
RECORD = Model(
    label="archive.Record",
    table=TABLE,
    fields=tuple(Field(name=name, column=name, type="Field") for name in TYPES),
)
MODELS = Models(models=(RECORD,))


def make_table(*indexes: Index, **more: Any) -> Table:
    values: dict[str, Any] = {
        "schema": "public",
        "name": TABLE,
        "rows": 200_000.0,
        "pages": 3000,
        "columns": COLUMNS,
        "indexes": indexes,
    }
    return Table(**(values | more))


def make_schema(
    *indexes: Index, extensions: tuple[str, ...] = (), collation: str = "en_US.utf8", **more: Any
):
    return Schema(
        server_version=180000,
        tables=(make_table(*indexes, **more),),
        extensions=extensions,
        collation=collation,
    )


def scan(condition: str = "", **more: Any) -> PlanNode:
    return make_scan(condition, relation_name=TABLE, alias=TABLE, **more)


def nearest(condition: str = "", *, limit: int = 5, skipped: int = 0) -> PlanNode:
    """The first rows of all, sorted; those that OFFSET skips are delivered too."""
    rows = scan(condition, kept=200_000, removed=0)
    ordered = make_above("Sort", rows, rows=200_000, actual_rows=float(limit + skipped), sort_key=("(x)",))
    return make_above("Limit", ordered, rows=limit)


def advise(
    rule: Any, root: PlanNode, where: str = "", params: tuple[Any, ...] = (), **more: Any
) -> list[Any]:
    """What a rule says of a plan, and of the statement with this WHERE (or more) and these parameters."""
    sql = f'SELECT "{TABLE}"."id" FROM "{TABLE}" {where}' if where else ""
    statement = read_executed(sql, params, more.get("known", Known(time_zone="Europe/Berlin")))
    statement = replace(statement, literals=more.get("literals", ()))
    group = make_query_group(
        fingerprint="f0", site=make_site("archive.Record", lookups=more.get("lookups", ()))
    )
    schema = more.get("schema", make_schema())
    return list(rule.advise(group, make_slow_plan(root), statement, schema, MODELS))


def written(answers: list[Any]) -> list[list[str]]:
    """The keys of each advice as Django has them, with their operator class."""
    return [[f"{key.django} {key.opclass}".strip() for key in advice.keys] for advice in answers]


def conditions(answers: list[Any]) -> list[tuple[str, str]]:
    """Method and condition of each advice."""
    return [(one.method, one.predicate_django) for one in answers]
