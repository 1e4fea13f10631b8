"""`deferred-field-read` on real querysets: found at its line, cured by its edit."""

# ruff: noqa: E501 - a case is read best on one line

from __future__ import annotations

from pathlib import Path

import pytest

from tests.capture.shop import add_products
from tests.rules.project import Project, Ran

pytestmark = pytest.mark.django_db

HEAD = """\
from django.db.models import Count
from django.shortcuts import get_object_or_404
from catalog.models import Brand, Category, Product, Tag
"""


def project_of(folder: Path, text: str, *, head: str = HEAD, **files: str) -> Project:
    return Project(folder, text, head=head, **files)


def cured(made: Project, before: Ran) -> Ran:
    """Run again with the fix of its only finding: same output, fewer queries, no finding."""
    after = made.cured(before)
    assert after.queries == before.queries - before.only().worst.avoidable_queries
    return after


CASES = {
    "only": (
        'return [p.price for p in Product.objects.only("name")]',
        'Product.objects.only("name", "price")',
        'only("name", "price")',
    ),
    "only, two columns in two places": (
        'return [(p.price, p.slug) for p in Product.objects.only("name")]',
        'Product.objects.only("name", "price", "slug")',
        'only("name", "price", "slug")',
    ),
    "the later only() counts": (
        'return [p.price for p in Product.objects.only("price").only("name")]',
        'Product.objects.only("name", "price")',
        'only("price").only("name", "price")',
    ),
    "defer": (
        'return [p.price for p in Product.objects.defer("price", "description").order_by("pk")]',
        'Product.objects.defer("description")',
        'objects.defer("description").order_by("pk")',
    ),
    "defer, nothing left": (
        'return [p.price for p in Product.objects.defer("price")]',
        "Product.objects.all()",
        "in Product.objects.all()]",
    ),
    "defer between others": (
        'return [p.price for p in Product.objects.filter(price__gte=0).defer("price").order_by("pk")]',
        "Product.objects.all()",
        'filter(price__gte=0).order_by("pk")',
    ),
    "defer first": (
        'return [p.price for p in Product.objects.defer("price").order_by("pk")]',
        "Product.objects.all()",
        'Product.objects.order_by("pk")',
    ),
    "only and defer": (
        'return [p.price for p in Product.objects.only("name", "price").defer("price")]',
        'Product.objects.only("name", "price")',
        'only("name", "price")]',
    ),
    "a joined one": (
        'return [p.brand.slug for p in Product.objects.select_related("brand").only("brand__name", "name")]',
        'Product.objects.only("brand__name", "name", "brand__slug")',
        'only("brand__name", "name", "brand__slug")',
    ),
    "the key of a relation": (
        'return [p.brand_id for p in Product.objects.only("name")]',
        'Product.objects.only("name", "brand")',
        'only("name", "brand")',
    ),
    "names in a constant": (
        'return [p.price for p in Product.objects.only(*NAMES)]',
        'Product.objects.only("name", "price")',
        'only(*NAMES, "price")',
    ),
    "a name in a variable": (
        'return [p.price for p in Product.objects.only(NAMES[0])]',
        'Product.objects.only("name", "price")',
        'only(NAMES[0], "price")',
    ),
    "a list that is handed on": (
        'products = Product.objects.only("name")\n    return shown(products)',
        'Product.objects.only("name", "price")',
        'only("name", "price")',
    ),
    "a branch that is often taken": (
        'return [p.price if p.pk % 2 else 0 for p in Product.objects.only("name").order_by("pk")]',
        'Product.objects.only("name", "price")',
        'only("name", "price")',
    ),
}  # fmt: skip
BEFORE = """
NAMES = ["name"]


def shown(products):
    return [product.price for product in products]


def f():
    {body}
"""


@pytest.mark.parametrize("name", CASES)
def test_a_column_that_is_read_of_each_row_is_loaded_with_the_rows(tmp_path, name):
    add_products(6)
    body, code, expected = CASES[name]
    made = project_of(tmp_path, BEFORE.format(body=body))
    before = made.run()
    finding = before.only()
    assert (finding.rule, finding.severity, finding.model) == (
        "deferred-field-read",
        "warning",
        "catalog.Product",
    )
    assert finding.location.line == made.line("Product.objects.")
    assert before.fix().code == code
    cured(made, before)
    assert expected in made.read()


def test_a_prefetch_that_needs_the_key_of_its_relation_is_told(tmp_path):
    add_products(6, brands=2)
    text = """
    def f():
        products = Product.objects.only("name")
        brands = Brand.objects.prefetch_related(Prefetch("products", queryset=products))
        return [[p.name for p in brand.products.all()] for brand in brands]
    """
    made = project_of(
        tmp_path,
        text,
        head="from django.db.models import Prefetch\nfrom catalog.models import Brand, Product\n",
    )
    before = made.run()
    assert before.only().location.line == made.line('only("name")')
    assert before.fix().code == 'Product.objects.only("name", "brand")'
    cured(made, before)


