"""Tests of rules/index/order_limit_index.py."""

from __future__ import annotations

import pytest

from queryscope.model import Column, Refusal
from queryscope.rules.index.order_limit_index import OrderLimitIndex
from queryscope.sql.statement import SortKey, read_statement
from tests.builders import make_query_group, make_site
from tests.rules.index.orders import (
    COLUMNS,
    TABLE,
    advise,
    columns,
    make_above,
    make_index,
    make_scan,
    make_schema,
    make_sort_key,
    make_statement,
)

BY_STATUS = "((shop_order.status)::text = …::text)"


def make_page(*keys, condition=BY_STATUS, kept=5000, rows=10, sorted_rows=None, **more):
    """Limit over Sort over a scan."""
    scan = make_scan(condition, kept=kept, removed=200_000 - kept)
    sort = make_above("Sort", scan, rows=sorted_rows or rows, sort_key=keys or ("shop_order.created DESC",))
    return make_above("Limit", sort, rows=rows, **more)


def test_equality_columns_come_before_the_order():
    (advice,) = advise(OrderLimitIndex(), make_page())
    assert columns(advice) == ["status", "-created"]
    assert advice.rule == "order-limit-index"
    assert advice.reason == (
        "The query reads 200,000 of 200,000 rows of shop_order to return the first ones in order."
    )


def test_two_equalities_and_the_order():
    page = make_page(condition=f"({BY_STATUS} AND (customer_id = …))")
    (advice,) = advise(OrderLimitIndex(), page)
    assert columns(advice) == ["customer", "status", "-created"]


def test_an_order_alone_is_enough():
    (advice,) = advise(OrderLimitIndex(), make_page(condition="", kept=200_000))
    assert columns(advice) == ["-created"]


@pytest.mark.parametrize(("pages", "count"), [(2100, 1), (1900, 0)])
def test_many_short_walks_through_an_index_in_another_order_are_a_question(pages, count):
    """The last order of each of a hundred customers, by an index of all orders in time."""
    sql = (
        'SELECT (SELECT "created" FROM "shop_order" WHERE "customer_id" = c.id'
        ' ORDER BY "created" DESC LIMIT 1) FROM "shop_customer" c'
    )
    walk = make_scan(
        node_type="Index Scan",
        index_name="in_time",
        index_cond="(customer_id = c.id)",
        kept=1,
        removed=0,
        actual_loops=100.0,
        shared_hit_blocks=pages,
    )
    answers = advise(
        OrderLimitIndex(),
        make_above("Limit", walk, rows=1, actual_loops=100.0),
        statement=read_statement(sql),
        schema=make_schema(make_index("created", "customer_id", name="in_time")),
    )
    assert [columns(one) for one in answers] == [["customer", "-created"]] * count


def test_mixed_directions_and_nulls_are_kept():
    (advice,) = advise(OrderLimitIndex(), make_page("shop_order.sent DESC NULLS LAST", "shop_order.id"))
    assert columns(advice) == ["status", "-sent", "id"]
    assert [key.nulls for key in advice.keys] == ["", "last", ""]


def test_a_column_that_is_both_compared_and_sorted_stands_once():
    (advice,) = advise(OrderLimitIndex(), make_page("shop_order.status", "shop_order.created"))
    assert columns(advice) == ["status", "created"]


def test_a_walk_along_the_wrong_index_takes_its_order_from_the_statement():
    walk = make_scan(BY_STATUS, node_type="Index Scan", index_name="by_created", kept=10, removed=60_000)
    statement = make_statement(order=(make_sort_key("created", is_descending=True),), has_limit=True)
    schema = make_schema(make_index("created", name="by_created"))
    (advice,) = advise(OrderLimitIndex(), make_above("Limit", walk), statement=statement, schema=schema)
    assert columns(advice) == ["status", "-created"]
    assert advice.replaces == ()


