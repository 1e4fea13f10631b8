"""Relations that are read in threads and coroutines: the rows of their connections have to be committed."""

from __future__ import annotations

import pytest

from tests.rules.application import Application
from tests.rules.test_relations_for_real import add_rows

CASES = {
    "pool map": """
from concurrent.futures import ThreadPoolExecutor
from django.db import connection
def name(p):
    try:
        return p.brand.name
    finally:
        connection.close()
def f():
    products = list(Product.objects.order_by("pk"))
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(name, products))
""",
    "async": """
async def f():
    return [[t.name async for t in p.tags.all()] async for p in Product.objects.order_by("pk")]
""",
    "sync_to_async": """
from asgiref.sync import sync_to_async
def name(p):
    return p.brand.name
async def f():
    return [await sync_to_async(name)(p) async for p in Product.objects.order_by("pk")]
""",
    "aget walk": """
from asgiref.sync import sync_to_async
def above(node):
    return node.parent
async def f():
    node = await Category.objects.aget(slug="3-root000")
    names = []
    while node:
        names.append(node.name)
        node = await sync_to_async(above)(node)
    return names
""",
    "aprefetch": """
from django.db.models import aprefetch_related_objects
async def f():
    orders = [o async for o in Order.objects.order_by("pk")]
    for order in orders:
        await aprefetch_related_objects([order], "lines")
    return [len(o.lines.all()) for o in orders]
""",
}

TOLD = {
    "pool map": ("n-plus-one", ("brand",), 1),
    "async": ("n-plus-one", ("tags",), 2),
    "sync_to_async": ("n-plus-one", ("brand",), 1),
    "aprefetch": ("one-query-per-instance-prefetch", (), 2),
    "aget walk": ("tree-walk", (), 0),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", TOLD)
def test_threads_and_coroutines_hide_nothing(name, tmp_path):
    add_rows()
    shop = Application(tmp_path, CASES[name]).tried()
    rule, relations, queries = TOLD[name]
    assert shop.told == [(rule, relations)]
    result = shop.result
    if queries:
        shop.cure()
        assert (shop.result, shop.queries, shop.told) == (result, queries, [])
