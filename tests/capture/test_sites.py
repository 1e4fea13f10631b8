"""Where a queryset was built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Prefetch
from django.test import RequestFactory

from catalog.models import Brand, Product
from queryscope.model import ClassSite, QuerySetSite
from tests.capture import shop_views
from tests.capture.recording import record, record_call, site_text
from tests.capture.shop import add_products, add_tags

pytestmark = pytest.mark.django_db
SHOP_VIEWS = "tests/capture/shop_views.py"


def line_of(text: str) -> int:
    lines = Path(shop_views.__file__).read_text(encoding="utf-8").splitlines()
    [found] = [number for number, line in enumerate(lines, 1) if line.strip() == text]
    return found


def site_of(function: Any, *args: Any) -> QuerySetSite:
    recording = record_call(function, *args)
    assert recording.last.site is not None
    return recording.last.site


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (shop_views.on_one_line, "Product.objects.filter(price__gte=0)"),
        (
            shop_views.on_many_lines,
            "Product.objects\n        # What is sold:\n        .filter(price__gte=0)",
        ),
        (shop_views.with_dots_at_the_end, 'Product.objects.\n        order_by("pk")'),
        (
            shop_views.loop,
            "Product.objects.filter(\n        price__gte=0,\n        price__lte=10,\n    )",
        ),
        (shop_views.step_by_step, "Product.objects.all()"),
        (shop_views.through_a_helper, "Product.objects.filter(price=1)"),
        (shop_views.through_manager_methods, "Product.objects.for_window()"),
        (shop_views.through_queryset_methods, "Product.objects.all()"),
        (shop_views.through_the_relation_of_an_instance, "brand.products.active()"),
        (shop_views.in_a_comprehension, 'Tag.objects.filter(name=f"tag {number}")'),
        (shop_views.in_a_generator, 'Tag.objects.filter(slug=f"tag-{number}")'),
        (shop_views.in_a_lambda, "Tag.objects.filter(slug=slug)"),
        (shop_views.in_a_decorated_function, 'Tag.objects.order_by("slug")'),
        (shop_views.object_or_404, 'get_object_or_404(Product, slug="product-0")'),
        (shop_views.queryset_or_404, 'Product.objects.select_related("brand")'),
        (shop_views.list_or_404, "get_list_or_404(Product, price__gte=0)"),
        (shop_views.paginated, 'Product.objects.order_by("pk")'),
        (shop_views.raw, 'Product.objects.raw("SELECT * FROM catalog_product")'),
    ],
)
def test_the_site_spans_the_root_expression(function: Any, expected: str) -> None:
    add_tags(add_products(1))
    recording = record_call(function)
    assert site_text(recording.last) == expected
    site = recording.last.site
    assert site is not None
    assert site.frame is not None
    assert (site.frame.path, site.holder) == (SHOP_VIEWS, None)


def test_the_line_is_where_a_chain_over_many_lines_starts() -> None:
    site = site_of(shop_views.on_many_lines)
    assert site.frame is not None
    assert site.frame.line == line_of("# What is sold:") - 1
    assert site.frame.function == "on_many_lines"


def test_the_function_is_qualified_without_markers_for_locals() -> None:
    site = site_of(shop_views.in_a_lambda)
    assert site.frame is not None
    assert site.frame.function == "in_a_lambda.<lambda>"


@pytest.mark.parametrize("name", ["products", "brands", "tags"])
def test_methods_of_other_classes_are_where_the_root_stands(name: str) -> None:
    recording = record_call(lambda: list(getattr(shop_views.Catalogue(), name)()))
    site = recording.last.site
    assert site is not None
    assert site.frame is not None
    assert site.frame.function == f"Catalogue.{name}"


def test_a_queryset_made_at_import_is_built_where_it_is_first_built_on() -> None:
    recording = record_call(shop_views.at_import)
    assert site_text(recording.last) == "EVERYTHING.filter(price__gte=0)"


def test_a_queryset_made_before_the_recording_and_run_as_it_is_has_no_site() -> None:
    products = Product.objects.order_by("name")
    site = site_of(lambda: list(products))
    assert (site.frame, site.holder, site.model) == (None, None, "catalog.Product")


def test_the_relation_of_an_instance_is_built_where_it_is_read() -> None:
    add_products(1)
    brand = Brand.objects.get()
    recording = record_call(lambda: list(brand.products.all()))
    assert site_text(recording.last) == "brand.products.all()"


def test_a_prefetched_relation_that_is_filtered_again_is_built_there() -> None:
    add_tags(add_products(1))
    with record() as recording:
        for product in Product.objects.prefetch_related("tags"):
            list(product.tags.filter(name="tag 1"))
        own = Prefetch("products", queryset=Product.objects.order_by("pk"))
        for brand in Brand.objects.prefetch_related(own):
            list(brand.products.all().order_by("name"))
    texts = [site_text(group) for group in recording.groups]
    assert texts[2] == 'product.tags.filter(name="tag 1")'
    assert texts[4] == 'Product.objects.order_by("pk")'
    assert texts[5] == 'brand.products.all().order_by("name")'


def test_an_evaluated_queryset_that_is_filtered_again_keeps_its_site() -> None:
    with record() as recording:
        products = Product.objects.prefetch_related("tags")
        list(products)
        list(products.filter(price=1))
    assert site_text(recording.last) == 'Product.objects.prefetch_related("tags")'


def test_what_is_on_the_queryset_is_told_beside_its_site() -> None:
    site = site_of(shop_views.on_one_line)
    assert (site.model, site.ordering, site.lookups) == ("catalog.Product", ("pk",), ("price__gte",))
    assert site.is_sliced


class Local(models.Manager):
    """Defined in a test module: its methods are passed over like any manager's."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(price__gte=0)

    def two(self) -> Any:
        return [list(each) for each in (self.filter(price=1), self.filter(price=2))]


