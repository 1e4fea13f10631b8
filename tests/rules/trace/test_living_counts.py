"""A COUNT or EXISTS beside its rows, against a real database: found, cured, and then silent."""

from __future__ import annotations

import pytest

from tests.rules.trace.conftest import Run

pytestmark = pytest.mark.django_db

LIST = "<ul>{% for product in products %}<li>{{ product.name }}</li>{% endfor %}</ul>{{ total }}\n"


COUNTED = {
    "a variable": (
        """
        def f():
            products = Product.objects.filter(price__gte=1)
            total = products.count()
            return total, [product.name for product in products]
        """,
        "len(products)",
    ),
    "a join that the count leaves out": (
        """
        def f():
            products = Product.objects.select_related("brand").order_by("name")
            print(f"{products.count()} products")
            for product in products:
                print(product.brand.name)
        """,
        "len(products)",
    ),
    "a branch on none": (
        """
        def f():
            products = Product.objects.filter(price__gte=1)
            if products.count() == 0:
                return "none"
            return ", ".join(product.name for product in products)
        """,
        "len(products)",
    ),
    "a generator": (
        """
        def f():
            products = Product.objects.filter(price__gte=1)
            rows = [("all", products.count()), *((product.name, product.price) for product in products)]
            return rows
        """,
        "len(products)",
    ),
    "an argument": (
        """
        def show(products):
            return products.count(), sum(each.price for each in products)

        def f():
            return show(Product.objects.filter(price__gte=1))
        """,
        "len(products)",
    ),
    "a helper that loops": (
        """
        def total(products):
            return sum(product.price for product in products)

        def f():
            products = Product.objects.filter(price__gte=1)
            return products.count(), total(products)
        """,
        "len(products)",
    ),
    "rows in a template": (
        """
        def f():
            products = Product.objects.filter(price__gte=1)
            return render("page.html", {"products": products, "total": products.count()})
        """,
        "len(products)",
    ),
    "a context that is filled step by step": (
        """
        def f():
            products = Product.objects.filter(price__gte=1)
            context = {"total": products.count()}
            context["products"] = products
            return render("page.html", context)
        """,
        "len(products)",
    ),
    "a related manager": (
        """
        def f():
            product = Product.objects.get(name="product 1")
            tags = product.tags.all()
            return tags.count(), [tag.name for tag in tags]
        """,
        "len(tags)",
    ),
    "a slice": (
        """
        def f():
            newest = Product.objects.order_by("-pk")[:3]
            return newest.count(), [each.name for each in newest]
        """,
        "len(newest)",
    ),
}


@pytest.mark.parametrize("name", COUNTED)
def test_a_count_beside_its_rows_is_cured(living: Run, name: str) -> None:
    text, code = COUNTED[name]
    project = living(text, page=LIST)
    assert project.fix("count-then-iterate").code == code
    project.is_cured("count-then-iterate")
    assert code in project.text


PAGES = {
    "count-then-iterate": (
        "{{ products.count }} of them\n{% for each in products %}{{ each.name }}{% endfor %}",
        "{{ products|length }}",
    ),
    "exists-then-get": (
        "{% if products.exists %}<ul>{% for each in products %}{{ each.name }}{% endfor %}</ul>{% endif %}",
        "{% if products %}",
    ),
}


@pytest.mark.parametrize("rule", PAGES)
def test_a_template_that_asks_first_is_cured(living: Run, rule: str) -> None:
    page, code = PAGES[rule]
    project = living(
        """
        def f():
            return render("page.html", {"products": Product.objects.filter(price__gte=1)})
        """,
        page=page,
    )
    assert project.fix(rule).code == code
    place = project.ran.findings[0].location
    assert place is not None
    assert place.path == "shop/views.py"
    project.is_cured(rule)
    assert code in project.read("templates/page.html")


EXISTING = {
    "a branch with the row": (
        """
        def f():
            products = Product.objects.filter(name="product 1")
            rows = []
            if products.exists():
                product = products.get()
                rows.append(product.price)
            return rows
        """,
        "product = products.first()\nif product is not None:",
    ),
    "a guard": (
        """
        def f(slug="product-1"):
            if not Product.objects.filter(slug=slug).exists():
                raise Http404
            product = Product.objects.get(slug=slug)
            return product.name
        """,
        "product = Product.objects.filter(slug=slug).first()\nif product is None:",
    ),
    "a guard and joins": (
        """
        def f():
            if not Product.objects.filter(name="product 1").exists():
                return None
            product = (
                Product.objects.select_related("brand")
                .get(name="product 1")
            )
            return product.brand.name
        """,
        """product = (
        Product.objects.select_related("brand")
        .filter(name="product 1").first()
    )
    if product is None:""",
    ),
    "the first item": (
        """
        def f():
            products = Product.objects.filter(price__gte=1).order_by("name")
            if products.exists():
                first = products[0]
                return first.name
        """,
        "first = products.first()\nif first is not None:",
    ),
    "a loop": (
        """
        def f():
            products = Product.objects.filter(price__gte=1)
            names = []
            if products.exists():
                for product in products:
                    names.append(product.name)
            return names
        """,
        "if products:",
    ),
    "a word": (
        """
        def f():
            products = Product.objects.filter(price__gte=1)
            return render("page.html", {"total": products.exists(), "products": products})
        """,
        "bool(products)",
    ),
}


@pytest.mark.parametrize("name", EXISTING)
def test_an_exists_before_its_rows_is_cured(living: Run, name: str) -> None:
    text, code = EXISTING[name]
    project = living(text, page=LIST)
    fix = project.fix("exists-then-get")
    assert [line.strip() for line in fix.code.splitlines()] == [line.strip() for line in code.splitlines()]
    project.is_cured("exists-then-get")
    assert code.splitlines()[-1].strip() in project.text
