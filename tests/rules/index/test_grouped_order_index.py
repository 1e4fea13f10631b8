"""Tests of rules/index/grouped_order_index.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.rules.index.grouped_order_index import GroupedOrderIndex
from tests.rules.index.orders import GROUP, advise, columns, make_above, make_index, make_scan, make_schema

BY_STATUS = "((status)::text = …::text)"


def make_groups(*keys, consumer="Unique", condition=BY_STATUS, kept=5000):
    scan = make_scan(condition, kept=kept, removed=200_000 - kept)
    sort = make_above("Sort", scan, sort_key=keys or ("customer_id", "created DESC"), rows=kept)
    return make_above(consumer, sort, rows=100)


@pytest.mark.parametrize(
    ("consumer", "words"),
    [("Unique", "the first of each group"), ("WindowAgg", "a window over each partition")],
)
def test_groups_and_their_order_stand_behind_what_is_compared(consumer, words):
    (advice,) = advise(GroupedOrderIndex(), make_groups(consumer=consumer))
    assert columns(advice) == ["status", "customer", "-created"]
    assert advice.reason == (
        f"5,000 rows of shop_order are sorted for {words}: an index has them in that order."
    )


def test_a_list_of_groups_is_found_by_the_groups():
    (advice,) = advise(GroupedOrderIndex(), make_groups(condition="(customer_id = ANY (…))"))
    assert columns(advice) == ["customer", "-created"]


def test_sorted_parts_of_workers_are_one_order():
    scan = make_scan(BY_STATUS, kept=5000)
    sort = make_above("Sort", scan, sort_key=("customer_id", "created"))
    root = make_above("Unique", make_above("Gather Merge", sort))
    assert [columns(one) for one in advise(GroupedOrderIndex(), root)] == [["status", "customer", "created"]]


@pytest.mark.parametrize(("kept", "kind"), [(40_000, None), (40_001, "low-selectivity")])
def test_groups_of_most_rows_are_refused(kept, kind):
    (answer,) = advise(GroupedOrderIndex(), make_groups(kept=kept))
    assert getattr(answer, "kind", None) == kind


def test_the_first_groups_of_all_rows_are_read_in_order():
    root = make_above("Limit", make_groups(condition="", kept=200_000))
    assert [columns(one) for one in advise(GroupedOrderIndex(), root)] == [["customer", "-created"]]


@pytest.mark.parametrize(("kept", "count"), [(99, 0), (100, 1)])
def test_few_rows_are_sorted_soon(kept, count):
    assert len(advise(GroupedOrderIndex(), make_groups(kept=kept))) == count


@pytest.mark.parametrize("consumer", ["Limit", "Merge Join", "Aggregate"])
def test_other_consumers_ask_for_no_groups(consumer):
    assert advise(GroupedOrderIndex(), make_groups(consumer=consumer)) == []


@pytest.mark.parametrize("key", ["c.name", "(lower((code)::text))"])
def test_an_order_of_other_things_is_left_alone(key):
    assert advise(GroupedOrderIndex(), make_groups(key)) == []


def test_an_index_in_that_order_covers():
    schema = make_schema(make_index("status", "customer_id", "created DESC"))
    assert advise(GroupedOrderIndex(), make_groups(), schema=schema) == []
    schema = make_schema(make_index("status", "customer_id", "created"))
    assert len(advise(GroupedOrderIndex(), make_groups(), schema=schema)) == 1


def test_too_many_columns_make_no_index():
    assert advise(GroupedOrderIndex(max_columns=1), make_groups()) == []


def test_a_tiny_table_is_refused():
    (refusal,) = advise(GroupedOrderIndex(), make_groups(), schema=make_schema(pages=2))
    assert refusal.kind == "tiny-table"


FIRST_OF_EACH = (
    'SELECT DISTINCT ON ("customer_id") "customer_id", "created"{} FROM "shop_order" WHERE "status" = %s'
    ' ORDER BY "customer_id", "created" DESC'
)


def shapes(read, **more):
    group = replace(GROUP, sql=FIRST_OF_EACH.format(read))
    return [
        (columns(one), one.include) for one in advise(GroupedOrderIndex(), make_groups(), group=group, **more)
    ]


def test_what_else_is_read_of_many_rows_stands_beside_the_order():
    plain = (["status", "customer", "-created"], ())
    assert shapes(', "is_flagged", "sent"') == [plain, (plain[0], ("is_flagged", "sent"))]


@pytest.mark.parametrize("read", ["", ', "data"', ', "id", "code", "is_flagged", "sent", "data"'])
def test_nothing_stands_there_where_the_keys_are_enough_or_too_much_is_read(read):
    assert shapes(read) == [(["status", "customer", "-created"], ())]
