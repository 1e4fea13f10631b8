"""What the edits believe of Django is what Django does."""

from __future__ import annotations

import pytest
from django.core.exceptions import FieldError
from django.db.models import Prefetch
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from orders.models import Address, Customer, Order, OrderLine
from queryscope.capture.introspect import read_models
from queryscope.capture.project import Project
from queryscope.fixes.change import merge
from queryscope.fixes.orm import Wish, possible
from queryscope.fixes.root import Target
from queryscope.model import EagerLoad, QuerySetSite

MODEL = read_models(Project("/")).get("orders.OrderLine")
PATHS = ["product", "product__brand", "product__brand__company", "order", "order__customer"]
NAMES = [
    "quantity", "product", "product_id", "product__name", "product__brand", "product__brand_id",
    "product__brand__name", "order_id", "order__customer", "order__number", "unit_price",
]  # fmt: skip


def plan_of(paths: list[str], only: list[str]):
    assert MODEL is not None
    loads = tuple(EagerLoad(path=path, kind="select_related") for path in paths)
    site = QuerySetSite(model=MODEL.label, only=tuple(only))
    return possible(merge(loads), Wish(loads=loads, site=site, target=Target(model=MODEL)))


def compiles(queryset) -> bool:
    try:
        str(queryset.query)
    except FieldError:
        return False
    return True


@given(
    paths=st.lists(st.sampled_from(PATHS), min_size=1, max_size=3, unique=True),
    only=st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True),
)
def test_only_gets_what_joins_need_and_no_more(paths, only):
    plan = plan_of(paths, only)
    joined = OrderLine.objects.select_related(*plan.select_related)
    assert compiles(joined.only(*only, *plan.only))
    assert compiles(joined.only(*only)) is (not plan.only)


@pytest.mark.parametrize("name", ["product", "product_id"])
def test_a_deferred_column_cannot_be_joined(name):
    assert not compiles(OrderLine.objects.select_related("product").defer(name))


@pytest.mark.filterwarnings("ignore:Calling select_related")
def test_joins_without_names_are_lost_once_one_is_named():
    every = OrderLine.objects.select_related()
    assert "catalog_brand" in str(every.query)
    assert "catalog_brand" not in str(every.select_related("order").query)


@pytest.mark.filterwarnings("ignore:Calling select_related")
def test_names_in_front_of_joins_without_names_are_lost():
    assert OrderLine.objects.select_related("order").select_related().query.select_related is True


def test_a_reset_behind_takes_everything_away():
    lines = OrderLine.objects.select_related("order").prefetch_related("order")
    assert lines.select_related(None).query.select_related is False
    assert lines.prefetch_related(None)._prefetch_related_lookups == ()


@pytest.fixture
def order(db):
    customer = Customer.objects.create(name="Ada", email="ada@example.com", joined=timezone.now())
    address = Address.objects.create(
        customer=customer, street="1 Loop", city="Ulm", postcode="1", country="DE"
    )
    return Order.objects.create(
        number="1",
        customer=customer,
        shipping_address=address,
        billing_address=address,
        status="paid",
        total=1,
        created=timezone.now(),
    )


def test_a_path_in_front_of_a_prefetch_with_a_queryset_raises(order):
    whole = Prefetch("lines", queryset=OrderLine.objects.order_by("pk"))
    with pytest.raises(ValueError, match="already seen with a different queryset"):
        list(Order.objects.prefetch_related("lines__product", whole))
    assert list(Order.objects.prefetch_related(whole, "lines__product")) == [order]
    assert list(Order.objects.prefetch_related("lines", "lines__product")) == [order]


def test_a_name_given_to_a_prefetch_can_be_followed_behind_it_only(order):
    named = Prefetch("lines", queryset=OrderLine.objects.all(), to_attr="rows")
    assert list(Order.objects.prefetch_related(named, "rows__product")) == [order]
    with pytest.raises((AttributeError, ValueError)):
        list(Order.objects.prefetch_related("rows__product", named))


def test_iterator_behind_a_prefetch_wants_a_chunk_size(order):
    with pytest.raises(ValueError, match="chunk_size"):
        list(Order.objects.prefetch_related("lines").iterator())
    assert list(Order.objects.prefetch_related("lines").iterator(chunk_size=2000)) == [order]


def test_parts_of_a_union_must_be_alike(order):
    from django.db import DatabaseError, transaction

    plain = Order.objects.filter(status="paid")
    with pytest.raises(DatabaseError), transaction.atomic():
        list(plain.select_related("customer").union(plain.filter(total=2)))
    assert list(plain.prefetch_related("customer").union(plain.filter(total=2))) == [order]
