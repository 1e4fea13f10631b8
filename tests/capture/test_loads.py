"""Which query loaded an instance."""

from __future__ import annotations

import pytest
from django.db.models import FilteredRelation, Q
from django.test.utils import ignore_warnings

from catalog.models import Brand, Product
from orders.models import OrderLine, Payment
from queryscope.capture.loads import load_of, mark_related, related_paths
from queryscope.capture.state import FAULTS, LOADED, MARK
from queryscope.model import AccessKind
from reviews.models import Review
from tests.capture.recording import access_of, record
from tests.capture.shop import add_customer, add_orders, add_products, add_reviews

pytestmark = pytest.mark.django_db
LOAD = (7, 3, "")


def test_without_a_query_there_is_no_mark() -> None:
    products = Product.objects.all()
    assert load_of(products) is None
    assert related_paths(Product.objects.select_related("brand"), None) == []
    assert related_paths(products, LOAD) == []


def test_the_mark_of_a_queryset_is_that_of_its_latest_query() -> None:
    with record() as recording:
        products = Product.objects.all()
        products.count()
        first = load_of(products)
        list(products)
    assert first == (recording.recorder.token, 0, "")
    assert load_of(products) == (recording.recorder.token, 1, "")


def test_every_select_related_path_has_a_mark() -> None:
    paths = related_paths(OrderLine.objects.select_related("product__brand__company", "order"), LOAD)
    assert sorted(load[2] for _, load in paths) == [
        "order",
        "product",
        "product__brand",
        "product__brand__company",
    ]
    assert (("product", "brand"), (7, 3, "product__brand")) in paths


def test_reverse_paths_lead_over_the_accessor() -> None:
    paths = related_paths(Product.objects.select_related("stock", "warranty"), LOAD)
    assert sorted(chain for chain, _ in paths) == [("stock",), ("warranty",)]


def test_a_path_back_by_a_one_to_one_has_none_for_django_gives_the_row_itself() -> None:
    products = Product.objects.select_related("stock__product__brand", "warranty")
    assert sorted(load[2] for _, load in related_paths(products, LOAD)) == ["stock", "warranty"]
    add_products(2, stock=True)
    with record() as recording:
        for product in products:
            assert product.stock.product is product
            assert product.stock.product.brand.name
    access = access_of(recording.trace.groups[1])
    assert (access.attribute, access.owner_group, access.owner_path) == ("brand", 0, "")


def test_select_related_without_names_follows_what_cannot_be_null() -> None:
    with ignore_warnings():
        queryset = Payment.objects.all()
        queryset.query.select_related = True
    loads = sorted(load[2] for _, load in related_paths(queryset, LOAD))
    assert loads[0] == "order"
    assert "order__shipping_address__customer" in loads
    assert max(load.count("__") for load in loads) < 6


def test_filtered_relations_have_no_mark_and_do_no_harm() -> None:
    add_reviews(add_products(2))
    faults = FAULTS.count
    filtered = FilteredRelation("product", condition=Q(product__price__gte=0))
    with record() as recording:
        for review in Review.objects.annotate(sold=filtered).select_related("sold", "customer"):
            _ = review.customer.name
    assert FAULTS.count == faults
    assert len(recording.groups) == 1


def test_what_is_missing_is_passed_over() -> None:
    [product] = add_products(1)
    paths = related_paths(Product.objects.select_related("stock", "brand__company"), LOAD)
    mark_related(product, paths)
    loaded = Product.objects.select_related("brand").get()
    mark_related(loaded, paths)
    assert loaded.brand._state.__dict__[MARK] == (7, 3, "brand")


def test_rows_that_share_a_related_row_are_marked_each() -> None:
    add_products(3, brands=1)
    with record() as recording:
        products = list(Product.objects.select_related("brand"))
        for product in products:
            list(product.brand.products.all())
    group = recording.of(AccessKind.REVERSE, "products")
    assert (group.count, group.owners, access_of(group).owner_path) == (3, 1, "brand")


def test_the_parent_that_a_related_manager_gives_back_keeps_its_own_mark() -> None:
    add_products(2, brands=1)
    with record() as recording:
        brand = Brand.objects.get()
        for product in brand.products.all():
            _ = product.brand.company  # the very brand: no query for it
    company = recording.of(AccessKind.FORWARD, "company")
    assert (access_of(company).owner_group, company.count) == (0, 1)


def test_values_have_no_instances_to_mark() -> None:
    add_customer()
    with record() as recording:
        assert list(Product.objects.values_list("name")) == []
        list(Product.objects.values("name", "brand__name"))
    assert [group.count for group in recording.groups] == [1, 1]


def test_marks_are_on_the_state_and_nowhere_else() -> None:
    add_orders(1)
    with record():
        payment = Payment.objects.first()
        brand = Brand.objects.all()
        list(brand)
    assert payment is None
    assert LOADED in brand.__dict__
