"""Where no edit is safe, the code is told: against a real database."""

from __future__ import annotations

import pytest

from tests.rules.trace.conftest import Run

pytestmark = pytest.mark.django_db

LIST = "<ul>{% for product in products %}<li>{{ product.name }}</li>{% endfor %}</ul>{{ total }}\n"


ADVISED = {
    "another order": (
        "count-then-iterate",
        """
        def f():
            products = Product.objects.filter(price__gte=1)
            return products.count(), [product.name for product in products.order_by("name")]
        """,
        'rows = list(products.order_by("name"))\nlen(rows)',
    ),
    "a manager that counts": (
        "count-then-iterate",
        """
        def f():
            product = Product.objects.get(name="product 1")
            return product.tags.count(), [tag.name for tag in product.tags.all()]
        """,
        "rows = list(product.tags.all())\nlen(rows)",
    ),
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
    "an asynchronous row": (
        "exists-then-get",
        """
        async def f():
            products = Product.objects.filter(name="product 1")
            is_there = await products.aexists()
            product = await products.afirst()
            return is_there, product
        """,
        "row = await products.afirst()\nif row is not None:",
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
def test_where_no_edit_is_safe_the_code_is_told(living: Run, name: str) -> None:
    rule, text, code = ADVISED[name]
    fix = living(text, page=LIST).fix(rule)
    assert fix.code == code
    assert not fix.diff
    assert fix.caveat.startswith("No diff")


EACH = "{% for tag in product.tags.all %}{{ tag.name }}{% endfor %}"
PAGES = {
    "count-then-iterate": "{{ product.tags.count }}" + EACH,
    "exists-then-get": "{% if product.tags.exists %}" + EACH + "{% endif %}",
}


@pytest.mark.parametrize("rule", PAGES)
def test_a_relation_in_a_template_is_kept_with_with(living: Run, rule: str) -> None:
    text = """
        def f():
            return render("page.html", {"product": Product.objects.get(name="product 1")})
        """
    fix = living(text, page=PAGES[rule]).fix(rule)
    assert fix.code.startswith("{% with tags=product.tags.all %}")
    assert fix.caveat.startswith("No diff")