def test_a_subquery_has_its_own_order():
    sql = (
        'SELECT "shop_customer"."id", (SELECT U0."id" FROM "shop_order" U0 WHERE U0."customer_id" = '
        '("shop_customer"."id") ORDER BY U0."created" DESC LIMIT 1) AS "newest" FROM "shop_customer" '
        'ORDER BY "shop_customer"."id" ASC LIMIT 20'
    )
    walk = make_scan(
        '("U0".customer_id = shop_customer.id)',
        node_type="Index Scan",
        alias="U0",
        index_name="by_created",
        kept=1,
        removed=60_000,
        actual_loops=20.0,
    )
    found = advise(OrderLimitIndex(), make_above("Limit", walk), statement=read_statement(sql))
    assert [columns(advice) for advice in found] == [["customer", "-created"]]


def test_a_list_of_values_is_tried_before_the_order_and_without():
    page = make_page(condition="(customer_id = ANY (…))", kept=50_000)
    found = advise(OrderLimitIndex(), page)
    assert [columns(advice) for advice in found] == [
        ["customer", "-created"],
        ["-created"],
        ["-created", "customer"],
    ]


@pytest.mark.parametrize(
    ("condition", "kept", "count"),
    [
        ("((created)::date = …)", 40_000, 0),
        ("((created)::date <> …)", 40_000, 0),
        ("((created > …) OR (created < …))", 40_000, 0),
        ("((sent < …) OR (created < …))", 40_000, 1),
        ("((sent < …) OR ((created)::date = …))", 1999, 0),
        ("((sent < …) OR (code ~~ …))", 2000, 1),
        ("((sent < …) OR (code ~~ …))", 1999, 0),
        ("(code <> …)", 40_001, 1),
        ("(code <> …)", 2000, 1),
        ("(code <> …)", 1999, 0),
        ("(customer_id = ANY (…))", 2000, 1),
        ("(customer_id = ANY (…))", 1999, 0),
        ("(created < …)", 500, 1),
        ("(sent < …)", 2000, 1),
        ("(sent < …)", 1999, 0),
    ],
)
def test_the_order_alone_is_not_indexed_where_most_rows_would_be_passed_over(condition, kept, count):
    found = advise(OrderLimitIndex(), make_page(condition=condition, kept=kept))
    assert [columns(advice) for advice in found].count(["-created"]) == count


@pytest.mark.parametrize(("kept", "found"), [(200, [["-created", "sent"]]), (199, [])])
def test_behind_the_order_a_bound_is_compared_in_the_index_ten_times_as_far(kept, found):
    page = make_page(condition="(sent < …)", kept=kept)
    assert [columns(advice) for advice in advise(OrderLimitIndex(), page)] == found


@pytest.mark.parametrize(("kept", "found"), [(200, [["-created", "sent"]]), (199, [])])
def test_a_bound_of_a_later_column_of_the_order_is_compared_in_the_index_too(kept, found):
    page = make_page("shop_order.created DESC", "shop_order.sent", condition="(sent < …)", kept=kept)
    assert [columns(advice) for advice in advise(OrderLimitIndex(), page)] == found


def test_so_is_the_beginning_of_a_text_behind_the_order():
    site = make_site("shop.Order", lookups=("code__startswith",))
    page = make_page(condition="((code)::text ~~ …::text)", kept=200)
    found = advise(OrderLimitIndex(), page, group=make_query_group(fingerprint="f0", site=site))
    assert [[(key.column, key.opclass) for key in advice.keys] for advice in found] == [
        [("created", ""), ("code", "varchar_pattern_ops")]
    ]


@pytest.mark.parametrize("is_sorted", [False, True])
def test_rows_dropped_along_an_index_in_that_order_are_passed_in_it_however_many(is_sorted):
    walk = make_scan("(sent < …)", node_type="Index Scan", index_name="by_created", kept=50, removed=150_000)
    top = make_above("Sort", walk, rows=50, sort_key=("created DESC",)) if is_sorted else walk
    found = advise(
        OrderLimitIndex(),
        make_above("Limit", top),
        statement=make_statement(order=(make_sort_key("created", is_descending=True),), has_limit=True),
        schema=make_schema(make_index("created", name="by_created")),
    )
    assert [columns(advice) for advice in found] == ([] if is_sorted else [["-created", "sent"]])


