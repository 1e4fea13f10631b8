"""Rows that are counted, asked for and loaded, against a real database: found, cured, and then silent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.capture.shop import add_orders, add_products, add_reviews, add_tags
from tests.rules.living import Project

pytestmark = pytest.mark.django_db

Living = Callable[..., Project]


@pytest.fixture
def living(tmp_path: Path) -> Living:
    products = add_products(4)
    add_tags(products)
    add_orders(3, lines=products[:2])
    add_reviews(products)

    def make(text: str, *, page: str = "", **config: Any) -> Project:
        return Project(tmp_path, text, {"page.html": page}).run(**config)

    return make


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
LIST = "<ul>{% for product in products %}<li>{{ product.name }}</li>{% endfor %}</ul>{{ total }}\n"


@pytest.mark.parametrize("name", COUNTED)
def test_a_count_beside_its_rows_is_cured(living: Living, name: str) -> None:
    text, code = COUNTED[name]
    project = living(text, page=LIST)
    assert project.fix("count-then-iterate").code == code
    project.cured("count-then-iterate")
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
def test_a_template_that_asks_first_is_cured(living: Living, rule: str) -> None:
    page, code = PAGES[rule]
    project = living(
        """
        def f():
            return render("page.html", {"products": Product.objects.filter(price__gte=1)})
        """,
        page=page,
    )
    assert project.fix(rule).code == code
    place = project.findings[0].location
    assert place is not None
    assert place.path == "shop/views.py"
    project.cured(rule)
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
def test_an_exists_before_its_rows_is_cured(living: Living, name: str) -> None:
    text, code = EXISTING[name]
    project = living(text, page=LIST)
    fix = project.fix("exists-then-get")
    assert [line.strip() for line in fix.code.splitlines()] == [line.strip() for line in code.splitlines()]
    project.cured("exists-then-get")
    assert code.splitlines()[-1].strip() in project.text


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
def test_rows_that_nobody_reads_are_asked_for_no_more(living: Living, name: str) -> None:
    rule, text, code = SIZED[name]
    project = living(text)
    assert project.fix(rule).code == code
    rows = project.trace.groups[-1].rows
    project.cured(rule)
    assert code in project.text
    assert (project.trace.groups[-1].rows or 0) <= 1 < (rows or 0)


UNREAD_IN_TEMPLATES = {
    "len-instead-of-count": ("{{ product.tags.all|length }} tags", "{{ product.tags.count }}"),
    "truth-instead-of-exists": (
        "{% if product.tags.all %}tagged{% endif %}",
        "{% if product.tags.exists %}",
    ),
}


@pytest.mark.parametrize("rule", UNREAD_IN_TEMPLATES)
def test_a_template_that_builds_rows_and_reads_none_is_cured(living: Living, rule: str) -> None:
    page, code = UNREAD_IN_TEMPLATES[rule]
    text = """
        def f():
            return render("page.html", {"product": Product.objects.get(name="product 1")})
        """
    project = living(text, page=page)
    assert project.fix(rule).code == code
    project.cured(rule)


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
def test_a_queryset_that_asks_again_is_cured(living: Living, name: str) -> None:
    text, code = TWICE[name]
    project = living(text)
    assert project.fix("queryset-evaluated-twice").code == code
    project.cured("queryset-evaluated-twice")


def test_a_template_that_asks_again_is_cured(living: Living) -> None:
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
    project.cured("queryset-evaluated-twice")


TOLD = {
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
def test_a_queryset_that_others_ask_again_is_told(living: Living, name: str) -> None:
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
def test_a_queryset_that_is_built_anew_is_a_duplicate(living: Living, name: str) -> None:
    project = living(DUPLICATES[name])
    assert project.told == ["duplicate-query"], [(each.rule, each.message) for each in project.findings]


SILENT = {
    "a count that is kept elsewhere": """
        from django.core.cache import cache

        def f():
            products = Product.objects.order_by("pk")
            total = cache.get_or_set("how-many", products.count, 5)
            return total, [product.name for product in products]
        """,
    "threads that each load the rows": """
        from concurrent.futures import ThreadPoolExecutor
        from django.db import connection

        def names(products):
            try:
                sleep(0.05)
                return [product.name for product in products.all()]
            finally:
                connection.close()

        def f():
            products = Product.objects.order_by("pk")
            with ThreadPoolExecutor(2) as pool:
                one, two = pool.submit(names, products), pool.submit(names, products)
            return one.result() == two.result()
        """,
    "an exists in a permission": """
        class View:
            def allowed(self, name):
                return Tag.objects.filter(name=name).exists()

            def get(self, name):
                if not self.allowed(name):
                    raise Http404
                return Tag.objects.get(name=name).slug

        def f():
            return View().get("tag 0")
        """,
    "a truth and other rows": """
        def f(fallback=True):
            products = Product.objects.filter(name="nothing")
            if not products and fallback:
                products = Product.objects.order_by("pk")
            return [product.name for product in products]
        """,
    "a length that a form asks": """
        from django import forms

        class Choice(forms.Form):
            product = forms.ModelChoiceField(queryset=Product.objects.order_by("pk"))

        def f():
            return len(Choice().as_p()) > 0
        """,
    "one form for each row": """
        from django import forms

        class Choice(forms.Form):
            product = forms.ModelChoiceField(queryset=Product.objects.none())

            def __init__(self, *args, **kwargs):
                super().__init__(*args, **kwargs)
                self.fields["product"].queryset = Product.objects.order_by("pk")

        def f():
            return Choice({"product": "1"}).is_valid()
        """,
    "validation that asks": """
        from django import forms

        class TagForm(forms.ModelForm):
            class Meta:
                model = Tag
                fields = ["name", "slug"]

        def f():
            form = TagForm({"name": "tag 0", "slug": "tag-0"})
            is_valid = form.is_valid()
            return is_valid, Tag.objects.get(slug="tag-0").name
        """,
    "a page of a generic view": """
        from django.test import RequestFactory
        from django.views.generic import ListView

        class Products(ListView):
            paginate_by = 2

            def get_queryset(self):
                return Product.objects.order_by("pk")

        def f():
            response = Products.as_view()(RequestFactory().get("/"))
            return [product.name for product in response.context_data["object_list"]]
        """,
    "a slug that is looked for": """
        def f():
            slug, number = "product-1", 0
            while Product.objects.filter(slug=slug).exists():
                number += 1
                slug = f"product-1-{number}"
            return slug
        """,
    "get_or_create": """
        def f():
            Tag.objects.get_or_create(name="tag 0", defaults={"slug": "x"})
            return Tag.objects.get_or_create(name="new", defaults={"slug": "new"})[1]
        """,
    "a queryset that is used twice": """
        def f():
            products = Product.objects.order_by("pk")
            return [product.name for product in products], [product.price for product in products]
        """,
    "a queryset that is asked again after a write": """
        def f():
            products = Product.objects.order_by("pk")
            before = [product.price for product in products.all()]
            Product.objects.filter(price=1).update(price=9)
            return before, [product.price for product in products.all()]
        """,
    "a queryset that is narrowed": """
        def f():
            products = Product.objects.order_by("pk")
            return list(products.filter(price=1)), list(products.filter(price=2)), list(products[:1])
        """,
    "a queryset that is ordered otherwise": """
        def f():
            products = Product.objects.order_by("pk")
            return list(products), list(products.order_by("name"))
        """,
    "a queryset that a line polls": """
        def f():
            tags = Tag.objects.filter(name="tag 0")
            for _ in range(2):
                list(tags.all())
                sleep(0.06)
        """,
    "one function that is called for two": """
        def names(product):
            return [tag.name for tag in product.tags.all()]

        def f():
            one, two = Product.objects.order_by("pk")[:2]
            return names(one), names(two)
        """,
    "a paginator": """
        def f():
            page = Paginator(Product.objects.order_by("pk"), 2).get_page(1)
            return page.paginator.count, [product.name for product in page]
        """,
    "a paginator whose page holds all": """
        def f():
            page = Paginator(Product.objects.order_by("pk"), 200).get_page(1)
            return page.paginator.count, [product.name for product in page]
        """,
    "a count beside a slice": """
        def f():
            products = Product.objects.order_by("pk")
            return products.count(), [product.name for product in products[:2]]
        """,
    "a count beside a slice that holds all": """
        def f():
            products = Product.objects.order_by("pk")
            return products.count(), [product.name for product in products[:200]]
        """,
    "a count that decides": """
        def f():
            products = Product.objects.order_by("pk")
            if products.count() > 1000:
                return "too many"
            return [product.name for product in products]
        """,
    "a count that decides, in a variable": """
        LIMIT = 1000

        def f():
            products = Product.objects.order_by("pk")
            total = products.count()
            if total >= LIMIT:
                return "too many"
            return [product.name for product in products]
        """,
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
def test_these_are_right_as_they_are(living: Living, name: str) -> None:
    project = living(SILENT[name], page=SILENT_PAGE)
    assert not project.told, [(each.rule, each.message) for each in project.findings]


ADVISED = {
    "two querysets": (
        "count-then-iterate",
        """
        def f():
            total = Product.objects.filter(price__gte=1).count()
            return total, [product.name for product in Product.objects.filter(price__gte=1)]
        """,
        "rows = list(Product.objects.filter(price__gte=1))\nlen(rows)",
    ),
    "an asynchronous count": (
        "count-then-iterate",
        """
        async def f():
            products = Product.objects.filter(price__gte=1)
            total = await products.acount()
            return total, [product.name async for product in products]
        """,
        "products = list(products)\nlen(products)",
    ),
    "a view's list": (
        "count-then-iterate",
        """
        from django.test import RequestFactory
        from django.views.generic import ListView

        class Products(ListView):
            def get_queryset(self):
                return Product.objects.filter(price__gte=1)

            def get_context_data(self, **more):
                return super().get_context_data(total=self.object_list.count(), **more)

        def f():
            context = Products.as_view()(RequestFactory().get("/")).context_data
            return render("page.html", {"products": context["object_list"], "total": context["total"]})
        """,
        "len(self.object_list)",
    ),
    "a shortcut": (
        "exists-then-get",
        """
        def f():
            if Product.objects.filter(slug="product-1").exists():
                return get_object_or_404(Product, slug="product-1").name
        """,
        'row = get_object_or_404(Product, slug="product-1")',
    ),
    "the latest": (
        "exists-then-get",
        """
        def f():
            products = Product.objects.filter(price__gte=1)
            if products.exists():
                return products.latest("price").name
        """,
        'try:\n    row = products.latest("price")\nexcept Product.DoesNotExist:\n    row = None',
    ),
    "a queryset that is given back": (
        "exists-then-get",
        """
        def cheap():
            products = Product.objects.filter(price__gte=1)
            if products.exists():
                return products
            return Product.objects.order_by("pk")

        def f():
            return [product.name for product in cheap()]
        """,
        "products = list(cheap())\nif products:",
    ),
}


@pytest.mark.parametrize("name", ADVISED)
def test_where_no_edit_is_safe_the_code_is_told(living: Living, name: str) -> None:
    rule, text, code = ADVISED[name]
    fix = living(text, page=LIST).fix(rule)
    assert fix.code == code
    assert not fix.diff
    assert fix.caveat.startswith("No diff")


def test_a_property_that_a_template_reads_twice_is_asked_once_with_with(living: Living) -> None:
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


def test_a_relation_that_a_template_reads_twice_is_asked_once_with_with(living: Living) -> None:
    project = living(
        """
        def f():
            return render("page.html", {"product": Product.objects.get(name="product 1")})
        """,
        page="{% if product.tags.all %}{% for each in product.tags.all %}{{ each }}{% endfor %}{% endif %}",
    )
    assert project.fix("duplicate-query").code == "{% with tags=product.tags.all %} … {% endwith %}"
