"""Rows that are sorted, skipped, multiplied or loaded for nothing: real code, its edit, the same output."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Max, Q  # noqa: F401 - what the printed code needs

from catalog.models import Product
from reviews.models import Review
from tests.capture.shop import add_products, add_reviews, add_tags
from tests.rules.project import Project

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop() -> None:
    products = add_products(6)
    add_tags(products[:4], 3)
    add_reviews(products, comments=2)
    add_more = [each for product in products[:3] for each in Review.objects.filter(product=product)]
    for review in add_more:  # a second review each, so that a join multiplies
        review.pk = None
        review.save()


HEAD = """from django.db.models import Q
from catalog.models import Product


"""
DISTINCT = {
    "a reverse key": """def f():
    products = Product.objects.filter(reviews__rating__gte=1).distinct()
    return [product.name for product in products.order_by("pk")]
""",
    "conditions on one row": """def f(title="review 2"):
    return [p.pk for p in Product.objects.filter(
        reviews__rating=2,
        reviews__title=title,
        is_active=True,
    ).distinct().order_by("pk")]
""",
    "conditions on different rows": """def f():
    found = Product.objects.filter(tags__name="tag 0").filter(tags__name="tag 1").order_by("pk").distinct()
    return [product.pk for product in found]
""",
    "many to many, by its key": """def f(tag_id=None):
    names = ["tag 0", "tag 2"]
    products = Product.objects.distinct().order_by("name")
    return list(products.filter(tags__slug__in=["tag-0", "tag-2"], tags__name__in=names))
""",
    "built in branches": """def f(tag="tag 1", rating=None):
    products = Product.objects.order_by("pk")
    if tag:
        products = products.filter(tags__name=tag)
    if rating:
        products = products.filter(reviews__rating=rating)
    products = products.distinct()
    return list(products)
""",
    "counted": """def f():
    return Product.objects.filter(reviews__rating__gte=0, brand__company__country="FR").distinct().count()
""",
    "through a second relation": """def f():
    return list(Product.objects.filter(reviews__comments__text="comment 0").distinct().order_by("pk"))
""",
    "only whether there is one": """def f():
    return list(Product.objects.filter(tags__isnull=False).distinct().order_by("pk"))
""",
    "with a plain Q": """def f():
    products = Product.objects.filter(Q(is_active=True) | Q(brand__name="x"), tags__name="tag 0")
    return list(products.distinct().order_by("pk"))
""",
    "in a Q": """def f():
    return list(Product.objects.filter(Q(tags__name="tag 0", tags__slug="tag-0")).distinct().order_by("pk"))
""",
    "either of two conditions on one row": """def f(name="tag 1"):
    products = Product.objects.filter(Q(tags__name=name) | Q(tags__slug="tag-0"), is_active=True).distinct()
    return [product.pk for product in products.order_by("pk")]
""",
    "either of the row's own and a related row's": """def f():
    products = Product.objects.filter(
        Q(name="product 5")
        | Q(reviews__rating__gte=2) & Q(reviews__title="review 2")
    ).distinct()
    return [product.pk for product in products.order_by("pk")]
""",
    "either of two relations": """def f():
    found = Product.objects.filter(Q(tags__name="tag 2") | Q(reviews__rating=4)).distinct().order_by("pk")
    return [product.pk for product in found]
""",
    "without a word": """def f():
    products = Product.objects.filter(reviews__is_read=False)  # unread
    # each once
    products = products.distinct()
    return sorted(product.pk for product in products)