def test_behind_what_is_equal_and_the_order_too():
    page = make_page(condition=f"({BY_STATUS} AND (sent < …) AND (customer_id = ANY (…)))")
    assert [columns(advice) for advice in advise(OrderLimitIndex(), page)] == [
        ["status", "customer", "-created"],
        ["status", "-created"],
        ["status", "-created", "sent", "customer"],
    ]


def test_a_bound_of_the_order_itself_stands_once():
    page = make_page(condition="((created < …) AND (sent < …))")
    found = [columns(advice) for advice in advise(OrderLimitIndex(), page)]
    assert found == [["-created"], ["-created", "sent"]]


def test_an_index_that_has_the_bound_behind_the_order_is_enough():
    schema = make_schema(make_index("status", "created DESC", "sent", name="there"))
    page = make_page(condition=f"({BY_STATUS} AND (sent < …))")
    assert [
        one for one in advise(OrderLimitIndex(), page, schema=schema) if not isinstance(one, Refusal)
    ] == []


@pytest.mark.parametrize(("removed", "count"), [(999, 0), (1000, 1)])
def test_fewer_than_a_thousand_rows_are_not_worth_it(removed, count):
    walk = make_scan(BY_STATUS, node_type="Index Scan", kept=10, removed=removed)
    statement = make_statement(order=(make_sort_key("created"),), has_limit=True)
    assert len(advise(OrderLimitIndex(), make_above("Limit", walk), statement=statement)) == count


def test_a_random_order_is_refused():
    (refusal,) = advise(OrderLimitIndex(), make_page("(random())", condition="", kept=200_000))
    assert (refusal.kind, refusal.relation) == ("random-order", TABLE)
    assert "200,000 rows" in refusal.reason


def test_a_random_order_is_seen_in_the_statement_too():
    walk = make_scan("", kept=5000, removed=5000)
    key = SortKey(table=TABLE, column="", expression="RANDOM()")
    (refusal,) = advise(OrderLimitIndex(), make_above("Limit", walk), statement=make_statement(order=(key,)))
    assert refusal.kind == "random-order"


def test_a_deep_offset_is_refused_with_its_depth():
    (refusal,) = advise(OrderLimitIndex(), make_page(rows=10, sorted_rows=150_010))
    assert refusal.kind == "deep-offset"
    assert refusal.reason == "OFFSET skips 150,000 rows to return 10: page by key instead."


@pytest.mark.parametrize(("rows", "deep"), [(2000, False), (2001, True)])
def test_a_hundredth_of_the_table_is_passed_in_order_in_a_moment(rows, deep):
    (answer,) = advise(OrderLimitIndex(), make_page(rows=10, sorted_rows=rows))
    assert isinstance(answer, Refusal) is deep


def test_a_shallow_offset_is_not():
    assert columns(advise(OrderLimitIndex(), make_page(rows=10, sorted_rows=60))[0]) == ["status", "-created"]


def test_a_sort_of_everything_is_refused():
    sort = make_above("Sort", make_scan(kept=200_000, removed=0), sort_key=("created",), rows=200_000)
    statement = make_statement(order=(make_sort_key("created"),))
    (refusal,) = advise(OrderLimitIndex(), sort, statement=statement)
    assert (refusal.kind, "200,000 rows" in refusal.reason) == ("full-sort", True)


def test_a_sort_for_groups_or_a_join_is_not_the_order_of_the_query():
    sort = make_above("Sort", make_scan(kept=200_000, removed=0), sort_key=("created",), rows=200_000)
    ordered = make_statement(order=(make_sort_key("created"),))
    assert advise(OrderLimitIndex(), sort) == []
    grouped = make_statement(order=(make_sort_key("created"),), is_aggregate=True)
    assert advise(OrderLimitIndex(), sort, statement=grouped) == []
    groups = make_above("Limit", make_above("Aggregate", sort))
    assert advise(OrderLimitIndex(), groups, statement=ordered) == []
    merge = make_above("Limit", make_above("Merge Join", sort))
    assert advise(OrderLimitIndex(), merge, statement=make_statement()) == []


