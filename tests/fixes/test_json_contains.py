"""Tests of fixes/json_contains.py: when the edit is certain."""

from __future__ import annotations

import ast

import pytest

from queryscope.fixes.json_contains import json_contains_fix
from queryscope.fixes.source import Source
from queryscope.model import Evidence, Field, Fix, Frame, Model, QuerySetSite

ORDER = Model(
    label="shop.Order",
    table="shop_order",
    fields=(
        Field(name="id", column="id", type="BigAutoField", is_primary=True),
        Field(name="data", column="data", type="JSONField"),
    ),
)


def fixed(line: str) -> Fix:
    source = Source(
        "shop/views.py", f"from .models import Order\n\n\ndef view(value, number: int = 1):\n    {line}\n"
    )
    [root] = [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "Order.objects"
    ]
    call = source.parents[source.parents[root]]
    assert isinstance(call, ast.Call)
    frame = Frame(
        path="shop/views.py", line=call.lineno, end_line=call.end_lineno, column=call.col_offset,
        end_column=call.end_col_offset, function="view",
    )  # fmt: skip
    site = QuerySetSite(model="shop.Order", frame=frame)
    return json_contains_fix(site, ORDER, source, columns=("data",), evidence=Evidence())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('data__key="v"', 'data__contains={"key": "v"}'),
        ("data__a__b=1", 'data__contains={"a": {"b": 1}}'),
        ("data__key=str(value)", 'data__contains={"key": str(value)}'),
        ('data__key=f"{value}"', 'data__contains={"key": f"{value}"}'),
        ('pk=1, data__a=1, data__b__c="x"', 'pk=1, data__contains={"a": 1, "b": {"c": "x"}}'),
        ('Q(data__key="v") | Q(pk=1)', 'Q(data__contains={"key": "v"}) | Q(pk=1)'),
        ("data__key=number", 'data__contains={"key": number}'),
    ],
)
def test_a_scalar_is_contained(before: str, after: str) -> None:
    fix = fixed(f"return Order.objects.filter({before})")
    assert f"+    return Order.objects.filter({after})\n" in fix.diff
    assert fix.caveat == ""


@pytest.mark.parametrize(
    "line",
    [
        "return Order.objects.filter(data__key=value)",
        "return Order.objects.filter(data__key=None)",
        "return Order.objects.filter(data__key=[1])",
        "return Order.objects.exclude(data__key=1)",
        'return Order.objects.filter(data__key=1, data__contains={"a": 1})',
        "return Order.objects.filter(data__a=1, data__a__b=2)",
        "return Order.objects.filter(data__a=1, pk=1, data__b=2)",
        "return Order.objects.filter(~Q(data__a=1))",
        "return Order.objects.filter(Q(data__a=1, data__b=2, _connector=Q.OR))",
        "return Order.objects.exclude(Q(data__a=1))",
        'return Order.objects.filter(data__has_key="a")',
        'return Order.objects.filter(data__a__icontains="b")',
    ],
)
def test_what_is_not_certain_is_said_without_a_diff(line: str) -> None:
    fix = fixed(line)
    assert fix.diff == ""
    assert fix.caveat.startswith("No diff: ")
    assert "found within larger ones" in fix.caveat
