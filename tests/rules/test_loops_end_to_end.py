"""Queries in a loop, from real querysets to the edit: found, said, and gone once it is applied."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from queryscope.model import Finding
from queryscope.verify import apply_edits, choose_edits
from tests.capture.shop import NOW, add_orders, add_products, add_reviews, add_tags
from tests.rules.project import PATH, Project, Ran

pytestmark = pytest.mark.django_db(databases=["default", "reports"])

LOOK_UPS = ("membership-in-loop", "query-in-loop", "uncached-lookup")
HEAD = """\
import time
from datetime import datetime, timedelta, timezone
from django.db import connection
from django.db.models import Avg, Q, Sum
from django.shortcuts import get_list_or_404, get_object_or_404
from catalog.models import Brand, Category, Collection, Product, Tag
from orders.models import Customer, Order, OrderLine, Payment, Refund
from reviews.models import Comment, Review

NOW, HOUR = datetime(2024, 1, 1, tzinfo=timezone.utc), timedelta(hours=1)


"""


@pytest.fixture(autouse=True)
def shop() -> None:
    from catalog.models import Collection

    products = add_products(5)
    add_tags(products[:3])
    reviews = add_reviews(products)
    for number, product in enumerate(products[:2]):
        product.reviews.create(
            customer=reviews[0].customer, rating=3, title=f"more {number}", body="…", created=NOW
        )
    for review in reviews[:3]:
        review.comments.create(text="yes", created=NOW)
    add_orders(4, lines=products[:3], payments=True)
    Collection.objects.create(title="best").products.set(products[:2])


# The sample project's models ask too.
PACKAGES = ("catalog", "orders", "reviews")


def played(folder: Path, body: str, **pages: str) -> Ran:
    return run(Project(folder, body, head=HEAD, **pages))


def run(project: Project) -> Ran:
    return project.run(packages=PACKAGES)


def rerun(folder: Path, finding: Finding) -> Ran:
    """Once more with the edits of a finding."""
    project = Project(folder)
    project.apply(finding)
    return run(project)


def line_of(text: str, mark: str) -> int | None:
    """The only line with that mark."""
    found = [at for at, line in enumerate(text.splitlines(), start=1) if line.endswith(f"# {mark}")]
    assert len(found) <= 1, found
    return found[0] if found else None


def check_place(finding: Finding, text: str) -> None:
    """It stands where the queryset is built, and names the line that asks in a loop."""
    here = line_of(text, "here")
    assert finding.location is not None
    assert finding.location.line == here
    if "# loop" in text:
        assert finding.trigger is not None
        assert finding.trigger.line == line_of(text, "loop")


EDITED = {
    "count": (
        """
        def f():
            products = Product.objects.order_by("pk")  # here
            return [product.reviews.count() for product in products]
        """,
        'Product.objects.annotate(review_count=Count("reviews"))',
    ),
    "count of many-to-many": (
        """
        def f():
            total = []
            for product in Product.objects.all().order_by("pk"):  # here
                total.append((product.name, product.tags.count()))
            return total
        """,
        'Product.objects.annotate(tag_count=Count("tags"))',
    ),
    "count of all()": (
        """
        def f():
            return [tag.products.all().count() for tag in Tag.objects.all()]  # here
        """,
        'Tag.objects.annotate(product_count=Count("products"))',
    ),
    "count of a generic relation": (
        """
        def f():
            return [review.comments.count() for review in Review.objects.order_by("pk")]  # here
        """,
        'Review.objects.annotate(comment_count=Count("comments"))',
    ),
    "filtered count": (
        """
        def f():
            return [product.reviews.filter(rating__gte=2, is_read=False).count()
                    for product in Product.objects.order_by("pk")]  # here
        """,
        (
            "Product.objects.annotate(matching_review_count="
            'Count("reviews", filter=Q(reviews__rating__gte=2, reviews__is_read=False)))'
        ),
    ),
    "count of unread": (
        """
        def f():
            products = Product.objects.order_by("pk")  # here
            return [product.reviews.exclude(is_read=True).count() for product in products]
        """,
        'Product.objects.annotate(not_read_review_count=Count("reviews", filter=~Q(reviews__is_read=True)))',
    ),
    "count with Q": (
        """
        def f():
            products = Product.objects.order_by("pk")  # here
            return [p.reviews.filter(Q(rating=3) | ~Q(title="x"), is_read=False).count() for p in products]
        """,
        (
            'Product.objects.annotate(matching_review_count=Count("reviews", filter='
            '(Q(reviews__rating=3) | ~Q(reviews__title="x")) & Q(reviews__is_read=False)))'
        ),
    ),
    "the first by its number, asked by a helper of a row's relation": (
        """
        def first_review(item):
            return item.reviews.all()[0].title

        def f():
            lines = OrderLine.objects.order_by("pk")  # here
            return [first_review(line.product) for line in lines.select_related("product")]
        """,
        'OrderLine.objects.prefetch_related("product__reviews")',
    ),
    "one count at two places": (
        """
        def f():
            found = []
            for product in Product.objects.order_by("pk"):  # here
                found.append(product.reviews.count())
                found.append(product.reviews.count() + 1)
            return found
        """,
        'Product.objects.annotate(review_count=Count("reviews"))',
    ),
    "rows that a method goes over in a comprehension": (
        """
        def titles(product):
            return [
                review.title
                for review in product.reviews.filter(
                    rating=3
                )
            ]

        def f():
            products = Product.objects.order_by("pk")  # here
            return [titles(product) for product in products]
        """,
        (
            'Product.objects.prefetch_related(Prefetch("reviews", '
            'queryset=Review.objects.filter(rating=3), to_attr="matching_reviews"))'
        ),
    ),
    "two counts": (
        """
        def f():
            products = Product.objects.order_by("pk")  # here
            return [(product.reviews.count(), product.tags.count()) for product in products]
        """,
        (
            'Product.objects.annotate(review_count=Count("reviews", distinct=True), '
            'tag_count=Count("tags", distinct=True))'
        ),
    ),
    "a count on rows that a join multiplies": (
        """
        def f():
            products = Product.objects.filter(tags__name__startswith="tag").distinct().order_by("pk")  # here
            return [product.reviews.count() for product in products]
        """,
        'Product.objects.annotate(review_count=Count("reviews", distinct=True))',
    ),
    "a count on rows that come several times": (
        """
        def f():
            products = Product.objects.filter(tags__name__startswith="tag").order_by("pk")  # here
            return [product.reviews.count() for product in products]
        """,
        (
            'Product.objects.annotate(review_count=Coalesce(Subquery(Review.objects.filter(product=OuterRef("pk"))'
            '.order_by().values("product").annotate(value=Count("pk")).values("value")), 0))'
        ),
    ),
    "a count on rows that a foreign key joins": (
        """
        def f():
            products = Product.objects.filter(brand__name__startswith="b").order_by("pk")  # here
            return [product.reviews.count() for product in products]
        """,
        'Product.objects.annotate(review_count=Count("reviews"))',
    ),
    "a count of rows that a prefetch brings": (
        """
        def f():
            brands = Brand.objects.prefetch_related("products").order_by("pk")  # here
            return [[product.reviews.count() for product in brand.products.all()] for brand in brands]
        """,
        (
            'Brand.objects.prefetch_related(Prefetch("products", '
            'queryset=Product.objects.annotate(review_count=Count("reviews"))))'
        ),
    ),
    "a count of rows that a prefetch's own queryset brings": (
        """
        def f():
            from django.db.models import Prefetch
            rows = Product.objects.filter(price__gte=0)  # here
            brands = Brand.objects.prefetch_related(Prefetch("products", queryset=rows)).order_by("pk")
            return [[product.reviews.count() for product in brand.products.all()] for brand in brands]
        """,
        'Product.objects.annotate(review_count=Count("reviews"))',
    ),
    "a count beside a column of the row": (
        """
        def f():
            products = Product.objects.order_by("pk")  # here
            return [product.reviews.filter(created__gte=product.created).count() for product in products]
        """,
        (
            'Product.objects.annotate(matching_review_count=Count("reviews", '
            'filter=Q(reviews__created__gte=F("created"))))'
        ),
    ),
    "a count that an argument filters": (
        """
        def f(least=2):
            products = Product.objects.order_by("pk")  # here
            return [product.reviews.filter(rating__gte=least).count() for product in products]
        """,
        (
            "Product.objects.annotate(matching_review_count="
            'Count("reviews", filter=Q(reviews__rating__gte=least)))'
        ),
    ),
    "a count of what select_related joined": (
        """
        def f():
            reviews = Review.objects.select_related("product").order_by("pk")  # here
            return [review.product.tags.count() for review in reviews]
        """,
        'Review.objects.annotate(product_tag_count=Count("product__tags"))',
    ),
    "exists": (
        """
        def f():
            payments = Payment.objects.order_by("pk")  # here
            return [bool(payment.refunds.exists()) for payment in payments]
        """,
        'Payment.objects.annotate(has_refund=Exists(Refund.objects.filter(payment=OuterRef("pk"))))',
    ),
    "exists of many-to-many, filtered": (
        """
        def f():
            products = Product.objects.order_by("pk")  # here
            return [product.tags.filter(name="tag 1").exists() for product in products]
        """,
        (
            'Product.objects.annotate(has_tag_1_tag=Exists(Tag.objects.filter(products=OuterRef("pk"), '
            'name="tag 1")))'
        ),
    ),
    "not exists": (
        """
        def f():
            names = []
            for product in Product.objects.order_by("pk"):  # here
                if not product.tags.exists():
                    names.append(product.name)
            return names
        """,
        'Product.objects.annotate(has_tag=Exists(Tag.objects.filter(products=OuterRef("pk"))))',
    ),
    "contains": (
        """
        def f():
            tag = Tag.objects.get(slug="tag-1")
            products = Product.objects.order_by("pk")  # here
            return [product.tags.contains(tag) for product in products]
        """,
        'Product.objects.annotate(has_tag=Exists(Tag.objects.filter(products=OuterRef("pk"), pk=tag.pk)))',
    ),
    "aggregate": (
        """
        def f():
            products = Product.objects.order_by("pk")  # here
            return [product.reviews.aggregate(mean=Avg("rating"))["mean"] for product in products]
        """,
        'Product.objects.annotate(mean=Avg("reviews__rating"))',
    ),
    "aggregate without a name": (
        """
        def f():
            orders = Order.objects.order_by("pk")  # here
            return [order.lines.aggregate(Sum("quantity"))["quantity__sum"] or 0 for order in orders]
        """,
        'Order.objects.annotate(line_quantity_sum=Sum("lines__quantity"))',
    ),
    "aggregate whose name is taken": (
        """
        def f():
            orders = Order.objects.order_by("pk")  # here
            return [order.lines.filter(quantity__gt=0).aggregate(total=Sum("unit_price"))["total"]
                    for order in orders]
        """,
        'Order.objects.annotate(line_total=Sum("lines__unit_price", filter=Q(lines__quantity__gt=0)))',
    ),
    "a sum that joins would multiply": (
        """
        def f():
            products = Product.objects.filter(tags__name__startswith="tag").order_by("pk")  # here
            return [product.reviews.aggregate(s=Sum("rating"))["s"] for product in products]
        """,
        (
            'Product.objects.annotate(s=Subquery(Review.objects.filter(product=OuterRef("pk"))'
            '.order_by().values("product").annotate(value=Sum("rating")).values("value")))'
        ),
    ),
    "several aggregates": (
        """
        def f():
            products = Product.objects.order_by("pk")  # here
            return [product.reviews.aggregate(a=Avg("rating"), s=Sum("rating")) for product in products]
        """,
        'Product.objects.annotate(a=Avg("reviews__rating"), s=Sum("reviews__rating"))',
    ),
    "the newest one's column": (
        """
        def f():
            products = Product.objects.order_by("pk")  # here
            rows = []
            for product in products:
                review = product.reviews.order_by("-created", "-pk").first()
                rows.append((product.name, review.title if review else None))
            return rows
        """,
        (
            "Product.objects.annotate(latest_review_title=Subquery(Review.objects.filter("
            'product=OuterRef("pk")).order_by("-created", "-pk").values("title")[:1]))'
        ),
    ),
    "the newest one's column, directly": (
        """
        def f():
            products = Product.objects.order_by("pk")  # here
            return [product.reviews.latest("pk").title for product in products]
        """,
        (
            "Product.objects.annotate(first_review_title=Subquery(Review.objects.filter("
            'product=OuterRef("pk")).order_by("-pk").values("title")[:1]))'
        ),
    ),
    "the newest one, whole": (
        """
        def f():
            products = Product.objects.order_by("pk")  # here
            rows = []
            for product in products:
                review = product.reviews.order_by("-created", "-pk").first()
                rows.append((review.title, review.rating))
            return rows
        """,
        (
            'Product.objects.prefetch_related(Prefetch("reviews", '
            'queryset=Review.objects.order_by("-created", "-pk")'
            '[:1], to_attr="latest_review_rows"))'
        ),
    ),
    "filtered rows": (
        """
        def f():
            products = Product.objects.order_by("pk")  # here
            return [[review.title for review in product.reviews.filter(is_read=False).order_by("pk")]
                    for product in products]
        """,
        (
            'Product.objects.prefetch_related(Prefetch("reviews", '
            "queryset=Review.objects.filter(is_read=False)"
            '.order_by("pk"), to_attr="not_read_reviews"))'
        ),
    ),
    "sliced rows": (
        """
        def f():
            found = []
            for product in Product.objects.order_by("pk"):  # here
                for review in product.reviews.order_by("-pk")[:1]:
                    found.append(review.title)
            return found
        """,
        (
            'Product.objects.prefetch_related(Prefetch("reviews", '
            'queryset=Review.objects.order_by("-pk")[:1], '
            'to_attr="first_reviews"))'
        ),
    ),
    "columns of the related rows": (
        """
        def f():
            products = Product.objects.order_by("pk")  # here
            return [", ".join(product.tags.values_list("name", flat=True)) for product in products]
        """,
        'Product.objects.prefetch_related("tags")',
    ),
    "two columns of them": (
        """
        def f():
            products = Product.objects.order_by("pk")  # here
            return [list(product.tags.values_list("name", "slug")) for product in products]
        """,
        'Product.objects.prefetch_related("tags")',
    ),
    "a method of the same module": (
        """
        def stars(product):
            return product.reviews.count()

        def f():
            return [stars(product) for product in Product.objects.order_by("pk")]  # here
        """,
        'Product.objects.annotate(review_count=Count("reviews"))',
    ),
    "a serializer's method": (
        """
        from rest_framework import serializers

        class ProductSerializer(serializers.ModelSerializer):
            stars = serializers.SerializerMethodField()

            class Meta:
                model = Product
                fields = ["name", "stars"]

            def get_stars(self, obj):
                return obj.reviews.count()

        def f():
            return ProductSerializer(Product.objects.order_by("pk"), many=True).data  # here
        """,
        'Product.objects.annotate(review_count=Count("reviews"))',
    ),
    "a coroutine": (
        """
        from asgiref.sync import async_to_sync

        async def page():
            products = Product.objects.order_by("pk")  # here
            return [await product.reviews.acount() async for product in products]

        def f():
            return async_to_sync(page)()
        """,
        'Product.objects.annotate(review_count=Count("reviews"))',
    ),
}


@pytest.mark.parametrize("name", EDITED)
def test_a_question_of_every_row_is_found_and_its_edit_answers_it(tmp_path, name):
    body, code = EDITED[name]
    before = played(tmp_path, body)
    finding = before.of("query-in-loop")
    fix = finding.fixes[0]
    assert fix.code == code
    check_place(finding, before.text)
    assert fix.diff, fix.caveat
    after = rerun(tmp_path, finding)
    assert after.result == before.result
    assert after.queries < before.queries
    assert after.queries <= 3
    # Once the database counts, nobody reads what the line joins: that is another edit, and told then.
    assert after.rules == (["unused-select-related"] if "select_related joined" in name else [])


def test_an_edit_is_written_as_the_file_is(tmp_path):
    body = """
        from django.db.models import (
            Min,
        )

        def f():
            found = []
            products = (
                Product.objects
                .filter(is_active=True)  # those for sale
                .order_by('pk')
            )
            for product in products:
                found.append('%d' % product.reviews.filter(rating__gte=1).count())
            return found
        """
    text = HEAD.replace("from django.db.models import Avg, Q, Sum\n", "") + dedent(body)
    before = run(Project(tmp_path, text))
    diff = before.of("query-in-loop").fixes[0].diff
    changed = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == [
        "+    Count,",
        "+    Q,",
        "+        .annotate(",
        "+            matching_review_count=Count('reviews', filter=Q(reviews__rating__gte=1))",
        "+        )",
        "-        found.append('%d' % product.reviews.filter(rating__gte=1).count())",
        "+        found.append('%d' % product.matching_review_count)",
    ]
    after = rerun(tmp_path, before.of("query-in-loop"))
    assert after.result == before.result
    assert not after.rules


BESIDE = {
    "before a filter": """
        def f():
            products = Product.objects.filter(is_active=True).order_by("pk")
            return [(product.brand.name, product.reviews.count()) for product in products]
        """,
    "in place of all()": """
        def f():
            products = Product.objects.all()
            return sorted((product.pk, product.brand.name, product.tags.count()) for product in products)
        """,
    "behind the manager": """
        def f():
            return [[p.brand.name, *p.tags.all(), p.reviews.exists()] for p in get_list_or_404(Product)]
        """,
    "in a column": """
        def f():
            products = (
                Product.objects
                .filter(is_active=True)  # those for sale
                .order_by("pk")
            )
            return [
                (product.brand.name, [tag.name for tag in product.tags.all()], product.reviews.count())
                for product in products
            ]
        """,
    "beside a prefetch": """
        def f():
            products = Product.objects.prefetch_related("tags").order_by("pk")
            return [
                ([*product.tags.all(), *product.collections.all()], product.reviews.filter(rating=3).count())
                for product in products
            ]
        """,
    "two prefetches": """
        def f():
            found = []
            for product in Product.objects.order_by("pk"):
                found += [tag.name for tag in product.tags.all()]
                for review in product.reviews.filter(rating__gte=2).order_by("pk"):
                    found.append(review.title)
            return found
        """,
    "two files' worth of imports": """
        def g():
            products = Product.objects.order_by("pk")
            return [(product.brand.name, product.tags.filter(slug="tag-0").exists()) for product in products]

        def f():
            brands = Brand.objects.order_by("pk")
            return g(), [(brand.company.name, brand.products.count()) for brand in brands]
        """,
}


@pytest.mark.parametrize("order", [1, -1], ids=["in order", "turned"])
@pytest.mark.parametrize("name", BESIDE)
def test_relations_and_questions_of_one_queryset_are_edited_together(tmp_path, name, order):
    before = played(tmp_path, BESIDE[name])
    assert {"n-plus-one", "query-in-loop"} <= set(before.rules)
    fixes = [finding.fixes[0] for finding in before.report.findings][::order]
    chosen, edits = choose_edits(fixes)
    assert list(chosen) == fixes
    assert {edit.path for edit in edits} == {PATH}
    apply_edits(tmp_path / PATH, edits)
    after = run(Project(tmp_path))
    assert after.result == before.result
    assert after.queries < before.queries
    assert not after.rules


REFUSED = {
    "a condition that is known too late": (
        """
        def f():
            products = Product.objects.order_by("pk")
            least = 2
            return [product.reviews.filter(rating__gte=least).count() for product in products]
        """,
        "least is not known yet where the rows' queryset is built.",
    ),
    "a union": (
        """
        def f():
            first = Product.objects.filter(price=1)
            both = first.union(Product.objects.filter(price=2))
            return [product.reviews.count() for product in both]
        """,
        "combined",
    ),
    "rows that are cut first": (
        """
        def f():
            products = Product.objects.order_by("pk")
            return [product.reviews.all()[:1].count() for product in products]
        """,
        "cut out first",
    ),
    "rows that go somewhere": (
        """
        def f():
            found = []
            for product in Product.objects.order_by("pk"):
                reviews = product.reviews.filter(is_read=False)
                found.append([review.title for review in reviews])
            return found
        """,
        "What becomes of the rows",
    ),
    "a row that must be there": (
        """
        def f():
            found = []
            for product in Product.objects.order_by("pk"):
                review = product.reviews.latest("created")
                found.append((review.title, review.rating))
            return found
        """,
        "DoesNotExist",
    ),
    "rows of a relation that nothing prefetches": (
        """
        def f():
            brands = Brand.objects.all()
            return [[product.tags.count() for product in brand.products.all()] for brand in brands]
        """,
        "prefetch them",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_where_no_edit_is_safe_the_code_is_told_with_the_reason(tmp_path, name):
    body, reason = REFUSED[name]
    before = played(tmp_path, body)
    fix = before.of("query-in-loop").fixes[0]
    assert fix.code
    assert not fix.diff
    assert not fix.edits
    assert reason in fix.caveat


PAGES = {
    "count": (
        "{% for product in products %}{{ product.name }}: {{ product.reviews.count }}\n{% endfor %}",
        'Product.objects.annotate(review_count=Count("reviews"))',
    ),
    "count of all": (
        "{% for p in products %}\n{% with n=p.tags.all.count %}{{ n }}{% endwith %}{% endfor %}",
        'Product.objects.annotate(tag_count=Count("tags"))',
    ),
    "exists": (
        "{% for product in products %}\n{% if product.tags.exists %}yes{% else %}no{% endif %}{% endfor %}",
        'Product.objects.annotate(has_tag=Exists(Tag.objects.filter(products=OuterRef("pk"))))',
    ),
}


PAGES["the first"] = (
    "{% for product in products %}{{ product.reviews.first.title }} {{ product.name }}\n{% endfor %}",
    (
        'Product.objects.prefetch_related(Prefetch("reviews", '
        'queryset=Review.objects.order_by("pk")[:1], to_attr="first_review_rows"))'
    ),
)


@pytest.mark.parametrize("name", PAGES)
def test_a_template_that_asks_every_row_is_edited_too(tmp_path, name):
    page, code = PAGES[name]
    body = """
        def f():
            products = Product.objects.order_by("pk")  # here
            return render("page.html", products=products)
        """
    before = played(tmp_path, body, page_html=page)
    finding = before.of("query-in-loop")
    assert finding.fixes[0].code == code
    check_place(finding, before.text)
    assert finding.trigger is not None
    assert finding.trigger.path == "templates/page.html"
    assert {edit.path for edit in finding.fixes[0].edits} == {PATH, "templates/page.html"}
    after = rerun(tmp_path, finding)
    assert after.result == before.result
    assert after.queries <= 2
    assert not after.rules


ROWS = """
class Row:
    def __init__(self, product):
        self.product = product

    def unread(self):
        return self.product.reviews.filter(is_read=False).exclude(title="x")

