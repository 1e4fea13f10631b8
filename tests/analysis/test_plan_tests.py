"""Regression tests of plans, for the advice of a run."""

from __future__ import annotations

from queryscope.analysis.plan_tests import with_tests
from queryscope.model import Field, IndexAdvice, IndexKey, Model
from tests.builders import make_models, make_query_group, make_site, make_trace

ORDER = Model(
    label="shop.Order",
    table="shop_order",
    module="shop.models",
    fields=(
        Field(name="id", column="id", type="BigAutoField", db_type="bigint", is_primary=True),
        Field(name="customer", column="customer_id", type="ForeignKey", db_type="bigint"),
        Field(name="created", column="created", type="DateTimeField", db_type="timestamp with time zone"),
    ),
)
ADVICE = IndexAdvice(
    relation="shop_order",
    model="shop.Order",
    method="btree",
    name="by_customer",
    keys=(
        IndexKey(column="customer_id", django="customer"),
        IndexKey(column="created", django="created", is_descending=True),
    ),
    serves=("f1",),
)
ORDERED = (
    'SELECT "shop_order"."id" FROM "shop_order" WHERE "shop_order"."customer_id" = %s '
    'ORDER BY "shop_order"."created" DESC LIMIT %s'
)
JOINED = (
    'SELECT "shop_order"."id" FROM "shop_order" INNER JOIN "shop_customer" '
    'ON ("shop_order"."customer_id" = "shop_customer"."id") WHERE "shop_customer"."name" = %s'
)


def code_of(sql: str, advice: IndexAdvice = ADVICE) -> str:
    group = make_query_group(fingerprint="f1", sql=sql, site=make_site("shop.Order"), limit=7)
    [found] = with_tests([advice], [make_trace(group)], make_models(ORDER))
    return found.test


def test_the_test_asks_what_the_slowest_query_of_its_shape_asks() -> None:
    assert 'Order.objects.filter(customer=1).order_by("-created")[:7].explain()' in code_of(ORDERED)


def test_the_column_of_a_join_is_an_equality() -> None:
    assert "Order.objects.filter(customer=1).explain()" in code_of(JOINED)


def test_there_is_none_where_the_shape_was_not_seen_or_is_an_or() -> None:
    other = IndexAdvice(relation="shop_order", model="shop.Order", method="btree", name="x", keys=ADVICE.keys)
    assert code_of(ORDERED, other) == ""
    assert code_of(ORDERED.replace("= %s ORDER", '= %s OR "shop_order"."id" = %s ORDER')) == ""
