"""Querysets that ask again, against a real database: found, cured, and then silent."""

from __future__ import annotations

import pytest

from tests.rules.trace.conftest import Run

pytestmark = pytest.mark.django_db

TWICE = {
    "all() in two loops": (
        """
        def f():
            products = Product.objects.filter(price__gte=1).order_by("pk")
            names = [product.name for product in products.all()]
            prices = [product.price for product in products.all()]
            return names, prices
        """,
        'products = list(Product.objects.filter(price__gte=1).order_by("pk"))',
    ),
    "all() beside the queryset itself": (
        """
        def f():
            products = Product.objects.order_by("pk")
            first = list(products)
            return len(first), sum(product.price for product in products.all())
        """,
        'products = list(Product.objects.order_by("pk"))',
    ),
    "an item, another, and all": (
        """
        def f():
            products = Product.objects.order_by("pk")
            one, two = products[0].name, products[1].name
            return one, two, [product.price for product in products]
        """,
        'products = list(Product.objects.order_by("pk"))',
    ),
    "first() and all": (
        """
        def f():
            products = Product.objects.order_by("pk")
            cheapest = products.first()
            return cheapest.name, [product.price for product in products]
        """,
        'products = list(Product.objects.order_by("pk"))',
    ),
    "a loop around it": (
        """
        def f():
            products = Product.objects.order_by("pk")
            found = []
            for price in (1, 2, 3):
                found += [product.name for product in products.all() if product.price == price]
            return found
        """,
        'products = list(Product.objects.order_by("pk"))',
    ),
    "a chain over lines": (
        """
        def f():
            products = (
                Product.objects.filter(price__gte=1)
                .order_by("pk")
            )
            return list(products.all()), max(products.all(), key=lambda product: product.price)
        """,
        """products = list(Product.objects.filter(price__gte=1)
        .order_by("pk"))""",
    ),
    "handed on too": (
        """
        def f():
            products = Product.objects.order_by("pk")
            names = [product.name for product in products.all()]
            page = render("page.html", {"products": products})
            prices = [product.price for product in products.all()]
            return names, prices
        """,
        "products",
    ),
}


@pytest.mark.parametrize("name", TWICE)
def test_a_queryset_that_asks_again_is_cured(living: Run, name: str) -> None:
    text, code = TWICE[name]
    project = living(text)
    assert project.fix("queryset-evaluated-twice").code == code
    project.is_cured("queryset-evaluated-twice")


def test_a_template_that_asks_again_is_cured(living: Run) -> None:
    loop = "{% for each in products.all %}{{ each.name }}{% endfor %}\n"
    page = loop + loop.replace("name", "pk")
    project = living(
        """
        def f():
            return render("page.html", {"products": Product.objects.filter(price__gte=1)})
        """,
        page=page,
    )
    assert project.fix("queryset-evaluated-twice").code == "{% for each in products %}"
    project.is_cured("queryset-evaluated-twice")


TOLD = {
    "a coroutine": (
        """
        async def f():
            products = Product.objects.order_by("pk")
            names = [product.name async for product in products.all()]
            return names, [product.price async for product in products.all()]
        """,
        'products = [row async for row in Product.objects.order_by("pk")]',
    ),
    "helpers": (
        """
        def total(products):
            return sum(product.price for product in products.all())

        def largest(products):
            return max(products.all(), key=lambda product: product.price)

        def f():
            products = Product.objects.filter(price__gte=1)[:3]
            return total(products), largest(products)
        """,
        "products = list(Product.objects.filter(price__gte=1)[:3])",
    ),
    "a stream": (
        """
        def f():
            products = Product.objects.order_by("pk")
            return [p.name for p in products.iterator()], [p.price for p in products.iterator()]
        """,
        'products = list(Product.objects.order_by("pk"))',
    ),
    "a function that gives it": (
        """
        def cheap():
            return Product.objects.filter(price__gte=1)

        def f():
            products = cheap()
            return [p.name for p in products.all()], [p.price for p in products.all()]
        """,
        "rows = list(Product.objects.filter(price__gte=1))",
    ),
    "a helper that loops": (
        """
        def find(products, prices):
            return [[each.name for each in products.all() if each.price == price] for price in prices]

        def f():
            return find(Product.objects.order_by("pk"), [1, 2])
        """,
        'rows = list(Product.objects.order_by("pk"))',
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_a_queryset_that_others_ask_again_is_told(living: Run, name: str) -> None:
    text, code = TOLD[name]
    fix = living(text).fix("queryset-evaluated-twice")
    assert fix.code == code
    assert not fix.diff
    assert fix.caveat.startswith("No diff")


DUPLICATES = {
    "a helper that is called twice": """
        def cheap():
            return list(Product.objects.filter(price__gte=1))

        def f():
            return len(cheap()), sum(product.price for product in cheap())
        """,
    "a function that builds it twice": """
        def cheap():
            return Product.objects.filter(price__gte=1)

        def f():
            return [p.name for p in cheap()], [p.price for p in cheap()]
        """,
    "a helper in a loop": """
        def cheap():
            return list(Product.objects.filter(price__gte=1))

        def f():
            return [len(cheap()) for _ in range(3)]
        """,
    "a loop that builds it": """
        def f():
            found = []
            for name in ("a", "b"):
                found += [product.pk for product in Product.objects.order_by("pk") if product.name == name]
            return found
        """,
}


@pytest.mark.parametrize("name", DUPLICATES)
def test_a_queryset_that_is_built_anew_is_a_duplicate(living: Run, name: str) -> None:
    project = living(DUPLICATES[name])
    assert project.ran.rules == ["duplicate-query"], project.ran.told


def test_a_property_that_a_template_reads_twice_is_asked_once_with_with(
    living: Run,
) -> None:
    project = living(
        """
        class Shelf:
            @property
            def cheap(self):
                return Product.objects.filter(price__gte=1)

        def f():
            return render("page.html", {"shelf": Shelf()})
        """,
        page="{% if shelf.cheap %}{% for each in shelf.cheap %}{{ each.name }}{% endfor %}{% endif %}",
    )
    assert project.fix("duplicate-query").code == "{% with cheap=shelf.cheap %} … {% endwith %}"


def test_a_relation_that_a_template_reads_twice_is_asked_once_with_with(
    living: Run,
) -> None:
    project = living(
        """
        def f():
            return render("page.html", {"product": Product.objects.get(name="product 1")})
        """,
        page="{% if product.tags.all %}{% for each in product.tags.all %}{{ each }}{% endfor %}{% endif %}",
    )
    assert project.fix("duplicate-query").code == "{% with tags=product.tags.all %} … {% endwith %}"
