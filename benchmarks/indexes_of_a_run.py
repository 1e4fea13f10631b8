"""A run of many slow shapes over many tables, made up: plans, a catalog, models and writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from queryscope.model import (
    Capture,
    Column,
    Evidence,
    Field,
    Frame,
    Index,
    IndexAdvice,
    Level,
    Measure,
    Model,
    Models,
    Origin,
    Plan,
    PlanNode,
    QueryGroup,
    QuerySetSite,
    Schema,
    Table,
    Trace,
)
from queryscope.rules.index import propose_indexes
from queryscope.sql.fingerprint import fingerprint, normalize
from queryscope.sql.statement import read_statement

ROWS = 1_000_000
# Name, Django's type, PostgreSQL's, distinct values, share of the most common one.
FIELDS = (
    ("id", "BigAutoField", "bigint", -1.0, None),
    ("owner_id", "ForeignKey", "bigint", 20_000.0, 0.001),
    ("status", "CharField", "character varying(20)", 6.0, 0.9),
    ("kind", "CharField", "character varying(20)", 400.0, 0.02),
    ("email", "CharField", "character varying(200)", -0.9, 0.0001),
    ("title", "TextField", "text", -0.7, 0.0001),
    ("created", "DateTimeField", "timestamp with time zone", -0.98, 0.0001),
    ("price", "IntegerField", "integer", 5_000.0, 0.001),
    ("is_open", "BooleanField", "boolean", 2.0, 0.95),
)
# The condition as SQL and as a plan prints it, and ORDER BY … LIMIT. `{t}` is the table.
SHAPES = (
    ('"{t}"."owner_id" = %s', "({t}.owner_id = …)", ""),
    ('"{t}"."kind" = %s', "(({t}.kind)::text = '…'::text)", ""),
    (
        '"{t}"."owner_id" = %s AND "{t}"."kind" = %s',
        "(({t}.owner_id = …) AND (({t}.kind)::text = '…'::text))",
        "",
    ),
    ('"{t}"."owner_id" = %s', "({t}.owner_id = …)", "created DESC"),
    (
        '"{t}"."kind" = %s AND "{t}"."status" = %s',
        "((({t}.kind)::text = '…'::text) AND (({t}.status)::text = '…'::text))",
        "price",
    ),
    (
        '"{t}"."price" >= %s AND "{t}"."kind" = %s',
        "(({t}.price >= …) AND (({t}.kind)::text = '…'::text))",
        "",
    ),
    ('UPPER("{t}"."title"::text) LIKE UPPER(%s)', "(upper({t}.title) ~~ '…'::text)", ""),
    ('"{t}"."email" = %s', "(({t}.email)::text = '…'::text)", ""),
    (
        'NOT "{t}"."is_open" AND "{t}"."owner_id" = %s',
        "((NOT {t}.is_open) AND ({t}.owner_id = …))",
        "created DESC",
    ),
    (
        '"{t}"."kind" IN (%s, %s) AND "{t}"."created" > %s',
        "((({t}.kind)::text = ANY ('…'::text[])) AND ({t}.created > '…'::timestamptz))",
        "",
    ),
)


def make_models(tables: int) -> Models:
    """One model for each table."""
    fields = tuple(
        Field(
            name=name.removesuffix("_id"),
            column=name,
            type=django,
            db_type=sql,
            is_primary=name == "id",
            is_unique=name == "id",
            target="shop.Model0" if name == "owner_id" else None,
        )
        for name, django, sql, _, _ in FIELDS
    )
    return Models(
        models=tuple(
            Model(
                label=f"shop.Model{at}",
                table=f"shop_table{at}",
                fields=fields,
                path="shop/models.py",
                line=at + 1,
            )
            for at in range(tables)
        )
    )


def make_schema(tables: int) -> Schema:
    """A catalog of big tables with a primary key and little else."""
    columns = tuple(
        Column(name=name, type=sql, n_distinct=distinct, top_frequency=top, null_frac=0.0, avg_width=12)
        for name, _, sql, distinct, top in FIELDS
    )

    def indexes(name: str) -> tuple[Index, ...]:
        return (
            Index(name=f"{name}_pkey", method="btree", keys=("id",), is_primary=True),
            Index(name=f"{name}_created", method="btree", keys=("created",)),
        )

    return Schema(
        server_version=180000,
        extensions=("pg_trgm",),
        tables=tuple(
            Table(
                schema="public",
                name=f"shop_table{at}",
                rows=ROWS,
                pages=20_000,
                columns=columns,
                indexes=indexes(f"shop_table{at}"),
            )
            for at in range(tables)
        ),
    )


def make_units(shapes: int, tables: int) -> list[tuple[QueryGroup, Plan, str]]:
    """A slow query for each shape, with the plan that read the whole table for it."""
    return [_unit(number, f"shop_table{number % tables}", number // tables) for number in range(shapes)]


def _unit(number: int, table: str, variant: int) -> tuple[QueryGroup, Plan, str]:
    where, condition, order = SHAPES[variant % len(SHAPES)]
    # Beyond the ten kinds the same come again, as further statements of the run.
    more = f' AND "{table}"."id" <> %s' * (variant // len(SHAPES))
    sql = f'SELECT "{table}"."id" FROM "{table}" WHERE {where.format(t=table)}{more}'
    if order:
        column, _, direction = order.partition(" ")
        sql += f' ORDER BY "{table}"."{column}" {direction or "ASC"} LIMIT 20'
    place = Frame(path="shop/views.py", line=number + 1, function=f"view_{number}")
    shape = fingerprint(sql)
    group = QueryGroup(
        index=0,
        fingerprint=shape,
        sql=normalize(sql),
        alias="default",
        vendor="postgresql",
        kind="select",
        count=3,
        distinct=3,
        total_ms=240.0,
        max_ms=90.0,
        rows=60,
        stack=(place,),
        site=QuerySetSite(model=f"shop.Model{table.removeprefix('shop_table')}", frame=place),
    )
    scan = PlanNode(
        id=2 if order else 0,
        node_type="Seq Scan",
        relation_name=table,
        alias=table,
        filter=condition.format(t=table),
        actual_rows=40.0,
        actual_loops=1.0,
        actual_total_time_ms=79.0,
        rows_removed_by_filter=float(ROWS - 40),
        plan_rows=40.0,
    )
    root = scan
    if order:
        sort = PlanNode(
            id=1,
            node_type="Sort",
            sort_key=(f"{table}.{order}",),
            sort_method="top-N heapsort",
            actual_rows=20.0,
            actual_loops=1.0,
            actual_total_time_ms=80.0,
            children=(scan,),
        )
        root = replace(sort, id=0, node_type="Limit", sort_key=(), sort_method="", children=(sort,))
    plan = Plan(fingerprint=shape, root=root, is_analyzed=True, execution_time_ms=80.0, server_version=180000)
    return group, plan, sql


def propose(
    units: list[tuple[QueryGroup, Plan, str]], schema: Schema, models: Models
) -> Iterator[tuple[QueryGroup, Plan, tuple[IndexAdvice, ...]]]:
    """The candidates of each shape, as a unit of work has them before their trial."""
    by_name = {table.name: table for table in schema.tables}
    for group, plan, sql in units:
        statement = read_statement(sql)
        named = statement.tables if statement is not None else ()
        own = replace(schema, tables=tuple(by_name[name] for name in named))
        candidates, _ = propose_indexes(group, plan, statement, own, models)
        yield group, plan, candidates


def make_captures(
    proposed: list[tuple[QueryGroup, Plan, tuple[IndexAdvice, ...]]], schema: Schema
) -> list[Capture]:
    """A unit of work for each shape, as if the first candidate had been timed; and one that writes."""
    by_name = {table.name: table for table in schema.tables}
    captures = []
    for number, (group, plan, candidates) in enumerate(proposed):
        timed = tuple(
            replace(
                advice,
                size_bytes=20_000_000 + 1_000_000 * len(advice.keys),
                build_ms=900.0,
                evidence=Evidence(
                    level=Level.TIMED,
                    before=Measure(queries=1, ms=80.0, blocks=20_000),
                    after=Measure(queries=1, ms=0.2, blocks=44),
                    note="Built in 900 ms, all rolled back.",
                ),
            )
            for advice in candidates[:1]
        )
        table = by_name[plan_table(plan)]
        captures.append(
            Capture(
                trace=_trace(f"t{number}", group),
                plans=(plan,),
                schema=replace(schema, tables=(table,)),
                indexes=timed,
            )
        )
    writes = [_update(at, table.name) for at, table in enumerate(schema.tables)]
    return [*captures, Capture(trace=_trace("writes", *writes))]


def plan_table(plan: Plan) -> str:
    """The table that a plan of these reads."""
    node = plan.root
    while node.children:
        node = node.children[0]
    return node.relation_name


def _trace(name: str, *groups: QueryGroup) -> Trace:
    return Trace(
        id=name,
        origin=Origin(kind="request", label=f"GET {name}/"),
        started_at="2026-01-01T00:00:00Z",
        wall_ms=300.0,
        groups=groups,
        server_version=180000,
        saw_application=True,
    )


def _update(index: int, table: str) -> QueryGroup:
    sql = f'UPDATE "{table}" SET "status" = %s WHERE "{table}"."id" = %s'
    return QueryGroup(
        index=index,
        fingerprint=fingerprint(sql),
        sql=sql,
        alias="default",
        vendor="postgresql",
        kind="update",
        count=12,
        distinct=12,
        total_ms=6.0,
        max_ms=1.0,
        rows=12,
        stack=(Frame(path="shop/views.py", line=1, function="save"),),
    )
