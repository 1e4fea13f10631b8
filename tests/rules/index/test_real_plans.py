"""Index rules on plans that PostgreSQL 15 and 18 really made, and on whatever else a plan might hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.model import Column, Field, Index, Model, Models, Plan, Refusal, Schema, Table
from queryscope.rules.index import Constant, propose_indexes
from queryscope.sql.statement import Predicate, SortKey, Statement
from tests.builders import make_node, make_query_group, make_site
from tests.plans.nodes import REAL_PLANS, real_plan
from tests.rules.index.orders import COLUMNS, MODELS, TABLE, columns, make_schema

TYPES = {"id": "bigint", "status": "text", "body": "text", "created": "timestamptz", "price": "numeric"}
SIZES = {"book": 100_000, "review": 300_000, "author": 5000, "publisher": 200}
FIELDS = {
    "book": ("id", "status", "kind", "created", "price", "author_id"),
    "review": ("id", "body", "book_id"),
    "author": ("id", "publisher_id"),
    "publisher": ("id",),
}


def make_model(table, names) -> Model:
    return Model(
        label=f"shop.{table.title()}",
        table=table,
        fields=tuple(
            Field(
                name=name.removesuffix("_id"),
                column=name,
                type="ForeignKey" if name.endswith("_id") else "TextField",
                target="shop.Other" if name.endswith("_id") else None,
            )
            for name in names
        ),
    )


BOOKS = Models(models=tuple(make_model(table, names) for table, names in FIELDS.items()))
SCHEMA = Schema(
    tables=tuple(
        Table(
            schema="public",
            name=table,
            rows=float(SIZES[table]),
            pages=SIZES[table] // 50,
            columns=tuple(Column(name=name, type=TYPES.get(name, "bigint")) for name in names),
            indexes=(
                Index(name=f"{table}_pkey", method="btree", keys=("id",), is_unique=True, is_primary=True),
            ),
        )
        for table, names in FIELDS.items()
    )
)
GROUP = make_query_group(fingerprint="f0", site=make_site("shop.Book"))


def proposed(plan, statement=None):
    return propose_indexes(GROUP, plan, statement, SCHEMA, BOOKS)


@pytest.mark.parametrize("version", ["pg15", "pg18"])
@pytest.mark.parametrize(
    ("name", "relation", "expected"),
    [
        ("seq_scan_rare", "book", [["status"]]),
        ("sort_for_limit", "book", [["status", "-price", "id"]]),
        ("parallel_seq_scan", "review", [["body"]]),
        ("inner_seq_scan", "author", [["publisher"]]),
        ("subplan_seq_scan", "review", [["book"]]),
        ("correlated_subplan", "review", [["book"]]),
        ("index_filter", "book", [["status"], ["status", "kind"], ["status", "kind", "created"]]),
        ("plan_only", "book", [["status"]]),
    ],
)
def test_a_real_plan_gets_the_index_that_it_lacks(version, name, relation, expected):
    advice, _ = proposed(real_plan(f"{version}/{name}"))
    assert [columns(one) for one in advice if one.relation == relation] == expected
    assert {one.relation for one in advice} == {relation}


@pytest.mark.parametrize("version", ["pg15", "pg18"])
@pytest.mark.parametrize(
    "name",
    ["bitmap_or", "seq_scan_most", "primary_key", "limit_early", "hash_spill", "window", "never_executed"],
)
def test_a_real_plan_that_lacks_none_gets_none(version, name):
    assert proposed(real_plan(f"{version}/{name}"))[0] == ()


@pytest.mark.parametrize("name", REAL_PLANS)
def test_every_real_plan_is_judged_without_a_value_in_the_answer(name):
    answer = repr(proposed(real_plan(name)))
    for value in ("rare", "live", "nothing like it", "2020-06-01 00:00:00+00"):
        assert f"'{value}'" not in answer


TEXTS = st.sampled_from(
    [
        "",
        "(status = …)",
        "((status)::text = ANY (…::text[]))",
        "(upper((code)::text) ~~ …::text)",
        "((a = …) OR (b = …))",
        "(created >= …)",
        "(shop_order.customer_id = c.id)",
        "(NOT is_flagged)",
        "(sent IS NULL)",
        "((((",
        "'secret'",
        "(code = 'secret')",
    ]
)
NODE_TYPES = [
    "Seq Scan",
    "Index Scan",
    "Sort",
    "Limit",
    "Hash Join",
    "Aggregate",
    "Gather",
    "Append",
    "Merge Join",
]


def nodes(below):
    return st.builds(
        lambda kind, children, **more: make_node(kind, *children, **more),
        st.sampled_from(NODE_TYPES),
        below,
        relation_name=st.sampled_from(["", TABLE, "shop_customer", "pg_class"]),
        filter=TEXTS,
        index_cond=TEXTS,
        hash_cond=TEXTS,
        sort_key=st.lists(
            st.sampled_from(["created DESC", "(random())", "c.name", "((", "id"]), max_size=3
        ).map(tuple),
        plan_rows=st.floats(0, 1e9),
        actual_rows=st.one_of(st.none(), st.floats(0, 1e9)),
        actual_loops=st.one_of(st.none(), st.floats(0, 1e4)),
        rows_removed_by_filter=st.floats(0, 1e9),
        parallel_aware=st.booleans(),
        workers_planned=st.integers(0, 8),
        parent_relationship=st.sampled_from(["", "SubPlan", "InitPlan", "Inner"]),
    )


PLANS_OF_ANY_SHAPE = st.recursive(
    nodes(st.just([])), lambda children: nodes(st.lists(children, max_size=2)), max_leaves=6
)
STATEMENT = Statement(
    kind="select",
    tables=(TABLE,),
    predicates=(
        Predicate(table=TABLE, column="code", expression='"code"', operator="=", literal="'secret'"),
    ),
    sort_keys=(SortKey(table=TABLE, column="created", expression='"created"'),),
)


@given(
    root=PLANS_OF_ANY_SHAPE,
    rows=st.sampled_from([-1.0, 0.0, 499.0, 200_000.0]),
    pages=st.sampled_from([0, 11]),
    milliseconds=st.one_of(st.none(), st.floats(0, 1e6)),
    count=st.integers(1, 3),
)
def test_any_plan_is_judged_without_an_error_or_a_secret(root, rows, pages, milliseconds, count):
    plan = Plan(
        fingerprint="f0", root=root, is_analyzed=milliseconds is not None, execution_time_ms=milliseconds
    )
    group = make_query_group(fingerprint="f0", count=count, site=make_site("shop.Order"))
    schema = make_schema(rows=rows, pages=pages, columns=COLUMNS)
    constants = [Constant(field="status", value="open")]
    advice, refusals = propose_indexes(group, plan, STATEMENT, schema, MODELS, constants)
    assert "secret" not in repr((advice, refusals))
    assert len({one.name for one in advice}) == len(advice) <= 6
    assert {one.relation for one in advice}.isdisjoint(one.relation for one in refusals)
    for one in (*advice, *refusals):
        assert one.relation in (TABLE, "shop_customer")
        assert isinstance(one, Refusal) or (one.keys and len(one.name) <= 30 and one.reason)
