"""`get()` by key in a loop and `in_bulk()` in front of it: the same output with one query, or no edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.models import Product
from tests.capture.shop import add_orders, add_products, add_reviews
from tests.rules.project import Project, Ran

pytestmark = pytest.mark.django_db
HEAD = """\
from django.shortcuts import get_object_or_404
from catalog.models import Brand, Product
from orders.models import Order, OrderLine


"""


@pytest.fixture(autouse=True)
def shop() -> None:
    products = add_products(5)
    add_reviews(products)
    add_orders(4, lines=products[:3])


def played(folder: Path, body: str) -> tuple[Project, Ran]:
    lines = body.strip("\n").split("\n")
    indent = len(lines[0]) - len(lines[0].lstrip())
    keys = list(Product.objects.order_by("pk").values_list("pk", flat=True))
    text = "\n".join(line[indent:] for line in lines).replace("KEYS", repr(keys * 2))
    project = Project(folder, f"{text}\n", head=HEAD)
    return project, project.run(packages=("catalog", "orders", "reviews"))


EDITED = {
    "rows of a queryset": (
        """
        def f():
            lines = OrderLine.objects.order_by("pk")
            return [Product.objects.get(pk=line.product_id).name for line in lines]
        """,
        "products = Product.objects.in_bulk([line.product_id for line in lines])",
        "products[line.product_id].name",
    ),
    "a variable that is read": (
        """
        def f():
            found = []
            lines = list(OrderLine.objects.filter(pk__gt=0).order_by("pk")[:9])
            for line in lines:
                product = Product.objects.get(pk=line.product_id)
                found.append((product.name, f"{product.price} {line.quantity}"))
            return found
        """,
        "products = Product.objects.in_bulk([line.product_id for line in lines])",
        "product = products[line.product_id]",
    ),
    "keys of a queryset": (
        """
        def f():
            keys = Product.objects.order_by("pk").values_list("pk", flat=True)
            found = []
            for key in keys:
                found.append(Product.objects.get(id=key).name)
            return found
        """,
        "products = Product.objects.in_bulk(keys)",
        "products[key].name",
    ),
    "keys of a foreign key, in a list": (
        """
        def f():
            keys = list(OrderLine.objects.order_by("pk").values_list("product", flat=True))
            return {key: Product.objects.get(pk=key).name for key in keys}
        """,
        "products = Product.objects.in_bulk(keys)",
        "products[key].name",
    ),
    "what comes with the rows": (
        """
        def f():
            keys = list(OrderLine.objects.order_by("pk").values_list("product_id", flat=True))
            return [Product.objects.select_related("brand").get(pk=key).brand.name for key in keys]
        """,
        'products = Product.objects.select_related("brand").in_bulk(keys)',
        "products[key].brand.name",
    ),
    "many keys that are written out": (
        """
        WANTED = KEYS

        def f():
            return [Product.objects.get(pk=number).name for number in WANTED]
        """,
        "products = Product.objects.in_bulk(WANTED)",
        "products[number].name",
    ),
    "a name that is taken": (
        """
        def f():
            products = []
            lines = OrderLine.objects.order_by("pk")
            for line in lines:
                products.append(Product.objects.get(pk=line.product_id).name)
            return products
        """,
        "products_2 = Product.objects.in_bulk([line.product_id for line in lines])",
        "products_2[line.product_id].name",
    ),
}


@pytest.mark.parametrize("name", EDITED)
def test_rows_are_looked_up_before_the_loop(tmp_path: Path, name: str) -> None:
    body, line, read = EDITED[name]
    project, before = played(tmp_path, body)
    found = [each for each in before.findings if each.rule in ("query-in-loop", "uncached-lookup")]
    [fix] = found[0].fixes
    assert fix.diff, fix.caveat
    assert fix.caveat == "A key without a row raises KeyError then, not Product.DoesNotExist."
    project.apply(fix)
    assert line in project.read()
    assert read in project.read()
    after = project.run(packages=("catalog", "orders", "reviews"))
    assert after.result == before.result
    assert after.queries < before.queries
    assert not {"query-in-loop", "uncached-lookup"} & set(after.rules)


LINES = 'lines = OrderLine.objects.order_by("pk")'
REFUSED = {
    "an exception": (
        f"""
        def f():
            found = []
            {LINES}
            for line in lines:
                try:
                    found.append(Product.objects.get(pk=line.product_id).name)
                except Product.DoesNotExist:
                    found.append("")
            return found
        """,
        "where a key is missing",
    ),
    "an exception around": (
        f"""
        def f():
            try:
                {LINES}
                return [Product.objects.get(pk=line.product_id).name for line in lines]
            except Product.DoesNotExist:
                return []
        """,
        "where a key is missing",
    ),
    "some rounds only": (
        f"""
        def f():
            found = []
            {LINES}
            for line in lines:
                if line.quantity:
                    found.append(Product.objects.get(pk=line.product_id).name)
            return found
        """,
        "where a key is missing",
    ),
    "an end": (
        f"""
        def f():
            found = []
            {LINES}
            for line in lines:
                found.append(Product.objects.get(pk=line.product_id).name)
                if len(found) > 8:
                    break
            return found
        """,
        "where a key is missing",
    ),
    "a write": (
        f"""
        def f():
            found = []
            {LINES}
            for line in lines:
                found.append(Product.objects.get(pk=line.product_id).price)
                Product.objects.update(price=len(found))
            return found
        """,
        "where a key is missing",
    ),
    "a call that nobody knows": (
        f"""
        def sold(line):
            line.quantity += 1

        def f():
            found = []
            {LINES}
            for line in lines:
                found.append(Product.objects.get(pk=line.product_id).name)
                sold(line)
            return found
        """,
        "where a key is missing",
    ),
    "keys as text": (
        """
        def f(keys=("KEY",)):
            keys = [str(key) for key in Product.objects.values_list("pk", flat=True)]
            return [Product.objects.get(pk=key).name for key in keys]
        """,
        "another type",
    ),
    "keys that are given once": (
        """
        def f():
            return g(iter(Product.objects.values_list("pk", flat=True)))

        def g(keys):
            return [Product.objects.get(pk=key).name for key in keys]
        """,
        "another type",
    ),
    "a list that shrinks": (
        """
        def f():
            keys = list(Product.objects.values_list("pk", flat=True))
            keys.pop()
            return [Product.objects.get(pk=key).name for key in keys]
        """,
        "another type",
    ),
    "a row that is kept": (
        f"""
        def f():
            found = []
            {LINES}
            for line in lines:
                product = Product.objects.get(pk=line.product_id)
                product.line = line.pk
                found.append(product)
            return [product.line for product in found]
        """,
        "kept twice",
    ),
    "a method of the row": (
        f"""
        def f():
            {LINES}
            return [Product.objects.get(pk=line.product_id).__str__() for line in lines]
        """,
        "where a key is missing",
    ),
    "another condition": (
        f"""
        def f():
            {LINES}
            return [Product.objects.get(pk=line.product_id, is_active=True).name for line in lines]
        """,
        "more is asked",
    ),
    "a 404": (
        f"""
        def f():
            {LINES}
            return [get_object_or_404(Product, pk=line.product_id).name for line in lines]
        """,
        "more is asked",
    ),
    "a helper": (
        f"""
        def name(pk):
            return Product.objects.get(pk=pk).name

        def f():
            {LINES}
            return [name(line.product_id) for line in lines]
        """,
        "another function",
    ),
    "the key of another table": (
        """
        def f():
            lines = OrderLine.objects.order_by("pk")[:3]
            return [Product.objects.get(pk=line.quantity and line.product_id).name for line in lines]
        """,
        "another type",
    ),
    "a loop in a loop": (
        """
        def f():
            found = []
            for order in Order.objects.prefetch_related("lines").order_by("pk"):
                keys = Product.objects.order_by("pk").values_list("pk", flat=True)
                for key in keys:
                    found.append(Product.objects.get(pk=key).name)
            return found
        """,
        "stands in another one",
    ),
    "a generator": (
        f"""
        def f():
            {LINES}
            return list(Product.objects.get(pk=line.product_id).name for line in lines)
        """,
        "where a key is missing",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_where_the_loop_might_do_something_else_it_is_said(tmp_path: Path, name: str) -> None:
    body, reason = REFUSED[name]
    _, before = played(tmp_path, body)
    found = [each for each in before.findings if each.rule in ("query-in-loop", "uncached-lookup")]
    [fix] = found[0].fixes
    assert ".in_bulk(" in fix.code
    assert (fix.diff, fix.edits) == ("", ())
    assert reason in fix.caveat
