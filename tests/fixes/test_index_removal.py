"""How an index is dropped."""

from __future__ import annotations

import pytest

from queryscope.fixes.index_removal import django_removal, drop_sql, field_of
from queryscope.model import Field, Index, Model, Table

MODEL = Model(
    label="shop.Order",
    table="shop_order",
    fields=(
        Field(
            name="customer", column="customer_id", type="ForeignKey", is_indexed=True, target="shop.Person"
        ),
        Field(name="code", column="code", type="CharField", is_indexed=True),
        Field(name="note", column="note", type="TextField"),
        Field(name="slug", column="slug", type="SlugField", is_unique=True),
    ),
)


def index(name: str, *keys: str, opclass: str = "text_ops", **more) -> Index:
    return Index(name=name, method="btree", keys=keys, opclasses=(opclass,) * len(keys), **more)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (index("shop_order_customer_id_1a2b3c4d", "customer_id"), "Order.customer: db_index=False"),
        (index("shop_order_code_1a2b3c4d", "code"), "Order.code: without db_index=True"),
        (
            index("shop_order_code_1a2b3c4d_like", "code", opclass="varchar_pattern_ops"),
            (
                "Order.code: models.Index in Meta.indexes instead of db_index=True, which makes this second "
                "index for LIKE"
            ),
        ),
        (
            index("shop_order_slug_1a2b3c4d_like", "slug", opclass="varchar_pattern_ops"),
            (
                "Order.slug: models.UniqueConstraint in Meta.constraints instead of unique=True, which makes "
                "this second index for LIKE"
            ),
        ),
        (
            index("order_code", "code"),
            'take "order_code" out of Order.Meta, if it stands there: RemoveIndexConcurrently',
        ),
        (
            index("shop_order_note_1a2b3c4d", "note"),
            'take "shop_order_note_1a2b3c4d" out of Order.Meta, if it stands there: RemoveIndexConcurrently',
        ),
    ],
)
def test_the_model_is_told_what_to_change(found, expected):
    assert django_removal(found, MODEL) == expected


def test_a_unique_or_partial_index_is_not_that_of_the_field():
    assert field_of(index("a_1a2b3c4d", "code", is_unique=True), MODEL) is None
    assert field_of(index("a_1a2b3c4d", "code", predicate="note IS NULL"), MODEL) is None


def test_the_statement_names_another_schema_and_leaves_concurrently_to_plain_tables():
    table = Table(schema="public", name="t", rows=1, pages=1)
    assert drop_sql(table, 'a"b') == 'DROP INDEX CONCURRENTLY "a""b"'
    other = Table(schema="sales", name="t", rows=1, pages=1, is_partitioned=True)
    assert drop_sql(other, "a") == 'DROP INDEX "sales"."a"'
