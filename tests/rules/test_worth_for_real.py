"""The same code on a page that runs little else, and on one that runs much: what is worth telling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db.models.signals import post_save

from catalog.models import Product
from tests.capture.shop import add_products, add_reviews
from tests.rules.project import Project, Ran

pytestmark = pytest.mark.django_db

WEIGHED = (
    "count-then-iterate", "duplicate-query", "exists-then-get", "membership-in-loop", "n-plus-one",
    "query-in-loop", "queryset-evaluated-twice", "signal-query-per-save", "uncached-lookup", "write-in-loop",
)  # fmt: skip
# Queries of which no rule speaks.
HEAD = """\
from django.db import connection
from django.db.models import F
from catalog.models import Brand, Category, Product, Stock

def much():
    with connection.cursor() as cursor:
        for _ in range(90):
            cursor.execute("SELECT 1")

def nothing():
    pass


"""


@pytest.fixture(autouse=True)
def shop() -> None:
    products = add_products(5, stock=True)
    add_reviews(products)


def ran(folder: Path, code: str, beside: str = "much", **more: Any) -> Ran:
    """Run `f` of that code, beside so many other queries."""
    project = Project(folder, code, head=HEAD, **{key: more.pop(key) for key in list(more) if "html" in key})
    project.text += f"\n\ndef g():\n    {beside}()\n    return f()\n"
    # On a busy machine any query may take long once.
    rules = {rule: {"min_ms": 1e9} | more.get("rules", {}).get(rule, {}) for rule in WEIGHED}
    return project.run(call="g", packages=("catalog",), **(more | {"rules": rules}))


LOOK_UP = """
    def f():
        pks = list(Product.objects.values_list("pk", flat=True))
        return [Product.objects.get(pk=pk, price__gte=0).name for pk in pks]
"""
UNCACHED = """
    def f():
        products = [*Product.objects.order_by("pk"), *Product.objects.order_by("-pk")]
        return [Brand.objects.get(pk=product.brand_id).name for product in products]
"""
MEMBERS = """
    def is_cheap(pk):
        return Product.objects.filter(price__lte=3, pk=pk).exists()

    def f():
        pks = list(Product.objects.order_by("pk").values_list("pk", flat=True))
        return [is_cheap(pk) for pk in pks]
"""
TEMPLATE = """
    def f():
        return render("page.html", {"product": Product.objects.order_by("pk").first()})
"""
LIST = "{% for each in product.reviews.all %}{{ each.title }}{% endfor %}"
EXISTS = "{% if product.reviews.exists %}" + LIST + "{% endif %}"
COUNT = "{{ product.reviews.count }}" + LIST
HANDED = """
    def names(products):
        return [product.name for product in products.all()]

    def f():
        products = Product.objects.order_by("pk")
        return names(products), [product.price for product in products.iterator()]
"""
TWICE = """
    def cheap():
        return list(Product.objects.filter(price__lte=3))

    def f():
        return len(cheap()), [product.name for product in cheap()]
"""
WITHOUT_EDIT = {
    "query-in-loop": (LOOK_UP, ""),
    "uncached-lookup": (UNCACHED, ""),
    "membership-in-loop": (MEMBERS, ""),
    "exists-then-get": (TEMPLATE, EXISTS),
    "count-then-iterate": (TEMPLATE, COUNT),
    "queryset-evaluated-twice": (HANDED, ""),
    "duplicate-query": (TWICE, ""),
}


@pytest.mark.parametrize("rule", WITHOUT_EDIT)
def test_what_comes_without_an_edit_is_told_where_it_is_a_good_part(tmp_path, rule):
    code, page = WITHOUT_EDIT[rule]
    before = ran(tmp_path, code, "nothing", page_html=page)
    assert before.rules == [rule], before.told
    assert not before.findings[0].fixes[0].diff
    after = ran(tmp_path, code, page_html=page)
    assert after.result == before.result
    assert not after.rules, after.told


@pytest.mark.parametrize("rule", WITHOUT_EDIT)
def test_how_little_is_left_alone_is_an_option(tmp_path, rule):
    code, page = WITHOUT_EDIT[rule]
    assert ran(tmp_path, code, page_html=page, rules={rule: {"min_spared": 1}}).rules == [rule]
    assert ran(tmp_path, code, page_html=page, rules={rule: {"min_share": 0.0}}).rules == [rule]
    assert ran(tmp_path, code, page_html=page, rules={rule: {"min_ms": 0.0}}).rules == [rule]


WITH_EDIT = {
    "count-then-iterate": """
        def f():
            products = Product.objects.order_by("pk")
            return products.count(), [product.name for product in products]
    """,
    "queryset-evaluated-twice": """
        def f():
            products = Product.objects.order_by("pk")
            return [each.name for each in products.all()], [each.price for each in products.all()]
    """,
    "query-in-loop": """
        def f():
            pks = list(Product.objects.values_list("pk", flat=True))
            return [Product.objects.get(pk=pk).name for pk in pks]
    """,
    "write-in-loop": """
        def f():
            for product in Product.objects.order_by("pk"):
                product.price += 1
                product.save()
    """,
}


@pytest.mark.parametrize("rule", WITH_EDIT)
def test_what_comes_with_an_edit_is_told_wherever_it_runs(tmp_path, rule):
    found = ran(tmp_path, WITH_EDIT[rule])
    assert found.rules == [rule], found.told
    assert found.findings[0].fixes[0].diff


@pytest.fixture
def listening() -> Any:
    def receiver(sender: Any, instance: Any, **kwargs: Any) -> None:
        return None

    post_save.connect(receiver, sender=Product)
    yield
    post_save.disconnect(receiver, sender=Product)


def test_signals_are_not_given_up_for_a_few_rows(tmp_path, listening):
    code = WITH_EDIT["write-in-loop"]
    assert ran(tmp_path, code, "nothing").rules == ["write-in-loop"]
    assert not ran(tmp_path, code).rules
    assert ran(tmp_path, code, rules={"write-in-loop": {"min_lossy": 5}}).rules == ["write-in-loop"]
    assert not ran(tmp_path, code, rules={"write-in-loop": {"min_lossy": 6}}).rules


WRITTEN_ELSEWHERE = """
    def raise_price(product):
        product.price = product.price * 2 if product.price > 2 else product.price
        product.save()

    def f():
        for product in Product.objects.order_by("pk"):
            raise_price(product)
