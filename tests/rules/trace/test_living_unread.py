"""Rows that are loaded and not read, against a real database: found, cured, and then silent."""

from __future__ import annotations

import pytest

from tests.rules.trace.conftest import Living, Run

pytestmark = pytest.mark.django_db


def loaded(project: Living) -> int:
    """The rows of the SELECTs, but for those that a delete() looks up."""
    groups = [group for group in project.ran.trace.groups if group.access and group.access.kind != "write"]
    return groups[-1].rows or 0


SIZED = {
    "a chain": (
        "len-instead-of-count",
        """
        def f():
            return len(Product.objects.filter(price__gte=1))
        """,
        "Product.objects.filter(price__gte=1).count()",
    ),
    "a chain over lines": (
        "len-instead-of-count",
        """
        def f():
            total = len(
                Product.objects
                .filter(price__gte=1)
                .exclude(name="x")
            )
            return total
        """,
        """Product.objects
        .filter(price__gte=1)
        .exclude(name="x").count()""",
    ),
    "a variable": (
        "len-instead-of-count",
        """
        def f(name=""):
            products = Product.objects.all()
            if not name:
                products = products.filter(price__gte=1)
            return {"total": len(products)}
        """,
        "products.count()",
    ),
    "a related manager": (
        "len-instead-of-count",
        """
        def f():
            product = Product.objects.get(name="product 1")
            return len(product.tags.all())
        """,
        "product.tags.all().count()",
    ),
    "values": (
        "len-instead-of-count",
        """
        def f():
            return len(Product.objects.values_list("price", flat=True).distinct())
        """,
        'Product.objects.values_list("price", flat=True).distinct().count()',
    ),
    "a test": (
        "truth-instead-of-exists",
        """
        def f():
            if Product.objects.filter(price__gte=1):
                return "some"
            return "none"
        """,
        "Product.objects.filter(price__gte=1).exists()",
    ),
    "a word": (
        "truth-instead-of-exists",
        """
        def f():
            products = Product.objects.filter(price__gte=1)
            return "some" if products else "none"
        """,
        "products.exists()",
    ),
    "rows that are written afterwards": (
        "truth-instead-of-exists",
        """
        def f():
            products = Product.objects.filter(price__gte=1)
            if products:
                products.update(price=3)
            return "done"
        """,
        "products.exists()",
    ),
    "rows that are deleted afterwards": (
        "truth-instead-of-exists",
        """
        def f():
            reviews = Review.objects.filter(rating__gte=1)
            if reviews:
                reviews.delete()
            return "done"
        """,
        "reviews.exists()",
    ),
    "a negation": (
        "truth-instead-of-exists",
        """
        def f():
            products = Product.objects.filter(price__gte=1)
            if not products:
                return "none"
            return "some"
        """,
        "products.exists()",
    ),
    "bool": (
        "truth-instead-of-exists",
        """
        def f():
            return bool(Product.objects.filter(price__gte=1))
        """,
        "Product.objects.filter(price__gte=1).exists()",
    ),
    "one of two": (
        "truth-instead-of-exists",
        """
        def f(is_open=True):
            if is_open and Product.objects.filter(price__gte=1):
                return "some"
            return "none"
        """,
        "Product.objects.filter(price__gte=1).exists()",
    ),
    "a loop's condition": (
        "truth-instead-of-exists",
        """
        def f():
            products = Product.objects.filter(price__gte=1)
            while not products:
                raise Http404
            return "some"
        """,
        "products.exists()",
    ),
}


@pytest.mark.parametrize("name", SIZED)
def test_rows_that_nobody_reads_are_asked_for_no_more(living: Run, name: str) -> None:
    rule, text, code = SIZED[name]
    project = living(text)
    assert project.fix(rule).code == code
    rows = loaded(project)
    project.is_cured(rule)
    assert code in project.text
    assert loaded(project) <= 1 < rows


UNREAD_IN_TEMPLATES = {
    "len-instead-of-count": ("{{ product.tags.all|length }} tags", "{{ product.tags.count }}"),
    "truth-instead-of-exists": (
        "{% if product.tags.all %}tagged{% endif %}",
        "{% if product.tags.exists %}",
    ),
}


@pytest.mark.parametrize("rule", UNREAD_IN_TEMPLATES)
def test_a_template_that_builds_rows_and_reads_none_is_cured(living: Run, rule: str) -> None:
    page, code = UNREAD_IN_TEMPLATES[rule]
    text = """
        def f():
            return render("page.html", {"product": Product.objects.get(name="product 1")})
        """
    project = living(text, page=page)
    assert project.fix(rule).code == code
    project.is_cured(rule)
