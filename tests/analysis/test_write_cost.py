"""What an index costs the writes of a run."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.analysis.write_cost import columns_of, cost_in_words, hot_updates, writes_of
from queryscope.model import (
    AccessKind,
    Field,
    Index,
    IndexAdvice,
    IndexKey,
    Model,
    QueryGroup,
    Table,
)
from tests.builders import make_access, make_frame, make_models, make_query_group, make_site, make_trace

ORDER = Model(
    label="shop.Order",
    table="shop_order",
    fields=(
        Field(name="id", column="id", type="BigAutoField", is_primary=True),
        Field(name="status", column="status", type="CharField"),
        Field(name="customer", column="customer_id", type="ForeignKey", target="shop.Customer"),
        Field(name="changed", column="changed", type="DateTimeField", has_pre_save=True),
    ),
)
ALL = 'UPDATE "shop_order" SET "status" = %s, "customer_id" = %s, "changed" = %s WHERE "id" = %s'
STATUS = 'UPDATE "shop_order" SET "status" = %s WHERE "id" = %s'
INSERT = 'INSERT INTO "shop_order" ("status") VALUES (…) RETURNING "id"'


def write(sql: str, rows: int | None, method: str = "update", **more: Any) -> QueryGroup:
    access = make_access(AccessKind.WRITE, model="shop.Order", method=method)
    kind = sql.partition(" ")[0].lower()
    return make_query_group(**({"sql": sql, "kind": kind, "rows": rows, "access": access} | more))


def index(*columns: str, **more: Any) -> IndexAdvice:
    keys = tuple(IndexKey(column=column) for column in columns)
    values: dict[str, Any] = {"relation": "shop_order", "model": "shop.Order", "method": "btree", "name": "x"}
    return IndexAdvice(**(values | {"keys": keys} | more))


def cost(
    advice: IndexAdvice, *groups: QueryGroup, indexes: tuple[Index, ...] = (), version: int = 180000
) -> str:
    writes = writes_of([make_trace(*groups)], make_models(ORDER)).get("shop_order")
    table = Table(schema="public", name="shop_order", rows=1000, pages=9, indexes=indexes)
    return cost_in_words(advice, writes, hot_updates(advice, writes, table, version), ORDER)


def test_an_update_of_a_key_ends_hot_updates():
    assert cost(index("status"), write(STATUS, 412)) == (
        "Ends HOT updates for Order.status, updated 412 times in this run."
    )


@pytest.mark.parametrize(
    "advice",
    [
        index("customer_id", include=("status",)),
        index("customer_id", predicate="\"status\" = 'open'"),
        index(keys=(IndexKey(expression='UPPER("status")'),)),
        index("status", method="gin"),
    ],
)
def test_a_column_counts_wherever_it_stands_in_the_index(advice):
    assert "Ends HOT updates for Order.status, updated 7 times" in cost(advice, write(STATUS, 7))


def test_other_columns_stay_hot():
    assert cost(index("customer_id"), write(STATUS, 412)) == "No write of this run costs more with it."


def test_brin_keeps_hot_updates_since_16():
    assert "Ends HOT" not in cost(index("status", method="brin"), write(STATUS, 9))
    assert "Ends HOT" in cost(index("status", method="brin"), write(STATUS, 9), version=150000)


def test_a_save_of_all_columns_may_change_nothing():
    assert cost(index("status"), write(ALL, 30, "save")) == (
        "Order.status was written along with others 30 times in this run, by save() or ON CONFLICT: where "
        "that changes it, the update is HOT no longer."
    )
    assert cost(index("status"), write(ALL, 30, "save"), write(STATUS, 2)) == (
        "Ends HOT updates for Order.status, updated 2 times in this run, and written along with others 30 "
        "times."
    )


def test_what_update_fields_name_or_the_save_itself_fills_is_changed():
    assert cost(index("status"), write(STATUS, 1, "save")).startswith("Ends HOT updates for Order.status")
    assert cost(index("changed"), write(ALL, 3, "save")).startswith("Ends HOT updates for Order.changed")
    assert cost(index("status"), write(ALL, 3, "update")).startswith("Ends HOT updates for Order.status")
    assert cost(index("status"), write(ALL, 3, access=None)).startswith("Ends HOT updates for Order.status")


def test_where_updates_are_not_hot_already_each_writes_an_entry():
    taken = Index(name="s", method="btree", keys=("status DESC",))
    assert cost(index("customer_id"), write(STATUS, 5), indexes=(taken,)) == (
        "An entry more for 5 rows updated, of which no update is HOT now."
    )
    free = Index(name="s", method="brin", keys=("status",))
    assert "costs more" in cost(index("customer_id"), write(STATUS, 5), indexes=(free,))


def test_inserts_are_counted_beside():
    told = cost(index("status"), write(INSERT, 90, "create"), write(STATUS, 1))
    assert told == (
        "Ends HOT updates for Order.status, updated once in this run. 90 rows inserted in this run: an entry "
        "more for each."
    )
    partial = index("customer_id", predicate='"status" IS NULL')
    assert "those of them that meet its condition" in cost(partial, write(INSERT, 1, "create"))


def test_gin_costs_inserts_more():
    assert "several times that of a btree" in cost(index("status", method="gin"), write(INSERT, 3))
    known = index("status", method="gin", write_cost="Every text is cut into trigrams.")
    assert cost(known, write(INSERT, 3)).endswith("for each. Every text is cut into trigrams.")


def test_a_row_that_may_be_updated_instead_of_inserted_is_no_sure_update():
    sql = 'INSERT INTO "shop_order" VALUES (…) ON CONFLICT("id") DO UPDATE SET "status" = EXCLUDED."status"'
    assert "ON CONFLICT: where that changes it" in cost(index("status"), write(sql, 3, "bulk_create"))


def test_what_nobody_wrote_costs_nothing_here():
    assert cost(index("status")) == "No row of its table was inserted or updated in this run."
    assert cost(index("status"), write("DELETE FROM other", 3)) == cost(index("status"))


def test_what_a_test_prepares_is_no_write_of_the_application():
    place = make_frame("tests/test_shop.py", 4, "test_list")
    told = cost(index("status"), write(STATUS, 9, stack=(place,), site=make_site(frame=place)))
    assert told == "No row of its table was inserted or updated in this run."


def test_executions_count_where_the_driver_tells_no_rows():
    assert "updated 3 times" in cost(index("status"), write(STATUS, None, count=3))


def test_a_function_is_no_column():
    assert columns_of(index(keys=(IndexKey(expression='UPPER("a"::text)'),))) >= {"a"}