MANAGERS = """
from django.db import models


class Light(models.QuerySet):
    def light(self):
        return self.only("name")

    def short(self):
        return self.defer("price", "slug")
"""


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("light", 'light().only("name", "price")'),
        ("short", 'short().defer(None).defer("slug")'),
    ],
)
def test_what_a_manager_leaves_out_is_asked_for_where_it_is_needed(tmp_path, method, expected):
    add_products(4)
    text = f"""
    from shop.managers import Light


    class Managed(Product):
        objects = Light.as_manager()

        class Meta:
            proxy = True
            app_label = "catalog"


    def f():
        return [p.price for p in Managed.objects.{method}().order_by("pk")]
    """
    made = project_of(tmp_path, text, **{"shop/managers.py": MANAGERS})
    from django.apps import apps

    try:
        before = made.run()
        assert before.only().location.line == made.line("for p in")
        made.apply(before.only())
        apps.all_models["catalog"].pop("managed")
        after = made.run()
    finally:
        apps.all_models["catalog"].pop("managed", None)
        apps.clear_cache()
    assert (after.result, after.rules) == (before.result, [])
    assert after.queries == 1
    assert expected in made.read()


ONE = {
    "get": 'p = Product.objects.only("name").get(slug="product-0")\n    return p.price',
    "first": 'p = Product.objects.only("name").first()\n    return p.price',
    "a list of one": 'return [p.price for p in Product.objects.filter(slug="product-0").only("name")]',
    "get_object_or_404": 'p = get_object_or_404(Product.objects.only("name"), slug="product-0")\n    return p.price',
}


@pytest.mark.parametrize("name", ONE)
def test_of_one_row_it_is_a_small_thing(tmp_path, name):
    add_products(4)
    made = project_of(tmp_path, BEFORE.format(body=ONE[name]))
    before = made.run()
    assert (before.only().severity, before.only().confidence) == ("info", "likely")
    assert before.only().worst.avoidable_queries == 1
    assert before.fix().code == 'Product.objects.only("name", "price")'
    cured(made, before)


SILENT = {
    "one row of many": 'return [p.price for p in Product.objects.only("name").order_by("pk") if p.pk == first()]',
    "a row in a branch": 'p = Product.objects.defer("price").get(slug="product-0")\n    if p.name:\n        return p.price',
    "a row in half a sentence": 'p = Product.objects.defer("price").get(slug="product-0")\n    return p.name and p.price',
    "columns that were loaded": 'return [p.name for p in Product.objects.only("name")]',
    "the primary key": 'return [p.pk for p in Product.objects.only("name")]',
    "saving": 'for p in Product.objects.only("name"):\n        str(p)',
    "refreshing": 'p = Product.objects.only("name").first()\n    p.refresh_from_db()\n    return p.name',
    "a tenth of many": 'return [p.price for p in Product.objects.only("name").order_by("pk") if p.name in ("product 1", "product 2")]',
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(tmp_path, name):
    add_products(12)
    body = "\n\ndef first():\n    return Product.objects.order_by('pk').values_list('pk', flat=True)[0]\n"
    made = project_of(tmp_path, body + BEFORE.format(body=SILENT[name]))
    assert "deferred-field-read" not in made.run().rules


def test_a_raw_query_is_told_its_column_without_a_diff(tmp_path):
    add_products(4)
    made = project_of(
        tmp_path,
        BEFORE.format(
            body='return [p.price for p in Product.objects.raw("SELECT id, name FROM catalog_product")]'
        ),
    )
    ran = made.run()
    assert ran.fix().title == "Select price in the SQL of raw()"
    assert (ran.fix().diff, ran.fix().caveat) == ("", "No diff: the text of the statement is yours.")


def test_a_key_that_is_followed_is_told_once_as_the_relation(tmp_path):
    add_products(4)
    made = project_of(
        tmp_path, BEFORE.format(body='return [p.brand.name for p in Product.objects.only("name")]')
    )
    before = made.run()
    assert before.rules == ["n-plus-one"]
    made.apply(before.only())
    after = made.run()
    assert (after.queries, after.rules, after.result) == (1, [], before.result)


def test_a_view_class_is_edited_where_its_queryset_stands(tmp_path):
    add_products(4)
    text = """
    from django.test import RequestFactory
    from django.views.generic import ListView


    class Products(ListView):
        queryset = Product.objects.only("name")

        def render_to_response(self, context):
            return [product.price for product in context["object_list"]]


    def f():
        return Products.as_view()(RequestFactory().get("/"))
    """
    made = project_of(tmp_path, text)
    before = made.run()
    assert before.only().location.line == made.line("queryset = ")
    cured(made, before)