class Mixin:
    """Not a manager itself."""

    def cheap(self) -> Any:
        return self.filter(price__lt=9)  # type: ignore[attr-defined]


class Mixed(Mixin, models.Manager):
    """A manager by inheritance."""


def manager_of(kind: type[models.Manager]) -> Any:
    manager = kind()
    manager.model = Product
    manager.name = "objects"
    return manager


def test_managers_of_every_making_are_passed_over() -> None:
    class Hidden(models.Manager):
        def cheap(self) -> Any:
            return self.filter(price__lt=9)

    recordings = [
        record_call(lambda: list(manager_of(Local).all())),
        record_call(lambda: list(manager_of(Local).two())),
        record_call(lambda: list(manager_of(Mixed).cheap())),
        record_call(lambda: list(manager_of(Hidden).cheap())),
    ]
    assert [site_text(each.last) for each in recordings] == [
        "manager_of(Local).all()",
        "manager_of(Local).two()",
        "manager_of(Mixed).cheap()",
        "manager_of(Hidden).cheap()",
    ]


def get(view: Any, **kwargs: Any) -> Any:
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_active=True, is_staff=True)
    return view(request, **kwargs)


def read(view: Any) -> None:
    list(get(view).context_data["object_list"])


def held(name: str, kind: str) -> ClassSite:
    lines = Path(shop_views.__file__).read_text(encoding="utf-8").splitlines()
    [line] = [number for number, line in enumerate(lines, 1) if line.startswith(f"class {name}(")]
    return ClassSite(path=SHOP_VIEWS, line=line, name=name, kind=kind)


@pytest.mark.parametrize(
    ("view", "name"),
    [
        (shop_views.ProductList, "ProductList"),
        (shop_views.ProductQueryList, "ProductQueryList"),
        (shop_views.CheapList, "ProductQueryList"),
        (shop_views.MoreQueryList, "MoreQueryList"),
    ],
)
def test_the_queryset_of_a_generic_view_belongs_to_its_class(view: Any, name: str) -> None:
    site = site_of(read, view.as_view())
    assert site.holder == held(name, "view")
    assert site.frame is None


def test_a_generic_view_that_builds_its_queryset_itself_is_a_frame() -> None:
    recording = record_call(read, shop_views.OwnQueryList.as_view())
    assert site_text(recording.last) == 'Product.objects.order_by("slug")'


def test_a_detail_view_holds_its_queryset_and_returns_one() -> None:
    add_products(1)
    recording = record_call(lambda: get(shop_views.ProductDetail.as_view(), slug="product-0"))
    site = recording.last.site
    assert site is not None
    assert (site.holder, site.returns_many) == (held("ProductDetail", "view"), False)


def test_the_queryset_of_a_viewset_belongs_to_its_class() -> None:
    add_products(2)
    view = shop_views.ProductViewSet.as_view({"get": "list"})
    with record() as recording:
        get(view).render()
    assert held("ProductViewSet", "view") in [group.site and group.site.holder for group in recording.groups]


def test_a_function_view_of_a_library_is_the_functions_frame() -> None:
    recording = record_call(lambda: get(shop_views.api).render())
    assert site_text(recording.groups[0]) == 'Product.objects.order_by("pk")'


def test_the_queryset_of_a_changelist_belongs_to_its_admin_class() -> None:
    add_products(1)
    model_admin = shop_views.ProductAdmin(Product, admin.AdminSite())
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_active=True, is_staff=True)
    with record() as recording:
        list(model_admin.get_changelist_instance(request).result_list)
    for group in recording.groups:
        assert group.site is not None
        assert group.site.holder == held("ProductAdmin", "admin")


def test_the_choices_of_a_form_field_belong_to_the_form() -> None:
    site = site_of(lambda: str(shop_views.ChoiceForm()))
    assert site.holder == held("ChoiceForm", "form")


def test_classes_that_hold_no_queryset_are_no_holders() -> None:
    recording = record_call(lambda: User.objects.filter(pk=1).exists())
    site = recording.last.site
    assert site is not None
    assert site.holder is None