@pytest.mark.parametrize("existing", [("status", "created DESC"), ("status", "created")])
def test_an_index_in_either_direction_covers(existing):
    (refusal,) = advise(
        OrderLimitIndex(), make_page(), schema=make_schema(make_index(*existing, name="both"))
    )
    assert isinstance(refusal, Refusal)
    assert (refusal.kind, refusal.reason.split(" ")[0]) == ("covered", "both")


def test_an_order_with_other_nulls_does_not_cover():
    schema = make_schema(make_index("status", "created DESC NULLS LAST"))
    assert columns(advise(OrderLimitIndex(), make_page(), schema=schema)[0]) == ["status", "-created"]


def test_a_shorter_index_is_replaced():
    schema = make_schema(make_index("status", name="by_status"))
    assert advise(OrderLimitIndex(), make_page(), schema=schema)[0].replaces == ("by_status",)


@pytest.mark.parametrize("key", ["c.name", "(upper((shop_order.code)::text))", "shop_order.gone"])
def test_an_order_by_other_tables_or_expressions_is_left_alone(key):
    assert advise(OrderLimitIndex(), make_page(key)) == []


def test_an_order_of_groups_is_none_of_the_rows():
    grouped = make_above("Aggregate", make_scan(BY_STATUS, kept=5000), rows=50)
    page = make_above("Limit", make_above("Sort", grouped, sort_key=("created",)))
    assert advise(OrderLimitIndex(), page) == []


def test_a_tiny_table_is_refused():
    (refusal,) = advise(OrderLimitIndex(), make_page(), schema=make_schema(pages=9))
    assert refusal.kind == "tiny-table"


def test_too_many_columns_make_no_index():
    assert advise(OrderLimitIndex(max_columns=1), make_page()) == []


def test_a_column_with_a_collation_of_its_own_is_sorted_by_it():
    code = Column(name="code", type="character varying(20)", n_distinct=-1.0, collation="C.utf8")
    schema = make_schema(columns=tuple(code if one.name == "code" else one for one in COLUMNS))
    (advice,) = advise(OrderLimitIndex(), make_page('shop_order.code COLLATE "C.utf8"'), schema=schema)
    assert columns(advice) == ["status", "code"]


def test_another_collation_than_the_columns_own_is_no_order_of_its_index():
    assert advise(OrderLimitIndex(), make_page('shop_order.code COLLATE "C.utf8"')) == []


PAGE = (
    'SELECT "created", "is_flagged"{} FROM "shop_order" WHERE "status" = %s ORDER BY "created" DESC LIMIT 100'
)


def included(root, read="", **more):
    group = make_query_group(fingerprint="f0", site=make_site("shop.Order"), sql=PAGE.format(read))
    return [one.include for one in advise(OrderLimitIndex(), root, group=group, **more)]


@pytest.mark.parametrize(("rows", "found"), [(100, [(), ("is_flagged",)]), (99, [()])])
def test_a_long_page_finds_all_that_is_read_in_the_index(rows, found):
    assert included(make_page(rows=rows)) == found


def test_rows_that_an_offset_skips_are_read_too():
    assert included(make_page(rows=10, sorted_rows=110)) == [(), ("is_flagged",)]


def test_many_short_pages_are_a_long_one():
    """The newest of each of a hundred."""
    assert included(make_page(rows=1, actual_loops=100.0)) == [(), ("is_flagged",)]
    assert included(make_page(rows=1, actual_loops=99.0)) == [()]


def test_more_than_an_index_may_hold_is_read_in_the_table():
    assert included(make_page(rows=100), ', "data"') == [()]
    assert included(make_page(rows=100), ', "id", "code", "sent", "customer_id"') == [()]


def test_rows_that_are_locked_are_read_in_the_table():
    page = make_page(rows=100)
    locked = make_above("Limit", make_above("LockRows", page.children[0], rows=100), rows=100)
    assert included(locked) == [()]