""",
}  # fmt: skip


@pytest.mark.parametrize("name", DISTINCT)
def test_exists_gives_the_same_rows_without_a_finding(tmp_path: Path, name: str) -> None:
    project = Project(tmp_path, HEAD + DISTINCT[name])
    before = project.run()
    finding = before.only()
    assert finding.rule == "distinct-after-join"
    assert finding.model == "catalog.Product"
    assert finding.location is not None
    assert "Product.objects" in project.text.splitlines()[finding.location.line - 1]
    [fix] = finding.fixes
    assert fix.diff, fix.caveat
    project.apply(fix)
    assert "Exists(" in project.text
    assert "distinct()" not in project.text
    after = project.run()
    assert after.result == before.result
    assert before.result
    assert after.queries == before.queries
    assert not after.findings
    assert " JOIN " not in after.trace.groups[0].sql.partition("EXISTS")[0].replace(
        'INNER JOIN "catalog_brand"', ""
    ).replace('INNER JOIN "catalog_company"', "")


UNSAFE = {
    "an instance": ("Product.objects.filter(tags=tag).distinct()", "may be an instance"),
    "a field of the outer row": (
        "Product.objects.filter(reviews__created__gt=F('created')).distinct()", "speaks of the outer rows",
    ),
    "a hidden condition": ("Product.objects.filter(*[Q(tags__name='x')]).distinct()", "handed over"),
    "a condition beside": (
        "Product.objects.filter(q, tags__name='tag 0').distinct()", "handed over",
    ),
    "excluded in a Q": (
        "Product.objects.filter(~Q(tags__name='tag 0'), tags__slug='tag-1').distinct()", "what a Q excludes",
    ),
    "two parts about one row": (
        "Product.objects.filter((Q(tags__name='tag 0') | Q(name='x')) & Q(tags__slug='tag-0')).distinct()",
        "one related row has to meet",
    ),
    "a Q and a keyword about one row": (
        "Product.objects.filter(Q(tags__name='tag 0') | Q(tags__name='x'), tags__slug='tag-0').distinct()",
        "stand in several places",
    ),
    "beside another condition in one Q": (
        "Product.objects.filter(Q(tags__name='tag 0', is_active=True) | Q(pk=1)).distinct()",
        "beside others",
    ),
    "any row at all, or another": (
        "Product.objects.filter(Q(tags__isnull=False) | Q(tags__name='x')).distinct()", "at all",
    ),
    "an order that may join": (
        "Product.objects.filter(tags__name='tag 0').order_by(*keys).distinct()", "order_by() may join",
    ),
    "from another's row": (
        "Product.objects.filter(brand__products__name='x').distinct()", "begins at another model's row",
    ),
}  # fmt: skip
MORE = (
    HEAD.replace("import Q", "import F, Q").replace("import Product", "import Product, Tag")
    + """def f():
    tag, q, keys = Tag.objects.first(), Q(is_active=True), ["pk"]
    return list({})
"""
)


@pytest.mark.parametrize("name", UNSAFE)
def test_where_the_question_may_change_it_is_told_without_a_diff(tmp_path: Path, name: str) -> None:
    chain, reason = UNSAFE[name]
    project = Project(tmp_path, MORE.format(chain))
    [finding] = project.find("distinct-after-join")
    [fix] = finding.fixes
    assert not fix.diff
    assert not fix.edits
    assert reason in fix.caveat
    assert "Exists(" in fix.code


NEEDED = {
    "sorted by the joined rows": "Product.objects.filter(tags__name='x').order_by('tags__slug').distinct()",
    "counted with them": "Product.objects.filter(tags__slug='tag-0').annotate(n=Count('tags')).distinct()",
    "their values": "Product.objects.filter(tags__slug='tag-0').values('name').distinct()",
    "a union": "Product.objects.filter(tags__slug='tag-0').union(Product.objects.filter(tags__slug='tag-1'))",
    "not after a join": "Product.objects.filter(is_active=True).distinct()",
    "a forward key": "Product.objects.filter(brand__name='brand 0').distinct()",
    "a one-to-one": "Product.objects.filter(stock__quantity=1).distinct()",
    "excluded": "Product.objects.exclude(tags__slug='tag-0').distinct()",
    "no distinct": "Product.objects.filter(tags__slug='tag-0')",
    "distinct on": "Product.objects.filter(tags__slug='tag-0').order_by('name').distinct('name')",
}  # fmt: skip


@pytest.mark.parametrize("name", NEEDED)
def test_a_distinct_that_is_needed_stays(tmp_path: Path, name: str) -> None:
    head = HEAD.replace("import Q", "import Count")
    project = Project(tmp_path, f"{head}def f():\n    return list({NEEDED[name]})\n")
    assert not project.run().findings


def test_a_queryset_from_a_helper_is_told_where_it_is_built(tmp_path: Path) -> None:
    project = Project(
        tmp_path,
        HEAD + "def shown():\n    return Product.objects.all()\n\n\n"
        "def f():\n    return list(shown().filter(tags__name='tag 0').distinct())\n",
    )
    [finding] = project.find("distinct-after-join")
    [fix] = finding.fixes
    assert fix.code == 'Product.objects.filter(Exists(Tag.objects.filter(products=OuterRef("pk"), …)))'
    assert "written elsewhere" in fix.caveat or "called elsewhere" in fix.caveat


CLASSES = {
    "an attribute": "queryset = Product.objects.filter(tags__name='tag 0').order_by('pk').distinct()",
    "a method": (
        "model = Product\n\n    def get_queryset(self):\n"
        "        return super().get_queryset().filter(tags__name='tag 0').order_by('pk').distinct()"
    ),
}


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_that_holds_the_queryset_is_edited(tmp_path: Path, name: str) -> None:
    project = Project(
        tmp_path,
        "from django.views.generic import ListView\n"
        f"from catalog.models import Product\n\n\nclass Shelf(ListView):\n    {CLASSES[name]}\n\n\n"
        "def f():\n    return list(Shelf().get_queryset())\n",
    )
    before = project.run()
    finding = before.only()
    assert finding.rule == "distinct-after-join"
    [fix] = finding.fixes
    assert fix.diff, fix.caveat
    project.apply(fix)
    after = project.run()
    assert before.result == after.result
    assert not after.findings


SURFACES = {
    "a viewset": """from rest_framework import generics, serializers
