"""Numbers for the rows that SELECTs are about, of real querysets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.db.models import Count

from catalog.models import Product, Tag
from tests.capture.recording import record
from tests.capture.shop import add_products, add_tags

pytestmark = pytest.mark.django_db

CHEAP = Product.objects.filter(price__gte=0)


def numbers(*asks: Callable[[], Any]) -> list[tuple[int | None, int]]:
    with record() as recording:
        for ask in asks:
            found = ask()
            _ = list(found) if isinstance(found, Iterable) else found
    return [(group.selection, group.window) for group in recording.groups]


def selections(*asks: Callable[[], Any]) -> list[int | None]:
    return [selection for selection, _ in numbers(*asks)]


def test_rows_their_count_and_whether_there_are_any_share_a_number() -> None:
    add_products(3)
    asks = [
        lambda: CHEAP.count(), lambda: CHEAP.all(), lambda: CHEAP.exists(), lambda: CHEAP.first(),
        lambda: CHEAP.select_related("brand__company", "category").order_by("name"),
        lambda: CHEAP.values_list("name"), lambda: CHEAP.order_by("brand__name"),
        lambda: [CHEAP.all()[1]], lambda: CHEAP.all()[0:2].count(),
    ]  # fmt: skip
    assert selections(*asks) == [0] * 9


def test_windows_are_numbered_by_limit_and_offset() -> None:
    add_products(3)
    asks = [
        lambda: CHEAP.all(),
        lambda: CHEAP.all()[:2],
        lambda: CHEAP.all()[:2].count(),
        lambda: CHEAP.all()[1:2],
    ]
    assert [window for _, window in numbers(*asks)] == [0, 1, 1, 2]


def test_other_parameters_and_other_conditions_are_other_rows() -> None:
    add_products(3)
    asks = [
        lambda: CHEAP.all(), lambda: Product.objects.filter(price__gte=1), lambda: Product.objects.all(),
        lambda: CHEAP.filter(brand__name="x"), lambda: CHEAP.filter(tags__name="x"),
        lambda: CHEAP.distinct(), lambda: CHEAP.order_by("tags__name"),
    ]  # fmt: skip
    found = selections(*asks)
    assert len(set(found)) == len(found)


def test_a_many_to_many_an_annotation_and_distinct_rows_are_followed() -> None:
    add_tags(add_products(2))
    product = Product.objects.get(name="product 0")
    tags, counted = product.tags, CHEAP.annotate(tag_count=Count("tags"))
    assert selections(lambda: tags.count(), lambda: tags.all(), lambda: tags.exists()) == [0, 0, 0]
    assert selections(lambda: counted.count(), lambda: counted.all()) == [0, 0]
    assert selections(lambda: CHEAP.distinct().count(), lambda: CHEAP.distinct()) == [0, 0]
    other = Product.objects.get(name="product 1")
    assert selections(lambda: tags.count(), lambda: other.tags.count()) == [0, 1]


def test_of_several_parameters_at_one_line_nothing_is_said() -> None:
    with record() as recording:
        for name in ("a", "b"):
            list(Tag.objects.filter(name=name))
        for _ in range(2):
            list(Tag.objects.filter(name="c"))
    assert [group.selection for group in recording.groups] == [None, 0]


def test_unions_and_raw_sql_with_names_are_left_open() -> None:
    both = CHEAP.union(Product.objects.filter(price=1))
    raw = Tag.objects.raw('SELECT * FROM "catalog_tag" WHERE "name" = %(name)s', {"name": "x"})
    assert selections(lambda: both.count(), lambda: both.all(), lambda: raw) == [None, None, None]
