"""Tests of rules/index/join_index.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import Column, Field, Index, Models, Schema
from queryscope.rules.index.join_index import JoinIndex
from tests.rules.index.orders import (
    CUSTOMER,
    GROUP,
    ORDER,
    PRIMARY_KEY,
    columns,
    make_above,
    make_index,
    make_scan,
    make_slow_plan,
    make_statement,
    make_table,
)

NAMED = replace(CUSTOMER, fields=(*CUSTOMER.fields, Field(name="name", column="name", type="CharField")))
MODELS = Models(models=(ORDER, NAMED))
CUSTOMERS = make_table(
    name="shop_customer",
    rows=50_000.0,
    pages=400,
    columns=(
        Column(name="id", type="bigint", n_distinct=-1.0),
        Column(name="name", type="text", n_distinct=-1.0),
    ),
    indexes=(replace(PRIMARY_KEY, name="shop_customer_pkey"),),
)
BY_NAME = "((c.name)::text = …::text)"


def advise(root, *indexes: Index, customers=CUSTOMERS, rule=None):
    schema = Schema(server_version=180000, tables=(make_table(*indexes), customers))
    return list((rule or JoinIndex()).advise(GROUP, make_slow_plan(root), make_statement(), schema, MODELS))


def make_join(*, rows=5, condition=BY_NAME, kept=1, **more):
    """Orders hashed with the customers of a name."""
    orders = make_scan(kept=200_000, removed=0)
    found = make_scan(
        condition, relation_name="shop_customer", alias="c", kept=kept, removed=50_000 - kept, plan_rows=kept
    )
    values = {"hash_cond": "(shop_order.customer_id = c.id)", "rows": rows}
    return make_above("Hash Join", orders, make_above("Hash", found, rows=kept), **(values | more))


@pytest.mark.parametrize(
    ("condition", "kept", "expected"),
    [
        ("(created > …)", 2000, ["customer", "created"]),
        ("((code)::text = …::text)", 2000, ["customer", "code"]),
        ("((code)::text ~~ 'Abc%'::text)", 2000, ["customer", "code"]),
        ("(created > …)", 100_000, ["customer", "created"]),
        ("(created > …)", 100_001, ["customer"]),  # most rows pass: it would find no fewer
        ("(lower(code) <> …)", 2000, ["customer"]),  # no key finds that
        ("(customer_id > …)", 2000, ["customer"]),
    ],
)
def test_what_the_joined_table_compares_itself_stands_behind_what_leads_on(condition, kept, expected):
    orders = make_scan(condition, kept=kept, removed=200_000 - kept)
    found = make_scan(BY_NAME, relation_name="shop_customer", alias="c", kept=1, removed=49_999, plan_rows=1)
    join = make_above(
        "Hash Join",
        orders,
        make_above("Hash", found, rows=1),
        hash_cond="(shop_order.customer_id = c.id)",
        rows=1,
    )
    of_orders = [columns(one) for one in advise(join) if one.relation == "shop_order"]
    assert of_orders == [expected]


@pytest.mark.parametrize(
    ("condition", "indexes", "expected"),
    [
        ("(created > …)", ("customer_id",), [["customer", "created"], ["name"]]),
        ("((code)::text = …::text)", ("customer_id",), [["customer", "code"], ["name"]]),
        ("((code)::text ~~ 'Abc%'::text)", ("customer_id",), [["customer", "code"], ["name"]]),
        ("", ("customer_id",), []),  # each row that is found is asked for
        ("(lower(code) <> …)", ("customer_id",), []),
        ("(created > …)", ("customer_id", "created"), []),
    ],
)
def test_where_an_index_leads_on_that_is_left_alone_a_longer_one_needs_no_rows(condition, indexes, expected):
    orders = make_scan(condition, kept=190_000, removed=10_000)
    found = make_scan(
        BY_NAME, relation_name="shop_customer", alias="c", kept=300, removed=49_700, plan_rows=300
    )
    join = make_above(
        "Hash Join",
        orders,
        make_above("Hash", found, rows=300),
        hash_cond="(shop_order.customer_id = c.id)",
        rows=900,
    )
    assert sorted(columns(one) for one in advise(join, make_index(*indexes, name="there"))) == expected


@pytest.mark.parametrize(
    ("condition", "method", "opclass"),
    [
        ("((c.name)::text ~~ 'Abc%'::text)", "btree", "text_pattern_ops"),
        ("((c.name)::text ~~ '%Abc%'::text)", "gin", "gin_trgm_ops"),
    ],
)
def test_the_filter_may_want_an_index_of_another_kind(condition, method, opclass):
    first, second = advise(make_join(condition=condition))
    assert [(one.relation, one.method) for one in (first, second)] == [
        ("shop_customer", method),
        ("shop_order", "btree"),
    ]
    assert first.keys[0].opclass == opclass
    assert (first.together, second.together) == ((second.name,), (first.name,))


def test_a_filter_that_no_index_finds_begins_no_set():
    assert advise(make_join(condition="((c.name)::text ~~ '%ab%'::text)")) == []


def test_the_filter_and_the_column_that_leads_on_are_one_set():
    first, second = advise(make_join())
    assert [(one.relation, columns(one)) for one in (first, second)] == [
        ("shop_customer", ["name"]),
        ("shop_order", ["customer"]),
    ]
    assert (first.together, second.together) == ((second.name,), (first.name,))
    assert second.reason == ("200,000 rows of shop_order are read to join them by customer_id.")


def test_a_filter_that_is_served_leaves_the_other_column():
    customers = replace(CUSTOMERS, indexes=(*CUSTOMERS.indexes, make_index("name")))
    (advice,) = advise(make_join(), customers=customers)
    assert (columns(advice), advice.together) == (["customer"], ())


def test_a_column_that_is_served_leaves_no_set():
    assert advise(make_join(), make_index("customer_id")) == []


@pytest.mark.parametrize(("rows", "count"), [(20_000, 2), (20_001, 0)])
def test_a_join_that_keeps_much_is_left_alone(rows, count):
    assert len(advise(make_join(rows=rows))) == count


def test_rows_that_another_condition_of_the_join_drops_count_as_joined():
    join = make_join(join_filter="(shop_order.created > c.id)", rows_removed_by_join_filter=50_000.0)
    assert advise(join) == []


@pytest.mark.parametrize("condition", ["", "(c.name <> …)"])
def test_without_a_filter_that_a_btree_serves_there_is_no_set(condition):
    assert advise(make_join(condition=condition)) == []


def test_a_filter_that_keeps_much_starts_no_join():
    assert advise(make_join(kept=20_000)) == []


def test_a_tiny_table_needs_no_index_to_be_where_a_join_begins():
    tiny = replace(CUSTOMERS, rows=60.0, pages=1)
    (advice,) = advise(make_join(), customers=tiny)
    assert columns(advice) == ["customer"]


def make_page(*keys, rows=20, **more):
    """The first orders in some order of their customers."""
    customers = make_scan(relation_name="shop_customer", alias="c", kept=50_000, removed=0)
    join = make_above(
        "Hash Join",
        make_scan(kept=200_000, removed=0),
        make_above("Hash", customers, rows=50_000),
        hash_cond="(shop_order.customer_id = c.id)",
        rows=200_000,
    )
    sort = make_above("Sort", join, sort_key=keys or ("c.name",), rows=rows)
    return make_above("Limit", sort, rows=rows, **more)


def test_the_first_rows_in_the_order_of_another_table_take_both():
    first, second = advise(make_page())
    assert [(one.relation, columns(one)) for one in (first, second)] == [
        ("shop_customer", ["name"]),
        ("shop_order", ["customer"]),
    ]
    assert first.together == (second.name,)


def test_what_is_served_of_an_order_is_left_out():
    customers = replace(CUSTOMERS, indexes=(*CUSTOMERS.indexes, make_index("name")))
    assert [columns(one) for one in advise(make_page(), customers=customers)] == [["customer"]]
    assert advise(make_page(), make_index("customer_id")) == []


@pytest.mark.parametrize(("rows", "count"), [(1000, 2), (1001, 0)])
def test_a_long_page_reads_all(rows, count):
    assert len(advise(make_page(rows=rows))) == count


def test_an_order_of_the_table_itself_leads_to_no_other():
    assert advise(make_page("shop_order.created")) == []


def test_the_size_of_a_set_is_bounded():
    assert len(advise(make_join(), rule=JoinIndex(max_indexes=1))) == 1


def test_a_scan_that_an_index_leads_to_is_no_step():
    inner = make_scan(node_type="Index Scan", index_cond="(shop_order.customer_id = c.id)", removed=0)
    found = make_scan(BY_NAME, relation_name="shop_customer", alias="c", kept=1, removed=49_999)
    assert advise(make_above("Nested Loop", found, inner), make_index("customer_id")) == []


def make_exists(*, rows=40, condition="(code = …)", kept=20_000):
    """The customers, of whom there are few, that have an order of a kind."""
    orders = make_scan(condition, kept=kept, removed=200_000 - kept)
    customers = make_scan("", relation_name="shop_customer", alias="c", kept=rows, removed=0, plan_rows=rows)
    return make_above(
        "Hash Join",
        orders,
        make_above("Hash", customers, rows=rows),
        hash_cond="(shop_order.customer_id = c.id)",
        join_type="Right Semi",
        rows=rows,
    )


def test_each_row_of_a_short_table_asks_for_one_of_another():
    few = replace(CUSTOMERS, rows=40.0, pages=1)
    (advice,) = advise(make_exists(), customers=few)
    assert (advice.relation, columns(advice), advice.together) == ("shop_order", ["customer", "code"], ())
    assert advise(make_exists(), make_index("customer_id", "code"), customers=few) == []


def test_a_long_table_without_a_condition_leads_nowhere():
    assert advise(make_exists(rows=1001)) == []


@pytest.mark.parametrize(
    ("distinct", "expected"),
    [((200.0, 5000.0), ["code", "customer"]), ((5000.0, 200.0), ["customer", "code"])],
)
def test_what_joins_by_two_columns_is_found_by_both_the_one_first_that_tells_more(distinct, expected):
    customers, codes = distinct
    orders = make_scan(kept=200_000, removed=0)
    found = make_scan(BY_NAME, relation_name="shop_customer", alias="c", kept=1, removed=49_999, plan_rows=1)
    both = "((shop_order.customer_id = c.id) AND ((shop_order.code)::text = (c.name)::text))"
    join = make_above("Hash Join", orders, make_above("Hash", found, rows=1), hash_cond=both, rows=5)
    table = make_table()
    known = {"customer_id": customers, "code": codes}
    columns_ = tuple(replace(one, n_distinct=known.get(one.name, one.n_distinct)) for one in table.columns)
    schema = Schema(server_version=180000, tables=(replace(table, columns=columns_), CUSTOMERS))
    answers = list(JoinIndex().advise(GROUP, make_slow_plan(join), make_statement(), schema, MODELS))
    (advice,) = [one for one in answers if one.relation == "shop_order"]
    assert columns(advice) == expected


@pytest.mark.parametrize(("kept", "count"), [(1000, 2), (999, 0)])
def test_many_rows_that_an_index_finds_for_a_join_to_drop_are_read_for_nothing(kept, count):
    orders = make_scan(node_type="Index Scan", index_name="by_created", kept=kept, removed=0)
    found = make_scan(BY_NAME, relation_name="shop_customer", alias="c", kept=1, removed=49_999, plan_rows=1)
    join = make_above("Hash Join", orders, found, rows=1, hash_cond="(shop_order.customer_id = c.id)")
    assert len(advise(join, make_index("created", name="by_created"))) == count