from rest_framework.test import APIRequestFactory
from catalog.models import Product


class Line(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["name"]


class Shelf(generics.ListAPIView):
    queryset = Product.objects.filter(tags__name="tag 0").order_by("pk").distinct()
    serializer_class = Line
    pagination_class = None
    permission_classes = []
    authentication_classes = []


def f():
    return [dict(row) for row in Shelf.as_view()(APIRequestFactory().get("/")).data]
""",
    "an admin": """from django.contrib import admin
from catalog.models import Product


class ProductAdmin(admin.ModelAdmin):
    def get_queryset(self, request):
        products = super().get_queryset(request).order_by("pk")
        return products.filter(tags__name="tag 0").distinct()


def f():
    return list(ProductAdmin(Product, admin.site).get_queryset(None))
""",
}


@pytest.mark.parametrize("name", SURFACES)
def test_views_of_an_api_and_admins_are_edited(tmp_path: Path, name: str) -> None:
    project = Project(tmp_path, SURFACES[name])
    before = project.run()
    finding = before.only()
    assert finding.rule == "distinct-after-join"
    [fix] = finding.fixes
    assert fix.diff, fix.caveat
    project.apply(fix)
    after = project.run()
    assert before.result == after.result
    assert before.result
    assert not after.findings


ADMIN = """from django.contrib import admin
from catalog.models import Product


class ProductAdmin(admin.ModelAdmin):
    list_display = ["name", "how_many"]

    def get_queryset(self, request):
        {body}

    def how_many(self, product):
        return product.tags.count()


def f():
    made = ProductAdmin(Product, admin.site)
    return [made.how_many(product) for product in made.get_queryset(None)]
"""


def test_a_count_of_a_changelist_is_annotated_in_the_get_queryset_that_is_there(tmp_path: Path) -> None:
    project = Project(tmp_path, ADMIN.format(body='return super().get_queryset(request).order_by("pk")'))
    before = project.run()
    [finding] = [each for each in before.findings if each.rule == "query-in-loop"]
    assert finding.location.line == 9
    [fix] = finding.fixes
    assert '.annotate(tag_count=Count("tags"))' in fix.diff
    assert "+    def get_queryset" not in fix.diff
    project.apply(fix)
    after = project.run()
    assert before.result == after.result
    assert not after.findings


def test_a_get_queryset_that_goes_its_own_way_is_the_place_too(tmp_path: Path) -> None:
    project = Project(tmp_path, ADMIN.format(body='return Product.objects.order_by("pk")'))
    [finding] = [each for each in project.run().findings if each.rule == "query-in-loop"]
    assert finding.location.line in (8, 9)


def test_a_list_of_an_api_is_told_to_answer_in_pages(tmp_path: Path) -> None:
    project = Project(tmp_path, SURFACES["a viewset"].replace('filter(tags__name="tag 0")', "all()"))
    project.text = project.text.replace(".distinct()", "")
    [finding] = project.find("unbounded-result", rules={"unbounded-result": {"min_rows": 3}})
    assert finding.fixes[0].code == "pagination_class = PageNumberPagination"


def test_a_stream_gives_the_same_rows_one_by_one(tmp_path: Path) -> None:
    project = Project(
        tmp_path,
        HEAD
        + """def f():
    lines = []
    products = (
        Product.objects
        .filter(is_active=True)
        .order_by("pk")
    )
    for product in products:
        lines.append(product.name)
    return lines

import csv
def g(): csv.writer
""",
    )
    project.text = project.text.replace("    lines = []\n", "    lines = []\n    csv.writer\n")
    few = {"rules": {"unbounded-result": {"min_rows": 3}}}
    before = project.run(**few)
    finding = before.only()
    assert finding.rule == "unbounded-result"
    [fix] = finding.fixes
    assert fix.kinds == ("iterator",)
    project.apply(fix)
    assert "for product in products.iterator(chunk_size=2000):" in project.text
    after = project.run(**few)
    assert after.result == before.result
    assert not after.findings


def test_a_list_for_a_page_is_told_with_its_conditions(tmp_path: Path) -> None:
    project = Project(
        tmp_path,
        HEAD + "def f():\n    products = Product.objects.filter(is_active=True)\n    return list(products)\n",
    )
    [finding] = project.find("unbounded-result", rules={"unbounded-result": {"min_rows": 3}})
    assert finding.fixes[0].code == (
        'Paginator(Product.objects.filter(is_active=True).order_by("pk"), 50)'
        '.get_page(request.GET.get("page"))'
    )
    assert not project.find("unbounded-result")


def test_what_is_printed_for_a_deep_page_continues_it(tmp_path: Path) -> None:
    text = HEAD + 'def f():\n    return list(Product.objects.order_by("-price", "name")[2:4])\n'
    project = Project(tmp_path, text)
    rules = {"deep-offset": {"min_offset": 2}}
    ran = project.run(rules=rules)
    finding = ran.only()
    last = list(Product.objects.order_by("-price", "name"))[1]
    assert list(eval(finding.fixes[0].code, {**globals(), "last": last})) == ran.result


@pytest.mark.parametrize(
    ("chain", "rest"),
    [
        ('filter(price__gte=0).order_by("pk")', 'filter(price__gte=0, pk__gt=last_pk).order_by("pk")[:2]'),
        (
            'filter(price__gte=0).order_by("name")',
            (
                "filter(price__gte=0)"
                ".filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk), name__gte=last.name)"
                '.order_by("name", "pk")[:2]'
            ),
        ),
    ],
)
def test_the_next_page_has_the_conditions_of_this_one(tmp_path: Path, chain: str, rest: str) -> None:
    project = Project(tmp_path, f"{HEAD}def f():\n    return list(Product.objects.{chain}[2:4])\n")
    finding = project.run(rules={"deep-offset": {"min_offset": 2}}).only()
    assert finding.fixes[0].code == f"Product.objects.{rest}"


def test_pages_of_a_paginator_are_told_where_the_queryset_is_built(tmp_path: Path) -> None:
    project = Project(
        tmp_path,
        HEAD + "from django.core.paginator import Paginator\n\n\ndef f(number):\n"
        '    products = Product.objects.order_by("pk")\n'
        "    return list(Paginator(products, 2).page(number))\n",
    )
    rules = {"deep-offset": {"min_offset": 3}}
    assert not project.find("deep-offset", 2, rules=rules)
    [finding] = project.find("deep-offset", 3, rules=rules)
    assert finding.location is not None
    assert (
        finding.location.line
        == project.text.splitlines().index('    products = Product.objects.order_by("pk")') + 1
    )
    assert finding.fixes[0].code == 'Product.objects.filter(pk__gt=last_pk).order_by("pk")[:2]'


SORTED = {
    "random-order": 'Company.objects.order_by("?")[:3]',
    "distinct-after-join": 'Company.objects.filter(brands__name__gt="").distinct()',
}


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_company, catalog_brand")


@pytest.mark.parametrize("rule", SORTED)
def test_a_table_of_which_the_catalog_knows_few_rows_is_small(tmp_path: Path, rule: str) -> None:
    analyze()
    head = HEAD.replace("import Product", "import Company")
    project = Project(tmp_path, f"{head}def f():\n    return [each.name for each in {SORTED[rule]}]\n")
    assert project.find(rule, rules={rule: {"min_rows": 0}})
    assert not project.run(rules={rule: {}}, explain="slow").findings


@pytest.mark.parametrize("chain", ['order_by("?")[:3]', 'filter(is_active=True).order_by("?").first()'])
def test_random_rows_are_told_and_the_printed_code_runs(tmp_path: Path, chain: str) -> None:
    import random

    project = Project(tmp_path, f"{HEAD}def f():\n    return Product.objects.{chain}\n\n\n")
    project.text = project.text.replace("return Product", "found = Product") + ""
    project.text = (
        project.text.rstrip() + "\n    return found if isinstance(found, Product) else list(found)\n"
    )
    [finding] = project.find("random-order")
    setting, drawing = finding.fixes[0].code.splitlines()
    names = {**globals(), "random": random}
    exec(setting, names)
    assert set(eval(drawing, names)) <= set(Product.objects.all())


def test_a_few_random_rows_of_one_row_are_nobodys_business(tmp_path: Path) -> None:
    chains = ('first.tags.order_by("?")[:2]', 'Product.objects.filter(brand=first.brand).order_by("?")[:1]')
    for chain in chains:
        project = Project(
            tmp_path,
            f"{HEAD}def f():\n    first = Product.objects.select_related('brand').first()\n"
            f"    return list({chain})\n",
        )
        assert not project.find("random-order")
