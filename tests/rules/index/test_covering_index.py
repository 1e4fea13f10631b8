"""Tests of rules/index/covering_index.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.plans.metrics import number_nodes
from queryscope.rules.index.candidate.aggregates import LONG_SORT
from queryscope.rules.index.covering_index import CoveringIndex
from queryscope.sql.resolve import Known
from queryscope.sql.statement import read_executed
from tests.builders import make_query_group, make_site
from tests.rules.index import records
from tests.rules.index.orders import (
    advise,
    columns,
    make_above,
    make_index,
    make_predicate,
    make_scan,
    make_schema,
    make_slow_plan,
    make_statement,
)

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


def test_the_end_of_a_column_needs_no_other_columns_beside_what_is_equal():
    sql = SUM.replace("SUM", "MAX")
    scan = make_scan(BY_CUSTOMER, kept=20_000, removed=180_000)
    assert cover(make_above("Aggregate", scan, output=("max(id)",)), sql=sql) == []
    scan = make_scan("(created > …)", kept=20_000, removed=180_000)
    sql = sql.replace('"customer_id" =', '"created" >')
    (advice,) = cover(make_above("Aggregate", scan, output=("max(id)",)), sql=sql)
    assert (columns(advice), advice.include) == (["created"], ("id",))


def test_rows_that_are_returned_are_asked_of_the_table_however_thin_an_index_is():
    root = make_scan(BY_CUSTOMER, kept=190_000, removed=10_000)
    assert cover(root, schema=make_schema(pages=50_000)) == []


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


def test_each_of_several_bounds_is_tried_as_the_last_key():
    sql = 'SELECT COUNT(*) FROM "shop_order" WHERE "shop_order"."created" > %s AND "shop_order"."sent" < %s'
    found = cover(make_sum("((created > …) AND (sent < …))"), sql=sql)
    assert [(columns(one), one.include) for one in found] == [
        (["created"], ("sent",)),
        (["sent"], ("created",)),
    ]
    rule = CoveringIndex(max_bounds=1)
    assert len(cover(make_sum("((created > …) AND (sent < …))"), sql=sql, rule=rule)) == 1


@pytest.mark.parametrize(("kept", "count"), [(99, 0), (100, 1), (110_000, 1), (110_001, 0)])
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


def test_an_index_that_begins_with_the_groups_does_not_find_what_is_compared():
    sql = SUM.replace("SELECT", 'SELECT "shop_order"."status",') + ' GROUP BY "shop_order"."status"'
    scan = make_scan(BY_CUSTOMER, kept=20_000, removed=180_000)
    root = make_above("Aggregate", scan, group_key=("status",))
    schema = make_schema(make_index("status", "customer_id", "id"))
    assert [columns(one) for one in cover(root, sql=sql, schema=schema)] == [["customer", "status"]]
    schema = make_schema(make_index("customer_id", "status", "id"))
    assert cover(root, sql=sql, schema=schema) == []


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


def test_so_is_that_of_a_test():
    schema = replace(make_schema(rows=400.0, pages=4), is_test_size=True)
    scan = make_scan(BY_CUSTOMER, kept=120, removed=280)
    assert cover(make_above("Aggregate", scan, rows=1), schema=schema) == []
    assert len(cover(make_above("Aggregate", scan, rows=1))) == 1


def test_a_text_that_is_found_by_its_beginning_is_held_with_the_rest():
    sql = SUM.replace('"customer_id" = %s', '"code" LIKE %s')
    group = make_query_group(
        fingerprint="f0", site=make_site("shop.Order", lookups=("code__startswith",)), sql=sql
    )
    scan = make_scan("((code)::text ~~ …::text)", kept=20_000, removed=180_000)
    rule, root = CoveringIndex(), make_above("Aggregate", scan, rows=1)
    (advice,) = advise(rule, root, group=group)
    assert [(key.column, key.opclass) for key in advice.keys] == [("code", "varchar_pattern_ops")]
    assert advice.include == ("id",)
    held = make_index("code", opclasses=("varchar_pattern_ops",), include=("id",))
    assert advise(rule, root, group=group, schema=make_schema(held)) == []
    narrow = make_index("code", opclasses=("varchar_pattern_ops",))
    assert len(advise(rule, root, group=group, schema=make_schema(narrow))) == 1


def of_customers(rows, *, sql=None, **more):
    """A table that is read whole, of which a join keeps so many rows."""
    parent = make_scan(relation_name="shop_customer", alias="c", kept=3, removed=4997)
    child = make_scan(kept=200_000, removed=0, **more)
    join = make_above("Hash Join", child, parent, rows=rows, hash_cond="(shop_order.customer_id = c.id)")
    return cover(
        join,
        sql=sql
        or 'SELECT "shop_order"."status" FROM "shop_order" '
        'INNER JOIN "shop_customer" c ON "shop_order"."customer_id" = c."id"',
    )


def test_what_is_read_of_the_few_rows_that_a_join_keeps_is_held_too():
    (advice,) = of_customers(2000)
    assert (columns(advice), advice.include) == (["customer"], ("status",))


@pytest.mark.parametrize(("rows", "count"), [(99, 0), (100, 1), (20_000, 1), (20_001, 0)])
def test_a_join_of_few_or_of_many_rows_is_left_alone(rows, count):
    assert len(of_customers(rows)) == count


def test_a_joined_table_of_which_all_is_read_is_left_alone():
    assert of_customers(2000, sql='SELECT "shop_order".* FROM "shop_order"') == []
    assert of_customers(2000, node_type="Index Scan", index_name="shop_order_pkey") == []


DISTINCT = 'SELECT COUNT(DISTINCT "shop_order"."code") FROM "shop_order" WHERE NOT "shop_order"."is_flagged"'


def in_order(*, sorting_ms=0.0, kept=190_000, removed=10_000, **more):
    """Most rows of a table, for an aggregate that wants them in the order of their codes."""
    scan = make_scan(
        "(NOT is_flagged)", kept=kept, removed=removed, actual_total_time_ms=100.0 - sorting_ms, **more
    )
    if sorting_ms:
        scan = make_above("Sort", scan, rows=kept, sort_key=("shop_order.code",), actual_total_time_ms=100.0)
    root = number_nodes(make_above("Aggregate", scan, rows=1, actual_total_time_ms=100.0))
    plan = make_slow_plan(root, execution_time_ms=100.0)
    schema = make_schema(make_index("code", name="by_code"))
    return cover(plan.root, sql=DISTINCT, plan=plan, schema=schema)


SORTING_MS = 100.0 * LONG_SORT


@pytest.mark.parametrize(("sorting_ms", "count"), [(SORTING_MS, 1), (SORTING_MS - 1, 0)])
def test_most_rows_are_held_in_the_order_that_they_are_sorted_in_for_long(sorting_ms, count):
    found = in_order(sorting_ms=sorting_ms)
    told = [(columns(one), one.predicate_django) for one in found]
    assert told == [(["code", "is_flagged"], ""), (["code"], "Q(is_flagged=False)")][: 2 * count]


@pytest.mark.parametrize(("blocks", "count"), [(6000, 1), (5999, 0)])
def test_an_order_for_which_pages_are_fetched_again_and_again_is_held_with_the_rest(blocks, count):
    found = in_order(
        node_type="Index Scan", index_name="by_code", shared_hit_blocks=blocks - 1, shared_read_blocks=1
    )
    told = [(columns(one), one.predicate_django) for one in found]
    assert told == [(["code", "is_flagged"], ""), (["code"], "Q(is_flagged=False)")][: 2 * count]


def test_few_rows_are_put_in_order_soon():
    assert len(in_order(sorting_ms=90.0, kept=10_000, removed=100)) == 2
    assert in_order(sorting_ms=90.0, kept=9_999, removed=100) == []


def test_rows_that_come_in_no_order_are_left_alone():
    assert in_order() == []


COUNTED = 'SELECT COUNT(*) FROM "shop_order" WHERE "shop_order"."customer_id" = %s AND {}'


def beside(tested, test, *, sql=None, **more):
    """What is said of a count of a customer's rows with another test."""
    found = cover(make_sum(f"({BY_CUSTOMER} AND {tested})"), sql=sql or COUNTED.format(test), **more)
    return [(columns(one), one.include, one.predicate_django) for one in found]


