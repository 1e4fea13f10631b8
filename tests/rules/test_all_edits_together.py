"""Pages with several problems: all edits are made, and nothing that they made is complained about."""

from __future__ import annotations

import pytest

from queryscope.verify import apply_edits, choose_edits, first_fixes
from tests.capture.shop import NOW, add_orders, add_products, add_reviews, add_tags
from tests.rules.project import Project, Ran

pytestmark = pytest.mark.django_db

HEAD = """\
from django.db.models import Count, Prefetch, prefetch_related_objects
from catalog.models import Brand, Category, Collection, Product, Stock, Tag
from orders.models import Customer, Order, OrderLine, Payment
from reviews.models import Comment, Review


"""


@pytest.fixture(autouse=True)
def shop() -> None:
    from orders.models import Refund

    products = add_products(6, brands=3, stock=True)
    add_tags(products, 3)
    add_reviews(products, comments=2)
    for order in add_orders(4, lines=products[:3], payments=True):
        Refund.objects.create(payment=order.payment, amount=1, reason="broken", created=NOW)


# What a page reads, and the rules that speak of it at first.
PAGES: dict[str, tuple[str, set[str]]] = {
    "a foreign key, and a prefetch that is filtered": (
        """
        def f():
            brands = Brand.objects.prefetch_related("products")
            return [(b.company.name, [p.name for p in b.products.filter(price=1)]) for b in brands]
        """,
        {"n-plus-one", "refiltered-prefetch"},
    ),
    "a foreign key, and a join that nobody reads": (
        """
        def f():
            products = Product.objects.select_related("category").order_by("pk")
            return [(p.name, p.brand.name) for p in products]
        """,
        {"n-plus-one", "unused-select-related"},
    ),
    "a path below a join, and another join": (
        """
        def f():
            lines = OrderLine.objects.select_related("order", "product").order_by("pk")
            return [(line.quantity, line.product.brand.name) for line in lines]
        """,
        {"n-plus-one", "unused-select-related"},
    ),
    "a relation to many, and a prefetch that nobody reads": (
        """
        def f():
            products = Product.objects.prefetch_related("reviews").order_by("pk")
            return [(p.name, [t.name for t in p.tags.all()]) for p in products]
        """,
        {"n-plus-one", "unused-prefetch-related"},
    ),
    "a count, and a prefetch that nobody reads": (
        """
        def f():
            products = Product.objects.prefetch_related("reviews").order_by("pk")
            return [(p.name, p.tags.count()) for p in products]
        """,
        {"query-in-loop", "unused-prefetch-related"},
    ),
    "a count, and a foreign key": (
        """
        def f():
            products = Product.objects.order_by("pk")
            return [(p.brand.name, p.tags.count()) for p in products]
        """,
        {"query-in-loop", "n-plus-one"},
    ),
    "a count, and a relation to many": (
        """
        def f():
            products = Product.objects.order_by("pk")
            return [([r.title for r in p.reviews.all()], p.tags.count()) for p in products]
        """,
        {"query-in-loop", "n-plus-one"},
    ),
    "a deferred column, and a foreign key": (
        """
        def f():
            products = Product.objects.defer("description", "name").order_by("pk")
            return [(p.name, p.brand.name) for p in products]
        """,
        {"deferred-field-read", "n-plus-one"},
    ),
    "a column that only() leaves out, and a foreign key": (
        """
        def f():
            products = Product.objects.only("name").order_by("pk")
            return [(p.slug, p.brand.name) for p in products]
        """,
        {"deferred-field-read", "n-plus-one"},
    ),
    "a deferred column, and a join that nobody reads": (
        """
        def f():
            products = Product.objects.select_related("brand").defer("name").order_by("pk")
            return [p.name for p in products]
        """,
        {"deferred-field-read", "unused-select-related"},
    ),
    "two prefetches: one is filtered, the other is for nobody": (
        """
        def f():
            products = Product.objects.prefetch_related("tags", "reviews").order_by("pk")
            return [[t.name for t in p.tags.filter(slug="tag-1")] for p in products]
        """,
        {"refiltered-prefetch", "unused-prefetch-related"},
    ),
    "two prefetches that are filtered": (
        """
        def f():
            products = Product.objects.prefetch_related("tags", "reviews").order_by("pk")
            found = []
            for product in products:
                tags = [t.name for t in product.tags.filter(slug="tag-1")]
                found.append((tags, len(product.reviews.filter(rating=1))))
            return found
        """,
        {"refiltered-prefetch"},
    ),
    "a prefetch that is filtered, and read": (
        """
        def f():
            brands = Brand.objects.prefetch_related("products")
            return [(len(b.products.all()), [p.name for p in b.products.filter(price=1)]) for b in brands]
        """,
        {"refiltered-prefetch"},
    ),
    "a prefetch that is filtered, below one that is read": (
        """
        def f():
            brands = Brand.objects.prefetch_related("products__tags")
            return [
                [[t.name for t in p.tags.filter(slug="tag-1")] for p in b.products.all()] for b in brands
            ]
        """,
        {"refiltered-prefetch"},
    ),
    "a prefetch that is filtered, and one below it": (
        """
        def f():
            brands = Brand.objects.prefetch_related("products__tags")
            return [[p.name for p in b.products.filter(price=1)] for b in brands]
        """,
        {"refiltered-prefetch"},
    ),
    "a prefetch that is filtered, whose rows read one below it": (
        """
        def f():
            brands = Brand.objects.prefetch_related("products__tags")
            return [[[t.pk for t in p.tags.all()] for p in b.products.filter(price__gte=1)] for b in brands]
        """,
        {"refiltered-prefetch", "n-plus-one"},
    ),
    "a prefetch that is named, and one below it": (
        """
        def f():
            found = []
            for b in Brand.objects.prefetch_related(
                "products",
                "products__tags",
                "company",
            ):
                found.append((b.company.name, [p.name for p in b.products.filter(price=1)]))
            return found
        """,
        {"refiltered-prefetch"},
    ),
    "two filters of a prefetch, and one below it": (
        """
        def f():
            found = []
            for b in Brand.objects.prefetch_related("products__tags", "products__reviews"):
                found.append((len(b.products.filter(price=1)), len(b.products.filter(price=2))))
            return found
        """,
        {"refiltered-prefetch"},
    ),
    "a prefetch that is filtered, whose rows read on": (
        """
        def f():
            brands = Brand.objects.prefetch_related("products")
            return [[p.category.name for p in b.products.filter(price__gte=1)] for b in brands]
        """,
        {"refiltered-prefetch", "n-plus-one"},
    ),
    "a prefetch one by one, and a join that nobody reads": (
        """
        def f():
            found = []
            products = list(Product.objects.select_related("brand").order_by("pk"))
            for product in products:
                prefetch_related_objects([product], "tags")
                found.append([t.name for t in product.tags.all()])
            return found
        """,
        {"one-query-per-instance-prefetch", "unused-select-related"},
    ),
    "a join of which nobody reads the end, and a count": (
        """
        def f():
            products = Product.objects.select_related("brand__company").order_by("pk")
            return [(p.brand.name, p.tags.count()) for p in products]
        """,
        {"query-in-loop", "unused-select-related"},
    ),
    "exists() first, and a foreign key": (
        """
        def f():
            products = Product.objects.order_by("pk")
            if not products.exists():
                return []
            return [p.brand.name for p in products]
        """,
        {"exists-then-get", "n-plus-one"},
    ),
    "count() first, and a prefetch that is filtered": (
        """
        def f():
            brands = Brand.objects.prefetch_related("products")
            found = [brands.count()]
            for b in brands:
                found.append([p.name for p in b.products.filter(price=1)])
            return found
        """,
        {"count-then-iterate", "refiltered-prefetch"},
    ),
    "the same rows twice, and a foreign key of the second": (
        """
        def f():
            products = Product.objects.order_by("pk")
            names = [p.name for p in products.all()]
            return names, [p.brand.name for p in products.all()]
        """,
        {"queryset-evaluated-twice", "n-plus-one"},
    ),
    "loops in a loop, and a join that nobody reads": (
        """
        def f():
            found = []
            for order in Order.objects.select_related("customer").order_by("pk"):
                for line in order.lines.all():
                    found.append((order.number, line.quantity, line.product.name))
            return found
        """,
        {"n-plus-one", "unused-select-related"},
    ),
    "the first of prefetched rows, and a foreign key": (
        """
        def f():
            brands = Brand.objects.prefetch_related("products")
            return [(b.company.name, b.products.first().name) for b in brands]
        """,
        {"refiltered-prefetch", "n-plus-one"},
    ),
    "rows for their number, beside a foreign key": (
        """
        def f():
            number = len(Tag.objects.filter(slug__startswith="tag"))
            return number, [p.brand.name for p in Product.objects.order_by("pk")]
        """,
        {"len-instead-of-count", "n-plus-one"},
    ),
    "a Prefetch into a list for nobody, and a relation to many": (
        """
        def f():
            best = Prefetch("reviews", queryset=Review.objects.filter(rating=1), to_attr="best")
            products = Product.objects.prefetch_related(best).order_by("pk")
            return [(p.name, [t.name for t in p.tags.all()]) for p in products]
        """,
        {"n-plus-one"},
    ),
    "a Prefetch in the call for nobody, and a relation to many": (
        """
        def f():
            products = Product.objects.prefetch_related(
                Prefetch("reviews", queryset=Review.objects.filter(rating=1), to_attr="best"),
            ).order_by("pk")
            return [(p.name, [t.name for t in p.tags.all()]) for p in products]
        """,
        {"n-plus-one", "unused-prefetch-related"},
    ),
}


def _apply(made: Project, ran: Ran) -> None:
    fixes = [fix for fix in first_fixes(ran.report) if fix.edits]
    _, edits = choose_edits(fixes)
    for path in {edit.path for edit in edits}:
        apply_edits(made.root / path, [edit for edit in edits if edit.path == path])


@pytest.mark.parametrize("name", PAGES)
def test_no_edit_makes_what_another_rule_complains_about(tmp_path, name):
    text, rules = PAGES[name]
    made = Project(tmp_path, text, head=HEAD)
    before = made.run()
    assert set(before.rules) == rules
    _apply(made, before)
    after = made.run()
    assert after.result == before.result
    assert after.queries < before.queries
    # Edits that overlap wait for the next run: they are told again then, and nothing else.
    assert set(after.rules) <= rules, made.read()
    if after.rules:
        _apply(made, after)
        last = made.run()
        assert (last.result, last.rules) == (before.result, []), made.read()
