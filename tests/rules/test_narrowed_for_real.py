"""Code that is told for rows by chance keeps the conditions that the source says."""

# ruff: noqa: E501 - a case is read best on one line

from __future__ import annotations

from pathlib import Path

import pytest

from tests.capture.shop import add_products
from tests.rules.project import Project

pytestmark = pytest.mark.django_db
HEAD = "from django.db.models import Q\nfrom catalog.models import Product\n\n\n"


DRAWN = {
    "a condition": (
        'return list(Product.objects.filter(is_active=True).order_by("?")[:3])',
        "Product.objects.filter(is_active=True, {})[:3]",
    ),
    "several calls": (
        'return list(Product.objects.filter(price__gte=0).exclude(name="x").select_related("brand").order_by("?")[:3])',
        'Product.objects.filter(price__gte=0, {}).exclude(name="x").select_related("brand")[:3]',
    ),
    "an argument over lines": (
        'return list(\n        Product.objects.filter(\n            Q(price__gte=0)\n            | Q(name="x"),\n        ).order_by("?")[:3]\n    )',
        'Product.objects.filter(Q(price__gte=0) | Q(name="x"), {})[:3]',
    ),
    "a variable": (
        'products = Product.objects.filter(is_active=True)\n    products = products.exclude(name="x")\n    return list(products.order_by("?")[:3])',
        'Product.objects.filter(is_active=True, {}).exclude(name="x")[:3]',
    ),
    "a choice": (
        'products = Product.objects.filter(is_active=True)\n    if products:\n        products = products.filter(price__gte=0)\n    return list(products.order_by("?")[:3])',
        "Product.objects.filter(is_active=True).filter(price__gte=0, …, {})[:3]",
    ),
    "another use": (
        'products = Product.objects.all()\n    print(products.filter(price=1))\n    return list(products.order_by("?")[:3])',
        "Product.objects.filter({})[:3]",
    ),
    "conditions of a helper": (
        'return drawn(Product.objects)\n\n\ndef drawn(rows):\n    return list(rows.filter(is_active=True).order_by("?")[:3])',
        "Product.objects.filter(…, {})[:3]",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWN)
def test_random_rows_keep_their_conditions(tmp_path: Path, name: str) -> None:
    add_products(6)
    body, code = DRAWN[name]
    project = Project(tmp_path, f"{HEAD}def f():\n    {body}\n")
    [finding] = project.find("random-order")
    drawn = "pk__in=random.choices(range(highest + 1), k=30)"
    assert finding.fixes[0].code.splitlines()[1] == code.format(drawn)
