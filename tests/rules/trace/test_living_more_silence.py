"""What is right as it is, or another rule's: nothing is said, against a real database."""

from __future__ import annotations

import pytest

from tests.rules.trace.conftest import Run

pytestmark = pytest.mark.django_db

SILENT = {
    "a count before a stream": """
        def f():
            products = Product.objects.order_by("pk")
            total = products.count()
            return [f"{at}/{total} {product.name}" for at, product in enumerate(products.iterator())]
        """,
    "a count of others": """
        def f():
            products = Product.objects.order_by("pk")
            return products.filter(price=1).count(), [product.name for product in products]
        """,
    "a count after a write": """
        def f():
            products = Product.objects.order_by("pk")
            before = [product.name for product in products]
            Product.objects.filter(price=1).update(price=2)
            return before, products.all().count()
        """,
    "one function for two objects": """
        def show(product):
            return product.tags.count(), 0

        def f():
            one, two = Product.objects.order_by("pk")[:2]
            return show(one), show(two), [tag.name for tag in one.tags.all()]
        """,
    "an exists that decides against": """
        def f():
            if Product.objects.filter(name="new").exists():
                return None
            return Tag.objects.create(name="new", slug="new").name
        """,
    "an exists, then a create and the row": """
        def f():
            if not Tag.objects.filter(name="new").exists():
                Tag.objects.create(name="new", slug="new")
            return Tag.objects.get(name="new").slug
        """,
    "an exists before a lock": """
        def f():
            with transaction.atomic():
                if not Tag.objects.filter(name="tag 0").exists():
                    return None
                tag = Tag.objects.select_for_update().get(name="tag 0")
                return tag.slug
        """,
    "an exists for one, a row of another": """
        def f():
            if Tag.objects.filter(name="tag 0").exists():
                return Tag.objects.get(name="tag 1").slug
        """,
    "an exists in one function, the row in another": """
        def is_known(name):
            return Tag.objects.filter(name=name).exists()

        def f():
            return is_known("tag 0"), Tag.objects.get(name="tag 0").slug
        """,
    "an exists that waits": """
        def f():
            tags = Tag.objects.filter(name="tag 0")
            for _ in range(3):
                tags.exists()
                sleep(0.06)
            tag = tags.get()
            return tag.slug
        """,
    "a length of rows that are read": """
        def f():
            products = Product.objects.order_by("pk")
            return len(products), [product.name for product in products]
        """,
    "a length of rows that are handed on": """
        def names(products):
            return [product.name for product in products]

        def f():
            products = Product.objects.order_by("pk")
            return len(products), names(products)
        """,
    "a length of rows that are given back": """
        def f():
            products = Product.objects.order_by("pk")
            print(len(products))
            return products and None
        """,
    "a length of rows that are read in another branch": """
        def f(is_long=False):
            products = Product.objects.order_by("pk")
            if is_long:
                return [product.name for product in products]
            return len(products)
        """,
    "a length of rows that an object keeps": """
        class Shelf:
            def __init__(self):
                self.products = Product.objects.order_by("pk")

        def f():
            return len(Shelf().products)
        """,
    "a length of rows that a function gives": """
        KEPT = []

        def products():
            KEPT[:] = [Product.objects.order_by("pk")]
            return KEPT[0]

        def f():
            return len(products())
        """,
    "a length of locked rows": """
        def f():
            with transaction.atomic():
                return len(Product.objects.select_for_update().order_by("pk"))
        """,
    "a length and an item": """
        def f():
            products = Product.objects.order_by("pk")
            return len(products), products[0].name
        """,
    "a truth, then the rows": """
        def f():
            products = Product.objects.order_by("pk")
            if products:
                return [product.name for product in products]
        """,
    "a truth of one row": """
        def f():
            return "some" if Product.objects.filter(name="product 1") else "none"
        """,
    "a truth that gives the rows": """
        def f():
            products = Product.objects.order_by("pk") or ()
            return sum(product.price for product in products)
        """,
    "no rows at all": """
        def f():
            return len(Product.objects.filter(name="nothing"))
        """,
    "a length in a template, then the rows": """
        def f():
            return render("page.html", {"products": Product.objects.order_by("pk")})
        """,
}
SILENT_PAGE = (
    "{{ products|length }}{% if products %}{% for each in products %}{{ each.name }}{% endfor %}{% endif %}"
)


@pytest.mark.parametrize("name", SILENT)
def test_these_are_right_as_they_are(living: Run, name: str) -> None:
    project = living(SILENT[name], page=SILENT_PAGE)
    assert not project.ran.rules, project.ran.told