def f():
    products = Product.objects.order_by("pk")  # here
    %s
"""
UNREAD = 'Review.objects.filter(is_read=False).exclude(title="x")'
CONDITION = 'Q(reviews__is_read=False) & ~Q(reviews__title="x")'
HANDED_ON = {
    "gone over in a template": (
        "{% for row in rows %}{% for review in row.unread %}{{ review.title }}{% endfor %}{% endfor %}",
        f'prefetch_related(Prefetch("reviews", queryset={UNREAD}, to_attr="matching_reviews"))',
    ),
    "counted in a template": (
        "{% for row in rows %}{{ row.unread.count }}{% endfor %}",
        f'annotate(matching_review_count=Count("reviews", filter={CONDITION}))',
    ),
    "asked for existence in a template": (
        "{% for row in rows %}{% if row.unread.exists %}!{% endif %}{% endfor %}",
        (
            'annotate(has_matching_review=Exists(Review.objects.filter(product=OuterRef("pk"), '
            'is_read=False).exclude(title="x")))'
        ),
    ),
    "the first in a template": (
        "{% for row in rows %}{{ row.unread.first.title }}{% endfor %}",
        (
            f'prefetch_related(Prefetch("reviews", queryset={UNREAD}.order_by("pk")[:1], '
            'to_attr="first_review_rows"))'
        ),
    ),
    "counted by a caller": (
        "return [Row(product).unread().count() for product in products]",
        f'annotate(matching_review_count=Count("reviews", filter={CONDITION}))',
    ),
    "gone over by a caller": (
        "return [[review.title for review in Row(product).unread()] for product in products]",
        f'prefetch_related(Prefetch("reviews", queryset={UNREAD}, to_attr="matching_reviews"))',
    ),
    "narrowed by a caller": (
        "return [list(Row(product).unread().filter(rating=3)) for product in products]",
        (
            'prefetch_related(Prefetch("reviews", queryset=Review.objects.filter(…), '
            'to_attr="chosen_reviews"))'
        ),
    ),
}


@pytest.mark.parametrize("name", HANDED_ON)
def test_rows_that_a_method_hands_on_are_told_with_its_conditions(tmp_path, name):
    use, code = HANDED_ON[name]
    page = use if "{" in use else ""
    use = 'return render("page.html", rows=[Row(product) for product in products])' if page else use
    before = played(tmp_path, ROWS % use, page_html=page)
    finding = before.of("query-in-loop")
    assert finding.fixes[0].code == f"Product.objects.{code}"
    assert not finding.fixes[0].diff
    assert finding.fixes[0].caveat
    check_place(finding, before.text)


SAID = {
    "many keys that are written out": (
        """
        NUMBERS = [1, 2, 3, 4, 5, 11, 12, 13, 14, 15]

        def f():
            return [Product.objects.filter(pk=number).first() for number in NUMBERS]  # here
        """,
        "Product.objects.in_bulk(NUMBERS)",
    ),
    "a range of each hour": (
        """
        def f():
            found, start = [], NOW
            for _ in range(4):
                rows = Review.objects.filter(created__gte=start, created__lt=start + HOUR)  # here
                found.append(rows.aggregate(Avg("rating")))
                start += HOUR
            return found
        """,
        'Review.objects.values(step=Trunc("created", "…")).annotate(…)',
    ),
    "get by key": (
        """
        def f():
            found = []
            for pk in Product.objects.values_list("pk", flat=True):
                found.append(Product.objects.get(pk=pk).name)  # here
            return found
        """,
        'Product.objects.in_bulk(Product.objects.values_list("pk", flat=True))',
    ),
    "get by something unique": (
        """
        def f(slugs=("product-0", "product-1", "product-2")):
            return [Product.objects.get(slug=slug).name for slug in slugs]  # here
        """,
        'Product.objects.in_bulk(slugs, field_name="slug")',
    ),
    "a shortcut": (
        """
        def f(keys=("product-0", "product-1", "product-2")):
            for key in keys:
                product = get_object_or_404(Product, slug=key, is_active=True)  # here
        """,
        'Product.objects.filter(is_active=True).in_bulk(keys, field_name="slug")',
    ),
    "filter and first": (
        """
        def f():
            lines = list(OrderLine.objects.all())
            return [Product.objects.filter(pk=line.product_id + 0).first() for line in lines[:3]]  # here
        """,
        "Product.objects.in_bulk([line.product_id + 0 for line in lines[:3]])",
    ),
    "a count by key": (
        """
        def f():
            brands = list(Brand.objects.all())
            return {brand.name: Product.objects.filter(brand=brand).count() for brand in brands}  # here
        """,
        'Product.objects.filter(brand__in=brands).values("brand").annotate(n=Count("pk"))',
    ),
    "a sum by key": (
        """
        def f():
            for brand in list(Brand.objects.all()):
                Product.objects.filter(brand_id=brand.pk).aggregate(total=Sum("price"))  # here
        """,
        (
            "Product.objects.filter(brand_id__in=[brand.pk for brand in list(Brand.objects.all())])"
            '.values("brand_id").annotate(total=Sum("price"))'
        ),
    ),
    "the newest by key": (
        """
        def f():
            products = list(Product.objects.all())
            for product in products:
                Review.objects.filter(product=product).order_by("-created").first()  # here
        """,
        'Review.objects.filter(product__in=products).order_by("product", "-created").distinct("product")',
    ),
    "exists by key": (
        """
        def f():
            products = list(Product.objects.all())
            return [Review.objects.filter(product=product).exists() for product in products]  # here
        """,
        'set(Review.objects.filter(product__in=products).values_list("product", flat=True))',
    ),
    "rows by a list of each": (
        """
        def f():
            orders = list(Order.objects.prefetch_related("lines"))
            for order in orders:
                list(Product.objects.filter(pk__in=[order.pk, order.pk + 1]))  # here
        """,
        "Product.objects.in_bulk({key for order in orders for key in [order.pk, order.pk + 1]})",
    ),
    "SQL": (
        """
        def f():
            pks = list(Product.objects.values_list("pk", flat=True))
            with connection.cursor() as cursor:
                for pk in pks:
                    cursor.execute("SELECT name FROM catalog_product WHERE id = %s", [pk])  # here
        """,
        'cursor.execute("SELECT name FROM catalog_product WHERE id = ANY(%s)", [keys])',
    ),
    "a refresh": (
        """
        def f():
            products = list(Product.objects.all())
            for product in products:
                product.refresh_from_db()  # here
        """,
        "Product.objects.in_bulk([product.pk for product in products])",
    ),
    "a helper": (
        """
        def load(pk):
            return Product.objects.get(pk=pk)  # here

        def f():
            pks = list(Product.objects.values_list("pk", flat=True))
            return [load(pk).name for pk in pks]  # loop
        """,
        "Product.objects.in_bulk(pks)",
    ),
    "a helper of a helper": (
        """
        def load(pk):
            return Product.objects.get(pk=pk)  # here

        def name_of(pk):
            product = load(pk)
            return product.name

        def f():
            pks = list(Product.objects.values_list("pk", flat=True))
            for pk in pks:
                name_of(pk)  # loop
        """,
        "Product.objects.in_bulk(pks)",
    ),
    "SQL in a helper": (
        """
        def name_of(pk):
            with connection.cursor() as cursor:
                cursor.execute("SELECT name FROM catalog_product WHERE id = %s", [pk])  # here
                return cursor.fetchone()[0]

        def f():
            return [name_of(pk) for pk in list(Product.objects.values_list("pk", flat=True))]  # loop
        """,
        'cursor.execute("SELECT name FROM catalog_product WHERE id = ANY(%s)", [keys])',
    ),
    "built at one line, asked at the next": (
        """
        def f():
            for brand in list(Brand.objects.all()):
                shown = Product.objects.filter(brand=brand, is_active=True)  # here
                shown.aggregate(total=Sum("price"))  # loop
        """,
        (
            "Product.objects.filter(brand__in=list(Brand.objects.all()), is_active=True)"
            '.values("brand").annotate(total=Sum("price"))'
        ),
    ),
    "built before the loop": (
        """
        def f():
            shown = Product.objects.filter(is_active=True)  # here
            brands = list(Brand.objects.all())
            return [shown.filter(brand=brand).count() for brand in brands]  # loop
        """,
        'Product.objects.filter(brand__in=brands, is_active=True).values("brand").annotate(n=Count("pk"))',
    ),
    "keys by name": (
        """
        def f():
            wanted = {"a": [1, 2], "b": [3], "c": [4, 5, 6], "d": [1]}
            best = {}
            for name, pks in wanted.items():
                found = Product.objects.filter(pk__in=pks)  # here
                best[name] = sum(product.price for product in found)  # loop
            return best
        """,
        "Product.objects.in_bulk({key for name, pks in wanted.items() for key in pks})",
    ),
    "keys of pairs, kept by name": (
        """
        def f():
            wanted = [(name, [name * n for n in range(name)]) for name in range(1, 5)]
            best = {}
            for name, pks in wanted:
                best[name] = list(Product.objects.filter(pk__in=pks))  # here
            return best
        """,
        "Product.objects.in_bulk({key for name, pks in wanted for key in pks})",
    ),
    "numbers of a list": (
        """
        def f():
            pks = list(Product.objects.values_list("pk", flat=True))
            return [Product.objects.get(pk=pks[at]).name for at in range(len(pks))]  # here
        """,
        "Product.objects.in_bulk([pks[at] for at in range(len(pks))])",
    ),
    "two keys": (
        """
        def f():
            pairs = [(product.pk, product.brand_id) for product in Product.objects.all()]
            return [Product.objects.filter(pk=a, brand=b).first() for a, b in pairs]  # here
        """,
        "Product.objects.filter(brand__in=[b for a, b in pairs]).in_bulk([a for a, b in pairs])",
    ),
    "a missing one is passed by": (
        """
        def f():
            pks = [*Product.objects.values_list("pk", flat=True), 0]
            for pk in pks:
                try:
                    product = Product.objects.only("name").get(pk=pk)  # here
                except Product.DoesNotExist:
                    continue
        """,
        'Product.objects.only("name").in_bulk(pks)',
    ),
    "a coroutine that looks up": (
        """
        from asgiref.sync import async_to_sync

        async def page(pks):
            return [(await Product.objects.aget(pk=pk)).name for pk in pks]  # here

        def f():
            return async_to_sync(page)(list(Product.objects.values_list("pk", flat=True)))
        """,
        "Product.objects.in_bulk(pks)",
    ),
    "rows that were looked up": (
        """
        def f():
            pks = list(Product.objects.values_list("pk", flat=True))
            products = [Product.objects.get(pk=pk) for pk in pks]  # here
            return [product.name for product in products]
        """,
        "Product.objects.in_bulk(pks)",
    ),
    "one column": (
        """
        def f():
            pks = list(Product.objects.values_list("pk", flat=True))
            return [Product.objects.values_list("name", flat=True).get(pk=pk) for pk in pks]  # here
        """,
        'Product.objects.filter(pk__in=pks).values_list("pk", "name")',
    ),
    "map()": (
        """
        def load(pk):
            return Product.objects.get(pk=pk)  # here

        def f():
            return list(map(load, list(Product.objects.values_list("pk", flat=True))))
        """,
        "Product.objects.in_bulk(pks)",
    ),
    "a serializer": (
        """
        from rest_framework import serializers

        class LineSerializer(serializers.Serializer):
            shown = serializers.SerializerMethodField()

            def get_shown(self, obj):
                return Product.objects.filter(brand=obj).count()  # here

        def f():
            return LineSerializer(list(Brand.objects.all()), many=True).data
        """,
        'Product.objects.filter(brand__in=objs).values("brand").annotate(n=Count("pk"))',
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_look_ups_in_a_loop_are_told_with_the_query_that_replaces_them(tmp_path, name):
    body, code = SAID[name]
    before = played(tmp_path, body)
    finding = before.of("query-in-loop")
    assert finding.fixes[0].code == code
    check_place(finding, before.text)
    assert finding.fixes[0].diff or finding.fixes[0].caveat


MEMBERS = {
    "in": """
        def f():
            best = Collection.objects.get(title="best")
            products = Product.objects.order_by("pk")
            return [product in best.products.all() for product in products]  # here
        """,
    "not in": """
        def f():
            best = Collection.objects.get(title="best")
            left = []
            for product in Product.objects.order_by("pk"):
                if product not in best.products.filter(is_active=True):  # here
                    left.append(product.name)
            return left
        """,
    "contains": """
        def f():
            chosen = Product.objects.filter(price__gt=1)  # here
            products = Product.objects.order_by("pk")
            return [not chosen.contains(product) for product in products]  # loop
        """,
    "filter and exists": """
        def f():
            best = Collection.objects.get(title="best")
            products = Product.objects.order_by("pk")
            return [best.products.filter(pk=product.pk).exists() for product in products]  # here
        """,
}


@pytest.mark.parametrize("name", MEMBERS)
def test_membership_is_asked_of_a_set_of_keys(tmp_path, name):
    before = played(tmp_path, MEMBERS[name])
    finding = before.of("membership-in-loop")
    check_place(finding, before.text)
    assert finding.fixes[0].code.startswith("set(")
    after = rerun(tmp_path, finding)
    assert after.result == before.result
    assert after.queries < before.queries
    assert not after.rules


FEW = {
    "get": """
        def f():
            lines = list(OrderLine.objects.all())
            return [Product.objects.get(pk=line.product_id).name for line in lines]  # here
        """,
    "a helper": """
        def name_of(pk):
            return Product.objects.get(pk=pk).name  # here

        def f():
            return [name_of(line.product_id) for line in list(OrderLine.objects.all())]  # loop
        """,
    "one key, as it happens": """
        def f():
            products = list(Product.objects.all())
            return [Category.objects.get(pk=product.category_id).name for product in products]  # here
        """,
}


@pytest.mark.parametrize("name", FEW)
def test_few_keys_looked_up_often_are_told(tmp_path, name):
    before = played(tmp_path, FEW[name])
    finding = before.of("uncached-lookup")
    check_place(finding, before.text)
    assert ".in_bulk(" in finding.fixes[0].code


def test_one_helper_that_two_loops_call_is_one_finding(tmp_path):
    body = """
        def load(pk):
            return Product.objects.get(pk=pk)  # here

        def f():
            pks = list(Product.objects.values_list("pk", flat=True))
            first = [load(pk).name for pk in pks[:3]]
            return first, [load(pk).name for pk in pks]  # loop
        """
    before = played(tmp_path, body)
    finding = before.of("query-in-loop")
    check_place(finding, before.text)
    assert finding.worst.query_count == 8
    assert finding.message == "f ran 8 Product queries in a loop that differ in one key only."


def test_a_loop_in_a_template_is_told_even_within_a_loop_of_python(tmp_path):
    body = """
        class Shown:
            def __init__(self, pk):
                self.pk = pk

            def name(self):
                return Product.objects.get(pk=self.pk).name  # here

        def f():
            shown = [Shown(pk) for pk in Product.objects.values_list("pk", flat=True)]
            attempts = 1
            while attempts:
                attempts -= 1
                page = render("page.html", shown=shown)
            return page
        """
    before = played(tmp_path, body, page_html="{% for one in shown %}\n{{ one.name }}{% endfor %}")
    finding = before.of("query-in-loop")
    check_place(finding, before.text)
    assert finding.trigger is not None
    assert (finding.trigger.path, finding.trigger.line) == ("templates/page.html", 2)


SILENT = {
    "a name that is tried until it is free": """
        def f():
            found = []
            for name in ("a", "b", "c", "d"):
                slug, number = f"product-{name}", 0
                while Product.objects.filter(slug=slug).exists():
                    number += 1
                    slug = f"product-{name}-{number}"
                found.append(slug)
            return found
        """,
    "pieces of many keys": """
        def f():
            pks = list(range(1, 40))
            for start in range(0, len(pks), 10):
                list(Product.objects.filter(pk__in=pks[start : start + 10]))
        """,
    "pieces from a helper": """
        def chunks(items, size):
            for start in range(0, len(items), size):
                yield items[start : start + size]

        def f():
            for some in chunks(list(range(40)), 8):
                list(Product.objects.filter(pk__in=some))
        """,
    "pages by key": """
        def f():
            last = 0
            while True:
                rows = list(Product.objects.filter(pk__gt=last).order_by("pk")[:1])
                if not rows:
                    break
                last = rows[-1].pk
        """,
    "pages by key and owner": """
        def f():
            last = 0
            for _ in range(10):
                rows = list(Product.objects.filter(is_active=True, pk__gt=last).order_by("pk")[:1])
                for row in rows:
                    last = row.pk
        """,
    "pages by offset": """
        def f():
            products = Product.objects.order_by("pk")
            for start in range(0, 5, 1):
                list(products[start : start + 1])
        """,
    "a queue": """
        def f():
            from django.db import transaction
            for _ in range(4):
                with transaction.atomic():
                    Product.objects.select_for_update(skip_locked=True).filter(price__lt=9).first()
        """,
    "polling": """
        def f():
            for at in range(3):
                time.sleep(0.06)
                Order.objects.filter(status="done", total__gt=at).exists()
        """,
    "a free name": """
        def f():
            number = 0
            while Product.objects.filter(slug=f"product-{number}").exists():
                number += 1
            return number
        """,
    "a free name, counted": """
        def taken(slug):
            return Product.objects.filter(slug=slug).exists()

        def f():
            for number in range(100):
                if not taken(f"product-{number}"):
                    return number
        """,
    "another attempt": """
        def f():
            for attempt in range(5):
                product = Product.objects.filter(slug=f"{attempt}").first()
                if product is not None:
                    break
        """,
    "steps through a tree": """
        def f():
            node = None
            for part in "all", "all", "all", "all":
                node = Category.objects.filter(slug=part, parent=node).first()
            path = ["all", "x", "y", "z"]
            for part in path:
                node = Category.objects.filter(slug=part, parent=node).first()
        """,
    "lines of their own": """
        def load(pk):
            return Product.objects.filter(pk=pk).first()

        def f():
            return [load(1), load(2), load(3), load(4)], load(5)
        """,
    "few, written out": """
        def f():
            return [Category.objects.filter(slug=slug).first() for slug in ("a", "b", "c", "all")]
        """,
    "a named few": """
        SLUGS = ["a", "b", "c", "all"]

        def f():
            return [Category.objects.filter(slug=slug).first() for slug in SLUGS]
        """,
    "two look-ups": """
        def f(pks=(1, 2)):
            return [Product.objects.filter(pk=pk).first() for pk in pks]
        """,
    "a prefetch that counts": """
        def f():
            products = Product.objects.prefetch_related("tags", "reviews")
            return [(p.tags.count(), p.reviews.exists(), len(p.reviews.all()), [*p.tags.all()])
                    for p in products]
        """,
    "one object, many relations": """
        def f():
            product = Product.objects.first()
            return product.tags.count(), product.reviews.count(), product.reviews.filter(rating=3).exists()
        """,
    "one object, asked for several values": """
        def f(least=(1, 2)):
            product = Product.objects.get(slug="product-0")
            return [product.reviews.filter(rating=rating).count() for rating in least]
        """,
    "get_or_create": """
        def f():
            for n in range(5):
                Tag.objects.get_or_create(slug=f"tag-{n}", defaults={"name": f"tag {n}"})
        """,
    "content types": """
        def f():
            from django.contrib.contenttypes.models import ContentType
            for pk in range(1, 6):
                ContentType.objects.filter(pk=pk).first()
        """,
    "validation": """
        def f():
            for n in range(5):
                tag = Tag(name=f"new {n}", slug=f"new-{n}")
                tag.full_clean()
        """,
    "locked rows": """
        def f():
            from django.db import transaction
            with transaction.atomic():
                for pk in list(Product.objects.values_list("pk", flat=True)):
                    Product.objects.select_for_update().get(pk=pk)
        """,
    "one row that asks": """
        def f():
            for product in Product.objects.order_by("pk"):
                if product.slug == "product-0":
                    product.reviews.count()
        """,
    "writes": """
        def f():
            for product in Product.objects.all():
                product.reviews.filter(rating=9).update(rating=5)
                product.reviews.filter(rating=9).delete()
        """,
    "an annotation": """
        def f():
            from django.db.models import Count
            return [p.n for p in Product.objects.annotate(n=Count("reviews"))]
        """,
    "in_bulk": """
        def f():
            found = Product.objects.in_bulk(list(range(9)))
            return [found.get(pk) for pk in range(9)]
        """,
    "membership of an evaluated queryset": """
        def f():
            chosen = Product.objects.filter(price__gt=1)
            return [product in chosen for product in Product.objects.order_by("pk")]
        """,
    "a cache of its own": """
        def f():
            known = {}
            for line in list(OrderLine.objects.all()):
                if line.product_id not in known:
                    known[line.product_id] = Product.objects.get(pk=line.product_id)
            return len(known)
        """,
    "a cache that is tried": """
        def f():
            known = {}
            for line in list(OrderLine.objects.all()):
                try:
                    known[line.product_id]
                except KeyError:
                    known[line.product_id] = Product.objects.get(pk=line.product_id)
        """,
    "a helper that caches": """
        from functools import lru_cache

        @lru_cache(maxsize=None)
        def load(pk):
            return Product.objects.get(pk=pk)

        def f():
            return [load(line.product_id).name for line in list(OrderLine.objects.all())]
        """,
    "Django's cache": """
        from django.core.cache import cache

        def load(pk):
            name = cache.get(f"loops-{pk}")
            if name is None:
                name = Product.objects.get(pk=pk).name
                cache.set(f"loops-{pk}", name)
            return name

        def f():
            cache.clear()
            return [load(line.product_id) for line in list(OrderLine.objects.all())]
        """,
    "slices by number": """
        def f():
            pks = list(range(1, 40))
            for number in range(4):
                some = pks[number * 10 : number * 10 + 10]
                list(Product.objects.filter(pk__in=some))
        """,
    "pieces by number": """
        def f():
            batches = {n: list(range(n * 10, n * 10 + 10)) for n in range(4)}
            found = {}
            for n, pks in batches.items():
                found[n] = list(Product.objects.filter(pk__in=pks))
        """,
    "pieces that are counted": """
        def f():
            some = [list(range(n * 10, n * 10 + 10)) for n in range(4)]
            for n, pks in enumerate(some):
                list(Product.objects.filter(pk__in=pks))
        """,
    "pieces beside their size": """
        def f():
            for size, pks in [(n, list(range(n * 10, n * 10 + n))) for n in range(1, 5)]:
                assert len(Product.objects.filter(pk__in=pks)) <= size
        """,
    "many rows by name": """
        def f():
            Tag.objects.bulk_create(Tag(slug=f"many-{n}", name=f"many {n}") for n in range(450))
            pks = list(Tag.objects.filter(slug__startswith="many").values_list("pk", flat=True))
            wanted = {f"shelf {n}": pks[n * 150 : n * 150 + 150] for n in range(3)}
            return {name: len(list(Tag.objects.filter(pk__in=some))) for name, some in wanted.items()}
        """,
    "lists of keys": """
        def f():
            for some in [list(range(n, n + 3)) for n in range(5)]:
                Product.objects.in_bulk(some)
        """,
    "a database each": """
        def f():
            for alias in ("default", "reports"):
                Product.objects.using(alias).filter(pk=1).first()
        """,
    "three requests": """
        from django.http import HttpResponse
        from django.test import RequestFactory
        from django.urls import path
        from django.views import View

        def load(slug):
            return Product.objects.get(slug=slug)

        def detail(request, slug):
            product = load(slug)
            return HttpResponse(render("page.html", product=product, n=product.reviews.count()))

        class Detail(View):
            def get_object(self):
                return Product.objects.get(slug=self.kwargs["slug"])

            def get(self, request, slug):
                product = self.get_object()
                read = product.reviews.filter(is_read=True).exists()
                return HttpResponse(f"{product} {product.tags.count()} {read}")

        urlpatterns = [path("f/<slug:slug>/", detail), path("c/<slug:slug>/", Detail.as_view())]

        def f():
            from django.test import Client, override_settings
            with override_settings(ROOT_URLCONF="shop_views"):
                for kind in "fc":
                    for n in range(5):
                        assert Client().get(f"/{kind}/product-{n}/").status_code == 200
        """,
    "a helper whose loop allows it": """
        def load(pk):
            return Product.objects.get(pk=pk)

        def f():
            pks = list(Product.objects.values_list("pk", flat=True))
            # queryscope: allow[query-in-loop] five at most
            return [load(pk).name for pk in pks]
        """,
    "a helper that allows it": """
        def load(pk):
            return Product.objects.get(pk=pk)  # queryscope: allow[query-in-loop] five at most

        def f():
            pks = list(Product.objects.values_list("pk", flat=True))
            return [load(pk).name for pk in pks]
        """,
    "the membership of one": """
        def f():
            best = Collection.objects.get(title="best")
            return Product.objects.first() in best.products.all()
        """,
}


@pytest.mark.parametrize("name", SILENT)
def test_near_misses_are_silent(tmp_path, name):
    body = SILENT[name]
    page = "{% for t in product.tags.all %}{{ t }}{% endfor %}{{ product.reviews.count }}"
    found = played(tmp_path, body, page_html=page)
    assert not [(each.rule, each.message) for each in found.report.findings if each.rule in LOOK_UPS]