"""


def test_writes_without_an_edit_are_told_of_many_rows(tmp_path):
    assert ran(tmp_path, WRITTEN_ELSEWHERE, "nothing").rules == ["write-in-loop"]
    assert not ran(tmp_path, WRITTEN_ELSEWHERE).rules
    found = ran(tmp_path, WRITTEN_ELSEWHERE, rules={"write-in-loop": {"min_advised": 5}})
    assert found.rules == ["write-in-loop"]
    assert not found.findings[0].fixes[0].diff


@pytest.fixture
def asking() -> Any:
    connected: list[Any] = []

    def prepare(module: Any) -> None:
        post_save.connect(module.receive, sender=Product)
        connected.append(module.receive)

    yield prepare
    for receiver in connected:
        post_save.disconnect(receiver, sender=Product)


RECEIVER = """
    def receive(sender, instance, **kwargs):
        Stock.objects.filter(product=instance).count()

    def f():
        for product in Product.objects.order_by("pk"):
            product.price += 1
            product.save()
"""


@pytest.mark.parametrize(
    ("beside", "options", "is_told"),
    [
        ("nothing", {}, True),
        ("much", {}, False),
        ("much", {"min_rows": 5}, True),
        ("much", {"min_rows": 6}, False),
    ],
)
def test_receivers_are_written_anew_for_many_rows(tmp_path, asking, beside, options, is_told):
    rules = {"signal-query-per-save": options}
    found = ran(tmp_path, RECEIVER, beside, prepare=asking, rules=rules)
    assert ("signal-query-per-save" in found.rules) is is_told, found.told


REFRESHED = """
    def f():
        products = list(Product.objects.order_by("pk"))
        for product in products:
            Product.objects.filter(pk=product.pk).update(price=F("price") + 1)
            product.refresh_from_db(fields=["price"])
        return [product.price for product in products]
"""
REFRESHED_LATER = """
    def f():
        products = list(Product.objects.order_by("pk"))
        Product.objects.update(price=F("price") + 1)
        for product in products:
            product.refresh_from_db(fields=["price"])
        return [product.price for product in products]
"""


def test_a_row_that_was_just_written_is_refreshed_for_a_reason(tmp_path):
    assert "query-in-loop" not in ran(tmp_path, REFRESHED, "nothing").rules
    assert ran(tmp_path, REFRESHED_LATER, "nothing").rules == ["query-in-loop"]


APART = """
    class Form:
        def __init__(self):
            self.choices = [category.name for category in Category.objects.order_by("pk")]

    class Menu:
        def __init__(self):
            self.entries = list(Category.objects.order_by("pk"))

    def menu():
        return Menu()

    def header():
        return menu().entries

    def body():
        return Form().choices

    CALLS = {"form": body, "menu": header}

    def f():
        return [call() for call in CALLS.values()]
"""


def test_parts_that_know_nothing_of_each_other_are_left_alone(tmp_path):
    Path(tmp_path / "shop").mkdir()
    found = ran(tmp_path, APART, "much")
    assert not found.rules, found.told


COMBINED = """
    def good(product):
        reviews = product.reviews.all()
        if product.pk:
            return reviews | product.reviews.filter(rating__gte=4)
        return reviews

    def f():
        return [[review.title for review in good(product)] for product in Product.objects.order_by("pk")]
"""


def test_rows_whose_making_is_not_seen_are_not_called_all_rows(tmp_path):
    finding = ran(tmp_path, COMBINED, "nothing").only("query-in-loop")
    assert "reviews" in finding.fixes[0].code
    assert "objects," not in finding.fixes[0].code
    assert not finding.fixes[0].diff


KEPT = """
    from functools import cached_property

    class Basket:
        @cached_property
        def products(self):
            return list(Product.objects.filter(price__lte=3))

    def f():
        return [len(Basket().products), len(Basket().products), [each.name for each in Basket().products]]
"""


def test_what_each_instance_keeps_is_asked_by_several(tmp_path):
    asked = KEPT.replace("@cached_property", "@property")
    assert not ran(tmp_path / "kept", KEPT, "nothing").rules
    assert ran(tmp_path / "asked", asked, "nothing").rules == ["duplicate-query"]
