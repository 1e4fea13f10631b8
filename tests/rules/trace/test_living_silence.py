"""What is right as it is, or another rule's: nothing is said, against a real database."""

from __future__ import annotations

import pytest

from tests.rules.trace.conftest import Run

pytestmark = pytest.mark.django_db

SILENT = {
    "a count before a delete": """
        def f():
            reviews = Review.objects.filter(rating=1)
            total = reviews.count()
            reviews.delete()
            return total
        """,
    "an exists before a delete": """
        def f():
            reviews = Review.objects.filter(rating=1)
            if reviews.exists():
                reviews.delete()
            return Review.objects.filter(rating=1).count()
        """,
    "a count before an update": """
        def f():
            products = Product.objects.filter(price=1)
            total = products.count()
            products.update(price=2)
            return total, [product.price for product in products]
        """,
    "a page that is filled from a loop": """
        def f():
            names = []
            products = Product.objects.order_by("pk")
            for start in range(0, products.count(), 2):
                names += [product.name for product in products[start : start + 2]]
            return names
        """,
    "a length that cuts": """
        def f():
            products = Product.objects.order_by("pk")
            if len(products) > 2:
                products = products[:2]
            return [product.name for product in products]
        """,
    "a comparison of two counts": """
        def f():
            products, tags = Product.objects.order_by("pk"), Tag.objects.order_by("pk")
            if products.count() > tags.count():
                return [product.name for product in products]
        """,
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
}
SILENT_PAGE = (
    "{{ products|length }}{% if products %}{% for each in products %}{{ each.name }}{% endfor %}{% endif %}"
)


@pytest.mark.parametrize("name", SILENT)
def test_these_are_right_as_they_are(living: Run, name: str) -> None:
    project = living(SILENT[name], page=SILENT_PAGE)
    assert not project.ran.rules, project.ran.told
