"""Tests of fixes/plan_test.py: the text. What it is worth is tested in tests/management/test_indexes.py."""

from __future__ import annotations

import ast

import pytest

from queryscope.fixes.plan_test import Asked, plan_test
from queryscope.model import Field, IndexAdvice, IndexKey, Model, Models

FIELDS = (
    Field(name="id", column="id", type="BigAutoField", db_type="bigint", is_primary=True),
    Field(name="status", column="status", type="CharField", db_type="varchar(10)"),
    Field(name="customer", column="customer_id", type="ForeignKey", db_type="uuid", target="shop.Customer"),
    Field(name="created", column="created_at", type="DateTimeField", db_type="timestamp with time zone"),
    Field(name="tags", column="tags", type="ArrayField", db_type="varchar(9)[]"),
    Field(name="name", column="name", type="TextField", db_type="text"),
    Field(name="shape", column="shape", type="PolygonField", db_type="geometry"),
)
ORDER = Model(label="shop.Order", table="shop_order", fields=FIELDS, module="shop.models")
CUSTOMER = Model(
    label="shop.Customer",
    table="shop_customer",
    fields=(Field(name="id", column="id", type="UUIDField", db_type="uuid", is_primary=True),),
)
MODELS = Models(models=(ORDER, CUSTOMER))
STATUS = IndexKey(column="status", django="status")
NEWEST = IndexKey(column="created_at", django="created", is_descending=True)


def queryset(*keys: IndexKey, asked: Asked, style: str = "pytest", **more: object) -> str:
    """The queryset in the test; empty where there is no test."""
    values: dict[str, object] = {"relation": "shop_order", "model": "shop.Order", "method": "btree"}
    advice = IndexAdvice(name="by_it", keys=keys, **(values | more))  # type: ignore[arg-type]
    text = plan_test(advice, ORDER, MODELS, asked, style=style)  # type: ignore[arg-type]
    if not text:
        return ""
    tree = ast.parse(text)
    bound = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - {"plan", "cursor", "self"}
    assert used == bound
    [call] = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
    ]
    assert ast.unparse(call).endswith(".explain()")
    return ast.unparse(call).removesuffix(".explain()").replace("'", '"')


def test_equalities_come_with_values_of_their_types_and_the_order_with_a_limit() -> None:
    asked = Asked(conditions=(("status", "=", ""),), order=("created_at",), limit=5)
    assert queryset(STATUS, NEWEST, asked=asked) == (
        'Order.objects.filter(status="x").order_by("-created")[:5]'
    )


@pytest.mark.parametrize(
    ("column", "operator", "said"),
    [
        ("customer_id", "=", "customer=UUID(int=1)"),
        ("customer_id", "in", "customer__in=[UUID(int=1), UUID(int=2)]"),
        ("created_at", ">=", "created__gte=datetime(2024, 1, 1, tzinfo=UTC)"),
        ("status", "in", 'status__in=["x", "y"]'),
        ("status", "is null", "status__isnull=True"),
        ("tags", "@>", 'tags__contains=["x"]'),
        ("tags", "&&", 'tags__overlap=["x"]'),
        ("id", "<", "id__lt=1"),
    ],
)
def test_operators_become_lookups(column: str, operator: str, said: str) -> None:
    field = ORDER.field(column)
    assert field is not None
    key = IndexKey(column=column, django=field.name)
    for style in ("pytest", "unittest"):
        asked = Asked(conditions=((column, operator, ""),))
        assert queryset(key, asked=asked, style=style) == f"Order.objects.filter({said})"


def test_patterns_are_those_of_the_queryset() -> None:
    like = Asked(conditions=(("name", "like", ""),), lookups=("name__startswith",))
    key = IndexKey(column="name", django="name", opclass="text_pattern_ops")
    assert queryset(key, asked=like) == 'Order.objects.filter(name__startswith="xyz")'
    upper = IndexKey(expression='UPPER("name")', django='Upper("name")', opclass="gin_trgm_ops")
    asked = Asked(conditions=(("", "like", ""),), lookups=("name__icontains",))
    assert queryset(upper, asked=asked, method="gin") == 'Order.objects.filter(name__icontains="xyz")'


def test_the_condition_of_a_partial_index_is_asked_as_it_stands() -> None:
    asked = Asked(conditions=(("status", "=", ""), ("customer_id", "=", "")))
    key = IndexKey(column="customer_id", django="customer")
    assert queryset(key, asked=asked, predicate_django='Q(status="open")') == (
        'Order.objects.filter(status="open", customer=UUID(int=1))'
    )
    assert queryset(key, asked=asked, predicate_django='~Q(status="done")') == (
        'Order.objects.filter(~Q(status="done"), customer=UUID(int=1))'
    )


def test_nulls_are_ordered_as_the_index_is() -> None:
    key = IndexKey(column="created_at", django="created", is_descending=True, nulls="last")
    assert queryset(key, asked=Asked(order=("created_at",))) == (
        'Order.objects.order_by(F("created").desc(nulls_last=True))[:20]'
    )


def test_what_no_lookup_says_has_no_test() -> None:
    shape = IndexKey(column="shape", django="shape")
    assert queryset(shape, asked=Asked(conditions=(("shape", "&&", ""),)), method="gist") == ""
    assert queryset(STATUS, asked=Asked()) == ""