IS_NULL = ("(sent IS NULL)", '"shop_order"."sent" IS NULL')


def test_what_is_tested_without_a_value_may_be_the_condition_instead():
    assert beside(*IS_NULL) == [
        (["customer"], ("sent",), ""),
        (["customer"], (), "Q(sent__isnull=True)"),
    ]


def test_what_is_read_as_well_stays_in_the_index():
    sql = COUNTED.format(IS_NULL[1]).replace("COUNT(*)", 'MAX("shop_order"."sent")')
    assert beside(*IS_NULL, sql=sql) == [(["customer"], ("sent",), "")]


def test_so_does_what_is_compared_besides():
    both = "(sent IS NOT NULL) AND (sent < …)"
    test = '"shop_order"."sent" IS NOT NULL AND "shop_order"."sent" < %s'
    assert beside(both, test) == [(["customer", "sent"], (), "")]


IN_STATE = ("((status)::text = …::text)", '"shop_order"."status" = %s')
OPEN = make_statement(literals=(make_predicate("status", literal="'open'"),))


def test_a_state_of_the_source_may_be_the_condition_instead():
    assert beside(*IN_STATE, statement=OPEN) == [
        (["customer", "status"], (), ""),
        (["customer"], (), 'Q(status="open")'),
    ]
    assert beside(*IN_STATE) == [(["customer", "status"], (), "")]


