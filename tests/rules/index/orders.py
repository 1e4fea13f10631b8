"""A table of orders, its model, and plans over it: what the tests of index rules say nothing about."""

from __future__ import annotations

from typing import Any

from queryscope.model import Column, Field, Index, Model, Models, Plan, PlanNode, Schema, Table
from queryscope.sql.statement import Predicate, SortKey, Statement
from tests.builders import make_node, make_plan, make_query_group, make_site

TABLE = "shop_order"
GROUP = make_query_group(fingerprint="f0", site=make_site("shop.Order"))

ORDER = Model(
    label="shop.Order",
    table=TABLE,
    fields=(
        Field(name="id", column="id", type="BigAutoField", is_unique=True),
        Field(name="status", column="status", type="CharField"),
        Field(name="code", column="code", type="CharField"),
        Field(name="customer", column="customer_id", type="ForeignKey", target="shop.Customer"),
        Field(name="is_flagged", column="is_flagged", type="BooleanField"),
        Field(name="created", column="created", type="DateTimeField"),
        Field(name="sent", column="sent", type="DateTimeField", is_null=True),
        Field(name="data", column="data", type="JSONField"),
    ),
)
CUSTOMER = Model(
    label="shop.Customer",
    table="shop_customer",
    fields=(Field(name="id", column="id", type="BigAutoField", is_unique=True),),
)
MODELS = Models(models=(ORDER, CUSTOMER))

COLUMNS = (
    Column(name="id", type="bigint", n_distinct=-1.0),
    Column(name="status", type="character varying(10)", n_distinct=3.0, top_frequency=0.9),
    Column(name="code", type="character varying(20)", n_distinct=-1.0),
    Column(name="customer_id", type="bigint", n_distinct=5000.0),
    Column(name="is_flagged", type="boolean", n_distinct=2.0),
    Column(name="created", type="timestamp with time zone", n_distinct=-1.0),
    Column(name="sent", type="timestamp with time zone", n_distinct=-0.5, null_frac=0.01),
    Column(name="data", type="jsonb"),
)
PRIMARY_KEY = Index(
    name="shop_order_pkey",
    method="btree",
    keys=("id",),
    opclasses=("int8_ops",),
    is_unique=True,
    is_primary=True,
)


def make_index(*keys: str, name: str = "shop_order_x", method: str = "btree", **more: Any) -> Index:
    return Index(name=name, method=method, keys=keys, **more)


def make_table(*indexes: Index, **more: Any) -> Table:
    values: dict[str, Any] = {
        "schema": "public",
        "name": TABLE,
        "rows": 200_000.0,
        "pages": 3000,
        "columns": COLUMNS,
        "indexes": (PRIMARY_KEY, *indexes),
    }
    return Table(**(values | more))


def make_schema(*indexes: Index, **more: Any) -> Schema:
    customer = make_table(name="shop_customer", rows=5000.0, pages=40, columns=COLUMNS[:1])
    return Schema(server_version=180000, tables=(make_table(*indexes, **more), customer))


def make_scan(condition: str = "", *, kept: float = 40, removed: float = 199_960, **more: Any) -> PlanNode:
    values: dict[str, Any] = {
        "relation_name": TABLE,
        "alias": TABLE,
        "schema": "public",
        "filter": condition,
        "plan_rows": kept,
        "actual_rows": float(kept),
        "actual_loops": 1.0,
        "rows_removed_by_filter": float(removed),
    }
    return make_node(more.pop("node_type", "Seq Scan"), **(values | more))


def make_above(
    node_type: str, child: PlanNode, *children: PlanNode, rows: float = 10, **more: Any
) -> PlanNode:
    values: dict[str, Any] = {"plan_rows": rows, "actual_rows": float(rows), "actual_loops": 1.0}
    return make_node(node_type, child, *children, **(values | more))


def make_slow_plan(root: PlanNode, **more: Any) -> Plan:
    return make_plan(root, **({"execution_time_ms": 20.0} | more))


def make_statement(*predicates: Predicate, order: tuple[SortKey, ...] = (), **more: Any) -> Statement:
    values: dict[str, Any] = {"tables": (TABLE,), "predicates": predicates, "sort_keys": order}
    return Statement(kind="select", **(values | more))


def make_predicate(column: str, operator: str = "=", literal: str = "", table: str = TABLE) -> Predicate:
    return Predicate(table=table, column=column, expression=f'"{column}"', operator=operator, literal=literal)


def make_sort_key(column: str, *, is_descending: bool = False, table: str = TABLE) -> SortKey:
    return SortKey(table=table, column=column, expression=f'"{column}"', is_descending=is_descending)


def advise(rule: Any, root: PlanNode, **more: Any) -> list[Any]:
    """What a rule says of a slow plan; `schema`, `statement`, `group` and `plan` may be given."""
    return list(
        rule.advise(
            more.get("group", GROUP),
            more.get("plan", make_slow_plan(root)),
            more.get("statement", make_statement()),
            more.get("schema", make_schema()),
            MODELS,
        )
    )


def columns(advice: Any) -> list[str]:
    """Keys as in `fields=[…]`."""
    return [("-" if key.is_descending else "") + key.django for key in advice.keys]
