"""Tests of rules/index/covering_index.py."""

from __future__ import annotations

import pytest

from queryscope.rules.index.covering_index import CoveringIndex
from tests.builders import make_query_group, make_site
from tests.rules.index.orders import advise, columns, make_above, make_index, make_scan, make_schema

BY_CUSTOMER = "(customer_id = …)"
SUM = 'SELECT SUM("shop_order"."id") AS "s" FROM "shop_order" WHERE "shop_order"."customer_id" = %s'


def asked(sql=SUM):
    return make_query_group(fingerprint="f0", site=make_site("shop.Order"), sql=sql)


def make_sum(condition=BY_CUSTOMER, *, kept=20_000, **more):
    scan = make_scan(condition, kept=kept, removed=200_000 - kept, **more)
    return make_above("Aggregate", scan, rows=1)


def cover(root, *, sql=SUM, **more):
    return advise(more.pop("rule", CoveringIndex()), root, group=asked(sql), **more)


def test_columns_that_are_read_stand_beside_those_that_are_compared():
    (advice,) = cover(make_sum())
    assert (columns(advice), advice.include) == (["customer"], ("id",))
    assert advice.reason == (
        "The query keeps 20,000 rows of shop_order and reads no column but customer_id, id: an index that "
        "holds them is all it reads, as far as VACUUM has passed since rows were written."
    )


def test_a_count_needs_no_more_than_what_is_compared():
    sql = 'SELECT COUNT(*) AS "n" FROM "shop_order" WHERE "shop_order"."customer_id" = %s'
    (advice,) = cover(make_sum(), sql=sql)
    assert (columns(advice), advice.include) == (["customer"], ())


def test_what_may_be_too_long_for_an_index_is_not_held():
    for column, count in (("code", 1), ("data", 0)):
        sql = SUM.replace('SUM("shop_order"."id")', f'COUNT("shop_order"."{column}")')
        assert len(cover(make_sum(), sql=sql)) == count


def test_groups_stand_behind_what_is_compared():
    sql = SUM.replace("SELECT", 'SELECT "shop_order"."status",') + ' GROUP BY "shop_order"."status"'
    root = make_above(
        "Aggregate", make_scan(BY_CUSTOMER, kept=20_000, removed=180_000), group_key=("status",)
    )
    (advice,) = cover(root, sql=sql)
    assert (columns(advice), advice.include) == (["customer", "status"], ("id",))


def test_a_bound_is_the_last_key():
    sql = SUM + ' AND "shop_order"."created" > %s'
    (advice,) = cover(make_sum(f"({BY_CUSTOMER} AND (created > …))"), sql=sql)
    assert columns(advice) == ["customer", "created"]


@pytest.mark.parametrize(("kept", "count"), [(999, 0), (1000, 1), (70_000, 1), (70_001, 0)])
def test_an_aggregate_of_few_or_of_most_rows_is_left_alone(kept, count):
    assert len(cover(make_sum(kept=kept))) == count


@pytest.mark.parametrize(("kept", "count"), [(40_000, 1), (40_001, 0)])
def test_rows_that_are_returned_must_be_fewer(kept, count):
    sql = 'SELECT "shop_order"."id" FROM "shop_order" WHERE "shop_order"."customer_id" = %s'
    assert len(cover(make_scan(BY_CUSTOMER, kept=kept, removed=200_000 - kept), sql=sql)) == count


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT * FROM "shop_order" WHERE "shop_order"."customer_id" = %s',
        'SELECT "shop_order"."gone" FROM "shop_order" WHERE "shop_order"."customer_id" = %s',
        "SELECT 1",
        "",
    ],
)
def test_what_is_read_must_be_known(sql):
    assert cover(make_sum(), sql=sql) == []


def test_many_or_wide_columns_are_not_held():
    assert cover(make_sum(), rule=CoveringIndex(max_include=0)) == []
    assert cover(make_sum(), rule=CoveringIndex(max_width=7)) == []


def test_an_index_that_holds_them_covers():
    schema = make_schema(make_index("customer_id", include=("id",)))
    assert cover(make_sum(), schema=schema) == []
    schema = make_schema(make_index("customer_id", "status", "id"))
    assert cover(make_sum(), schema=schema) == []


def test_a_shorter_index_is_replaced():
    (advice,) = cover(make_sum(), schema=make_schema(make_index("customer_id", name="short")))
    assert advice.replaces == ("short",)


def test_an_index_scan_of_many_rows_is_widened():
    scan = make_scan("", node_type="Index Scan", index_cond=BY_CUSTOMER, kept=20_000, removed=0)
    schema = make_schema(make_index("customer_id"))
    (advice,) = cover(make_above("Aggregate", scan), schema=schema)
    assert advice.include == ("id",)


def test_an_index_that_is_all_that_is_read_is_left_alone():
    scan = make_scan("", node_type="Index Only Scan", index_cond=BY_CUSTOMER, kept=20_000, removed=0)
    assert cover(make_above("Aggregate", scan)) == []


def test_rows_that_are_locked_take_the_table():
    assert cover(make_above("LockRows", make_scan(BY_CUSTOMER, kept=20_000))) == []


def test_without_a_condition_there_is_nothing_to_find():
    sql = 'SELECT SUM("shop_order"."id") FROM "shop_order"'
    assert cover(make_sum("", kept=60_000), sql=sql) == []


def test_a_tiny_table_is_silent():
    assert cover(make_sum(), schema=make_schema(pages=2)) == []