def test_a_state_and_a_test_are_one_condition():
    both = f"{IN_STATE[0]} AND {IS_NULL[0]}"
    found = beside(both, f"{IN_STATE[1]} AND {IS_NULL[1]}", statement=OPEN)
    assert found == [
        (["customer", "status"], ("sent",), ""),
        (["customer", "status"], (), "Q(sent__isnull=True)"),
        (["customer"], (), 'Q(sent__isnull=True, status="open")'),
    ]


def test_a_state_that_is_read_or_compared_as_well_is_none():
    shown = COUNTED.format(IN_STATE[1]).replace("COUNT(*)", 'MAX("shop_order"."status")')
    assert [one[2] for one in beside(*IN_STATE, sql=shown, statement=OPEN)] == [""]
    twice = (f"{IN_STATE[0]} AND ((status)::text > …::text)", f'{IN_STATE[1]} AND "shop_order"."status" > %s')
    assert [one[2] for one in beside(*twice, statement=OPEN)] == [""]


def test_a_constant_among_many_values_is_no_state():
    code = ("((code)::text = …::text)", '"shop_order"."code" = %s')
    statement = make_statement(literals=(make_predicate("code", literal="'x'"),))
    assert [one[2] for one in beside(*code, statement=statement)] == [""]


def test_a_state_alone_is_left_to_partial_indexes():
    sql = SUM.replace('"customer_id"', '"status"')
    assert [one.predicate for one in cover(make_sum(IN_STATE[0]), sql=sql, statement=OPEN)] == [""]


def test_that_the_condition_is_bound_to_values_is_said():
    found = cover(
        make_sum(f"({BY_CUSTOMER} AND {IN_STATE[0]})"), sql=COUNTED.format(IN_STATE[1]), statement=OPEN
    )
    assert ["bound by the server" in one.reason for one in found] == [False, True]


def test_a_condition_that_an_index_has_is_not_built_again():
    index = make_index("customer_id", opclasses=("int8_ops",), predicate="sent IS NULL")
    assert beside(*IS_NULL, schema=make_schema(index)) == [(["customer"], ("sent",), "")]


TESTED = 'SELECT {} FROM "shop_order" WHERE "shop_order"."sent" IS {}'


@pytest.mark.parametrize(
    ("test", "django"), [("NULL", "Q(sent__isnull=True)"), ("NOT NULL", "Q(sent__isnull=False)")]
)
def test_rows_of_which_nothing_but_a_test_is_asked_are_those_of_the_index(test, django):
    found = cover(make_sum(f"(sent IS {test})"), sql=TESTED.format('SUM("shop_order"."id")', test))
    assert [(columns(one), one.include, one.predicate_django) for one in found] == [(["id"], (), django)]
    found = cover(make_sum(f"(sent IS {test})"), sql=TESTED.format('MAX("shop_order"."sent")', test))
    assert found == []


