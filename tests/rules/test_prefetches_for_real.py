"""Prefetches for one row after another, run, judged and edited."""

from __future__ import annotations

import pytest

from tests.capture.shop import add_orders, add_products, add_tags
from tests.rules.application import Application

pytestmark = pytest.mark.django_db


def add_rows() -> None:
    products = add_products(3, stock=True)
    add_tags(products)
    add_orders(3, lines=products, payments=True)


TOLD: dict[str, str] = {
    "loop": """
def f():
    orders = list(Order.objects.order_by("pk"))
    for order in orders:
        prefetch_related_objects([order], "lines")
    return [[l.quantity for l in o.lines.all()] for o in orders]
""",
    "nested": """
def f():
    orders = list(Order.objects.order_by("pk"))
    found = []
    for order in orders:
        prefetch_related_objects([order], "lines__product", "customer")
        found.append([l.product.name for l in order.lines.all()])
    return found
""",
    "helper": """
def load(order):
    prefetch_related_objects([order], "lines")
    return order
def f():
    return [[l.quantity for l in load(o).lines.all()] for o in Order.objects.order_by("pk")]
""",
    "variable": """
def f():
    found = []
    for o in Order.objects.order_by("pk"):
        one = [o]
        prefetch_related_objects(one, "lines")
        found.append(len(o.lines.all()))
    return found
""",
    "get": """
def f():
    found = []
    for pk in [o.pk for o in Order.objects.order_by("pk")]:
        order = Order.objects.prefetch_related("lines").get(pk=pk)
        found.append(len(order.lines.all()))
    return found
""",
    "get helper": """
def fetch(number):
    return Order.objects.prefetch_related("lines__product").filter(number=number).first()
def f():
    return [[l.product.name for l in fetch(n).lines.all()] for n in ("N0", "N1", "N2")]
""",
    "get and prefetch": """
def f():
    found = []
    for n in ("N0", "N1", "N2"):
        order = Order.objects.get(number=n)
        prefetch_related_objects([order], "lines")
        found.append(len(order.lines.all()))
    return found
""",
}
SILENT: dict[str, str] = {
    "once": """
def f():
    orders = list(Order.objects.order_by("pk"))
    prefetch_related_objects(orders, "lines")
    return [[l.quantity for l in o.lines.all()] for o in orders]
""",
    "chunks": """
def f():
    orders = list(Order.objects.order_by("pk"))
    for at in range(0, 4, 2):
        prefetch_related_objects(orders[at:at + 2], "lines")
    return [[l.quantity for l in o.lines.all()] for o in orders]
""",
    "iterator": """
def f():
    orders = Order.objects.prefetch_related("lines").iterator(chunk_size=1)
    return [[l.quantity for l in o.lines.all()] for o in orders]
""",
    "single": """
def f():
    order = Order.objects.get(number="N0")
    prefetch_related_objects([order], "lines")
    return [[l.quantity for l in order.lines.all()]]
""",
    "two calls": """
def fetch(n):
    return Order.objects.prefetch_related("lines").get(number=n)
def f():
    a = fetch("N0")
    b = fetch("N1")
    return [[l.quantity for l in o.lines.all()] for o in (a, b)]
""",
    "queue": """
def f():
    numbers = ["N0", "N1"]
    while numbers:
        free = Order.objects.select_for_update(skip_locked=True).prefetch_related("lines")
        order = free.get(number=numbers.pop())
    return 1
""",
    "pages": """
def f():
    found = []
    for at in range(3):
        page = Order.objects.order_by("pk").prefetch_related("lines")[at:at + 1]
        found += [[l.quantity for l in o.lines.all()] for o in page]
    return found
""",
}


@pytest.mark.parametrize("name", TOLD)
def test_a_prefetch_for_each_row_is_told(name, tmp_path):
    add_rows()
    found = Application(tmp_path, TOLD[name]).tried().only
    assert found.rule == "one-query-per-instance-prefetch"
    assert found.fixes[0].code


@pytest.mark.parametrize(("name", "queries"), [("loop", 2), ("nested", 4)])
def test_the_edit_prefetches_once(name, queries, tmp_path):
    add_rows()
    shop = Application(tmp_path, TOLD[name]).tried()
    result = shop.result
    shop.cure()
    assert (shop.result, shop.queries, shop.told) == (result, queries, [])


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name, tmp_path):
    add_rows()
    assert Application(tmp_path, SILENT[name]).tried().told == []
