"""What is already on a queryset."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Prefetch, Q

from catalog.models import Product, Tag
from orders.models import Order
from queryscope.capture.describe import describe
from tests.capture.recording import record

PRODUCTS = Product.objects


def told(queryset: Any, name: str, method: str = "iterate") -> Any:
    return describe(queryset, method)[name]


@pytest.mark.parametrize(
    ("name", "queryset", "expected"),
    [
        ("select_related", PRODUCTS.all(), ()),
        (
            "select_related",
            PRODUCTS.select_related("brand__company", "category"),
            ("brand__company", "category"),
        ),
        ("select_related", PRODUCTS.select_related("stock"), ("stock",)),
        ("prefetch_related", PRODUCTS.prefetch_related("tags", "reviews__votes"), ("tags", "reviews__votes")),
        ("prefetch_related", PRODUCTS.prefetch_related(Prefetch("tags", to_attr="kept")), ("kept",)),
        ("only", PRODUCTS.only("name", "price"), ("name", "price")),
        ("only", PRODUCTS.defer("name"), ()),
        ("defer", PRODUCTS.defer("search", "description"), ("description", "search")),
        ("lookups", PRODUCTS.filter(name__icontains="x", price__gt=1), ("name__icontains", "price__gt")),
        ("lookups", PRODUCTS.filter(Q(name="x") | ~Q(price=1)), ("name__exact", "price__exact")),
        ("lookups", PRODUCTS.filter(brand__company__name="x"), ("name__exact",)),
        ("lookups", PRODUCTS.filter(created__date="2026-01-01"), ("(expression)__exact",)),
        ("ordering", PRODUCTS.order_by("-created", "pk"), ("-created", "pk")),
        ("ordering", PRODUCTS.order_by(F("name").desc()), ("(expression)",)),
        ("ordering", PRODUCTS.all(), ()),
        ("ordering", Tag.objects.all(), ("name",)),
        ("ordering", Tag.objects.order_by(), ()),
        ("annotations", PRODUCTS.annotate(tagged=Count("tags")), ("tagged",)),
        ("is_sliced", PRODUCTS.all()[:5], True),
        ("is_sliced", PRODUCTS.all(), False),
        ("is_distinct", PRODUCTS.distinct(), True),
        ("is_combined", PRODUCTS.filter(price=1).union(PRODUCTS.all()), True),
        ("is_for_update", PRODUCTS.select_for_update(), True),
        ("is_values", PRODUCTS.values("name"), True),
        ("is_values", PRODUCTS.values_list("name", flat=True), True),
        ("is_values", PRODUCTS.all(), False),
        ("returns_many", PRODUCTS.all(), True),
        ("returns_many", PRODUCTS.all()[:1], False),
        ("returns_many", PRODUCTS.all()[4:5], False),
        ("returns_many", PRODUCTS.all()[:2], True),
        ("returns_many", PRODUCTS.raw("SELECT 1"), True),
    ],
)
def test_what_is_on_a_queryset(name: str, queryset: Any, expected: Any) -> None:
    assert told(queryset, name) == expected


@pytest.mark.parametrize("method", ["get", "first", "last", "earliest", "latest"])
def test_methods_that_return_one_return_no_list(method: str) -> None:
    assert told(PRODUCTS.all(), "returns_many", method) is False


@pytest.mark.parametrize("kind", ["exists", "subquery", "filtered relation"])
def test_expressions_of_every_kind_do_no_harm(kind: str) -> None:
    querysets = {
        "exists": PRODUCTS.filter(Exists(Tag.objects.filter(products=OuterRef("pk")))),
        "subquery": PRODUCTS.filter(brand__in=PRODUCTS.values("brand")),
        "filtered relation": PRODUCTS.annotate(
            good=FilteredRelation("reviews", condition=Q(reviews__rating=5))
        ).filter(good__title="x"),
    }
    assert describe(querysets[kind], "iterate")["returns_many"]


def test_select_related_without_names_is_shown_as_such() -> None:
    queryset = Order.objects.all()
    queryset.query.select_related = True
    assert told(queryset, "select_related") == ("*",)


@pytest.mark.django_db
def test_describing_runs_nothing() -> None:
    with record() as recording:
        describe(PRODUCTS.filter(brand__in=PRODUCTS.values("brand")).prefetch_related("tags")[:5], "iterate")
    assert recording.groups == ()


def test_values_are_not_told() -> None:
    found = describe(PRODUCTS.filter(name="secret-1", price=4242).annotate(x=F("price") + 4343), "iterate")
    assert "secret" not in repr(found)
    assert "424" not in repr(found)
    assert "434" not in repr(found)