def test_two_tests_are_both_the_condition():
    sql = TESTED.format("COUNT(*)", 'NULL AND NOT "shop_order"."is_flagged"')
    (_, advice) = cover(make_sum("((sent IS NULL) AND (NOT is_flagged))"), sql=sql)
    assert (columns(advice), advice.predicate_django) == (["id"], "Q(is_flagged=False, sent__isnull=True)")


def test_groups_of_rows_of_which_nothing_but_a_test_is_asked_are_its_keys():
    sql = TESTED.format('"shop_order"."status", COUNT(*)', "NULL") + ' GROUP BY "shop_order"."status"'
    root = make_above(
        "Aggregate", make_scan("(sent IS NULL)", kept=70_000, removed=130_000), group_key=("status",)
    )
    (advice,) = cover(root, sql=sql)
    assert (columns(advice), advice.include) == (["status"], ())
    assert advice.predicate_django == "Q(sent__isnull=True)"


def test_what_a_subquery_reads_is_held_too():
    scan = make_scan("is_flagged", kept=7000, removed=193_000, alias="u0")
    parent = make_scan(relation_name="shop_customer", alias="shop_customer", kept=5000, removed=0)
    join = make_above("Hash Join", parent, scan, rows=600, hash_cond="(shop_customer.id = u0.customer_id)")
    sql = (
        'SELECT "shop_customer"."id", "shop_customer"."name" FROM "shop_customer" WHERE EXISTS('
        'SELECT 1 AS "a" FROM "shop_order" U0 '
        'WHERE (U0."customer_id" = ("shop_customer"."id") AND U0."is_flagged") LIMIT 1)'
    )
    found = [(columns(one), one.include, one.predicate_django) for one in cover(join, sql=sql)]
    assert (["is_flagged"], ("customer_id",), "") in found
    assert (["customer"], (), "Q(is_flagged=True)") in found


def test_columns_compared_with_each_other_are_a_condition_that_needs_neither():
    of = '"shop_order"."sent" > "shop_order"."created"'
    sql = f'SELECT COUNT(*) FROM "shop_order" WHERE {of} AND "shop_order"."customer_id" = %s'
    found = cover(make_sum(f"({BY_CUSTOMER} AND (sent > created))"), sql=sql)
    assert [(columns(one), one.include, one.predicate_django) for one in found] == [
        (["customer"], ("created", "sent"), ""),
        (["customer"], (), 'Q(sent__gt=F("created"))'),
    ]
    found = cover(make_sum("(sent > created)"), sql=f'SELECT COUNT(*) FROM "shop_order" WHERE {of}')
    assert [(columns(one), one.predicate_django) for one in found] == [(["id"], 'Q(sent__gt=F("created"))')]


def test_one_that_is_compared_otherwise_too_stays_in_the_index():
    of = '"shop_order"."sent" > "shop_order"."created"'
    sql = f'SELECT COUNT(*) FROM "shop_order" WHERE {of} AND "shop_order"."created" >= %s'
    found = cover(make_sum("((sent > created) AND (created >= …))"), sql=sql)
    assert [(columns(one), one.include, bool(one.predicate)) for one in found] == [
        (["created"], ("sent",), False),
        (["created"], (), True),
    ]


def test_an_expression_that_the_condition_is_about_is_no_key():
    sql = 'SELECT "archive_record"."name", "archive_record"."room" FROM "archive_record"'
    sql += ' WHERE UPPER_INF("archive_record"."during")'
    group = make_query_group(fingerprint="f0", site=make_site("archive.Record"), sql=sql)
    plan = make_slow_plan(records.scan("upper_inf(during)", kept=5000, removed=195_000))
    statement = read_executed(sql, (), Known())
    found = CoveringIndex().advise(group, plan, statement, records.make_schema(), records.MODELS)
    assert [(columns(one), one.include, one.predicate) for one in found] == [
        (['models.Func(models.F("during"), function="upper_inf")'], ("name", "during", "room"), ""),
        (["name"], ("room",), 'upper_inf("during")'),
    ]
