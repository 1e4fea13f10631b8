"""Unused loads, from real querysets to the edit and back: found, cured, and never where somebody may read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from catalog.models import Product
from orders.models import Customer
from reviews.models import Comment, Review
from tests.capture.shop import NOW, add_comment, add_orders, add_products, add_reviews, add_tags
from tests.rules.run.made import Made, cure, messages

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop() -> None:
    products = add_products(3, stock=True)
    add_tags(products)
    add_orders(3, lines=products, payments=True)
    for review in add_reviews(products):
        add_comment(review)


UNUSED = {
    "a join": (
        """
        def page():
            return [order.number for order in Order.objects.select_related("customer").order_by("pk")]
        """,
        "Order.objects.all()",
        "select_related",
        ("customer",),
    ),
    "the end of a path": (
        """
        def page():
            products = Product.objects.select_related("brand__company").order_by("pk")
            return [product.brand.name for product in products]
        """,
        'Product.objects.select_related("brand")',
        "select_related",
        ("brand__company",),
    ),
    "one of two": (
        """
        def page():
            return [
                product.brand.name
                for product in Product.objects.select_related("category", "brand").order_by("pk")
            ]
        """,
        'Product.objects.select_related("brand")',
        "select_related",
        ("category",),
    ),
    "a reverse one-to-one": (
        """
        def page():
            return [product.name for product in Product.objects.order_by("pk").select_related("stock")]
        """,
        "Product.objects.all()",
        "select_related",
        ("stock",),
    ),
    "nothing but the manager is left": (
        """
        def page():
            orders = Order.objects.select_related("customer")
            return sorted(order.number for order in orders)
        """,
        "Order.objects.all()",
        "select_related",
        ("customer",),
    ),
    "one object": (
        """
        def page():
            return Order.objects.select_related("customer").get(number="N1").total
        """,
        "Order.objects.all()",
        "select_related",
        ("customer",),
    ),
    "a variable": (
        """
        def page(newest=True):
            orders = Order.objects.order_by("pk")
            if newest:
                orders = orders.select_related("customer", "shipping_address").reverse()
            return [order.number for order in orders]
        """,
        "Order.objects.all()",
        "select_related",
        ("customer", "shipping_address"),
    ),
    "iterator": (
        """
        def page():
            orders = Order.objects.select_related("customer").order_by("pk").iterator()
            return [order.number for order in orders]
        """,
        "Order.objects.all()",
        "select_related",
        ("customer",),
    ),
    "in_bulk": (
        """
        def page():
            found = Order.objects.select_related("customer").in_bulk(["N1", "N2"], field_name="number")
            return sorted(str(order.total) for order in found.values())
        """,
        "Order.objects.all()",
        "select_related",
        ("customer",),
    ),
    "the key only": (
        """
        def page():
            rows = Order.objects.select_related("customer").order_by("pk")
            return [(order.number, order.customer_id) for order in rows]
        """,
        "Order.objects.all()",
        "select_related",
        ("customer",),
    ),
    "a prefetch": (
        """
        def page():
            return [order.number for order in Order.objects.order_by("pk").prefetch_related("lines")]
        """,
        "Order.objects.all()",
        "prefetch_related",
        ("lines",),
    ),
    "a prefetch below one that is read": (
        """
        def page():
            orders = Order.objects.prefetch_related("lines__product__brand").order_by("pk")
            return [sum(line.quantity for line in order.lines.all()) for order in orders]
        """,
        'Order.objects.prefetch_related("lines")',
        "prefetch_related",
        ("lines__product",),
    ),
    "a prefetch with all below it": (
        """
        def page():
            orders = Order.objects.prefetch_related(
                "lines",
                "lines__product",
                "payment",
            ).order_by("pk")
            return [(order.number, order.payment.method) for order in orders]
        """,
        'Order.objects.prefetch_related("payment")',
        "prefetch_related",
        ("lines",),
    ),
    "a Prefetch object": (
        """
        def page():
            lines = OrderLine.objects.filter(quantity=1)
            orders = Order.objects.prefetch_related(Prefetch("lines", queryset=lines)).order_by("pk")
            return [order.number for order in orders]
        """,
        "Order.objects.all()",
        "prefetch_related",
        ("lines",),
    ),
    "to_attr": (
        """
        def page():
            best = Tag.objects.order_by("slug")
            products = Product.objects.order_by("pk").prefetch_related(
                "order_lines", Prefetch("tags", queryset=best, to_attr="best")
            )
            return [len(product.order_lines.all()) + product.pk for product in products]
        """,
        'Product.objects.prefetch_related("order_lines")',
        "prefetch_related",
        ("best",),
    ),
    "the queryset of a Prefetch": (
        """
        def page():
            lines = OrderLine.objects.order_by("pk").prefetch_related("product")
            orders = Order.objects.prefetch_related(Prefetch("lines", queryset=lines)).order_by("pk")
            return [[line.quantity for line in order.lines.all()] for order in orders]
        """,
        "OrderLine.objects.all()",
        "prefetch_related",
        ("product",),
    ),
    "a join in the queryset of a Prefetch": (
        """
        def page():
            lines = OrderLine.objects.select_related("product__brand", "order").order_by("pk")
            orders = Order.objects.prefetch_related(Prefetch("lines", queryset=lines)).order_by("pk")
            return [[line.product.brand.name for line in order.lines.all()] for order in orders]
        """,
        'OrderLine.objects.select_related("product__brand")',
        "select_related",
        ("order",),
    ),
    "a generic foreign key": (
        """
        def page():
            return [comment.text for comment in Comment.objects.prefetch_related("subject").order_by("pk")]
        """,
        "Comment.objects.all()",
        "prefetch_related",
        ("subject",),
    ),
    "a helper evaluates": (
        """
        def orders():
            return Order.objects.select_related("customer").order_by("pk")


        def numbers(rows):
            return [row.number for row in rows]


        def page():
            return numbers(orders())
        """,
        "Order.objects.all()",
        "select_related",
        ("customer",),
    ),
    "a related manager": (
        """
        def page():
            order = Order.objects.get(number="N1")
            return [line.quantity for line in order.lines.select_related("product")]
        """,
        "OrderLine.objects.all()",
        "select_related",
        ("product",),
    ),
}


@pytest.mark.parametrize(("text", "code", "method", "relations"), UNUSED.values(), ids=list(UNUSED))
def test_what_nobody_reads_is_taken_out(
    tmp_path: Path, text: str, code: str, method: str, relations: tuple[str, ...]
) -> None:
    made = Made(tmp_path, text)
    finding, before, after = cure(made)
    assert finding.rule == f"unused-{method.replace('_', '-')}"
    assert finding.fixes[0].code == code
    assert finding.fixes[0].kinds == ("remove",)
    assert finding.relations == relations
    assert (finding.severity, finding.confidence) == ("warning", "idea")
    assert finding.location is not None
    assert finding.location.path == "shop/pages.py"
    assert after < before if method == "prefetch_related" else after == before
    assert finding.worst.avoidable_queries == before - after


USED = {
    "an attribute": "[order.customer.name for order in ROWS]",
    "a text": "[f'{order.customer}' for order in ROWS]",
    "getattr": "[getattr(order, 'customer').name for order in ROWS]",
    "the first only": "ROWS[0].customer.name, [order.number for order in ROWS]",
    "a filter with it": "[Order.objects.filter(customer=order.customer).count() for order in ROWS]",
    "vars": "[sorted(vars(order)) and order.number for order in ROWS]",
    "a cache of related objects": "[(row._state.fields_cache['customer'].name, row.number) for row in ROWS]",
    "the field's cache": (
        "[Order._meta.get_field('customer').get_cached_value(order).name + order.number for order in ROWS]"
    ),
    "pickle": "len(__import__('pickle').dumps([(order, order.number) for order in ROWS])) > 0",
    "copy": "[__import__('copy').copy(order).customer.name for order in ROWS]",
    "deepcopy": "[__import__('copy').deepcopy(order).number for order in ROWS]",
    "saved": "[order.save() or order.number for order in ROWS]",
    "hasattr": "[hasattr(order, 'customer') and order.number for order in ROWS]",
}


@pytest.mark.parametrize("load", ['select_related("customer")', 'prefetch_related("customer")'])
@pytest.mark.parametrize("read", USED.values(), ids=list(USED))
def test_every_way_to_read_a_relation_counts(tmp_path: Path, read: str, load: str) -> None:
    made = Made(
        tmp_path,
        f"""
        def page():
            ROWS = Order.objects.{load}.order_by("pk")
            list(ROWS)
            return {read}
        """,
    )
    made.run()
    assert not messages(made.found())


MAY_READ = {
    "an untaken branch": """
        def page(full=False):
            rows = Order.objects.select_related("customer").prefetch_related("lines")
            return [(row.customer.name, row.lines.count()) if full else row.number for row in rows]
        """,
    "a helper that may read": """
        def shown(order, full):
            return (order.customer, list(order.lines.all())) if full else order.number


        def page():
            rows = Order.objects.select_related("customer").prefetch_related("lines")
            return [shown(order, False) for order in rows]
        """,
    "rows that nobody looks at": """
        def page():
            rows = list(Order.objects.select_related("customer").prefetch_related("lines"))
            return len(rows)
        """,
    "no rows": """
        def page():
            rows = Order.objects.select_related("customer").prefetch_related("lines").filter(number="?")
            return [order.number for order in rows]
        """,
    "rows without related ones": """
        def page():
            rows = Product.objects.select_related("warranty").prefetch_related("collections")
            return [product.name for product in rows]
        """,
    "a cache keeps them": """
        from functools import lru_cache


        @lru_cache
        def orders():
            return list(Order.objects.select_related("customer").prefetch_related("lines"))


        def page():
            return [order.number for order in orders()]
        """,
    "a global keeps them": """
        KNOWN = None


        def page():
            global KNOWN
            KNOWN = list(Order.objects.select_related("customer").prefetch_related("lines"))
            return [order.number for order in KNOWN]
        """,
    "a method of a queryset joins": """
        def joined(rows):
            return rows.select_related("customer").prefetch_related("lines")


        def page():
            return [order.number for order in joined(Order.objects.all())]
        """,
    "locked": """
        from django.db import transaction


        def page():
            with transaction.atomic():
                rows = Order.objects.select_related("customer").select_for_update()
                return [order.number for order in rows]
        """,
    "values": """
        def page():
            rows = Order.objects.select_related("customer").prefetch_related("lines")
            return list(rows.values_list("number"))
        """,
    "counted": """
        def page():
            rows = Order.objects.select_related("customer").prefetch_related("lines")
            return rows.count(), rows.exists()
        """,
    "filtered again": """
        def page():
            rows = Order.objects.prefetch_related("lines")
            return [(order.number, order.lines.filter(quantity=2).count()) for order in rows]
        """,
    "values of a prefetched manager": """
        def page():
            rows = Order.objects.prefetch_related("lines")
            return [(order.number, list(order.lines.values_list("pk"))) for order in rows]
        """,
    "a serializer": """
        from rest_framework import serializers


        class LineSerializer(serializers.ModelSerializer):
            class Meta:
                model = OrderLine
                fields = ["quantity"]


        class OrderSerializer(serializers.ModelSerializer):
            lines = LineSerializer(many=True)
            buyer = serializers.CharField(source="customer.name")

            class Meta:
                model = Order
                fields = ["number", "lines", "buyer"]


        def page():
            rows = Order.objects.select_related("customer").prefetch_related("lines")
            return OrderSerializer(rows, many=True).data
        """,
    "a template": """
        from django.template import Context, Engine

        LINES = "{% for line in order.lines.all %}{{ line.pk }}{% endfor %}"
        TEXT = "{% for order in rows %}{{ order.number }}{{ order.customer.name }}" + LINES + "{% endfor %}"


        def page():
            rows = Order.objects.select_related("customer").prefetch_related("lines")
            return Engine().from_string(TEXT).render(Context({"rows": rows}))
        """,
    "model_to_dict": """
        from django.forms.models import model_to_dict


        def page():
            rows = Product.objects.prefetch_related("tags")
            return [model_to_dict(product) for product in rows]
        """,
    "serializers.serialize": """
        from django.core import serializers


        def page():
            rows = Product.objects.prefetch_related("tags").order_by("pk")
            return serializers.serialize("json", rows)
        """,
    "a deferred column": """
        def page():
            rows = Order.objects.only("number", "customer").select_related("customer").order_by("pk")
            return [(order.status, order.customer.name) for order in rows]
        """,
    "a union": """
        def page():
            one = Order.objects.select_related("customer").filter(number="N1")
            return [order.number for order in one.union(Order.objects.select_related("customer"))]
        """,
}


@pytest.mark.parametrize("text", MAY_READ.values(), ids=list(MAY_READ))
def test_it_is_silent_where_somebody_may_read(tmp_path: Path, text: str) -> None:
    made = Made(tmp_path, text)
    made.run()
    assert not messages(made.found())


BRANCHES = """
    def page(full=False):
        rows = Order.objects.select_related("customer").prefetch_related("lines").order_by("pk")
        return [vars_of(order, *(("customer", "lines") if full else ())) for order in rows]


    def vars_of(order, *names):
        return [order.number, *(str(getattr(order, name)) for name in names)]
    """


def test_one_unit_that_reads_is_enough_for_all(tmp_path: Path) -> None:
    made = Made(tmp_path, BRANCHES)
    made.run()
    made.run(label="another")
    assert len(made.found()) == 2
    made.run(True, label="a third")
    assert not made.found()


def test_a_read_in_an_error_response_counts(tmp_path: Path) -> None:
    made = Made(tmp_path, BRANCHES)
    made.run(status=200)
    made.run(True, status=500)
    assert not made.found()


@pytest.mark.parametrize("status", [302, 304, 404, 500])
def test_an_error_or_a_redirect_shows_nothing(tmp_path: Path, status: int) -> None:
    made = Made(tmp_path, BRANCHES)
    made.run(status=status)
    assert not made.found()
    made.run(status=200)
    assert len(made.found()) == 2


def test_two_different_units_make_it_likely(tmp_path: Path) -> None:
    made = Made(tmp_path, BRANCHES)
    for label in ("one", "one", "two"):
        made.run(label=label)
    assert {each.confidence for each in made.found()} == {"likely"}
    [join, prefetch] = sorted(made.found(), key=lambda each: each.rule, reverse=True)
    assert "page joined Order.customer for 3 rows, but nothing read it in any of 2 units" in join.message
    assert 'Remove .select_related("customer").' in join.message
    assert 'Remove .prefetch_related("lines").' in prefetch.message


def test_a_unit_that_nobody_observed_may_have_read(tmp_path: Path) -> None:
    made = Made(tmp_path, BRANCHES)
    made.run()
    made.run(True, label="unobserved", reads=False)
    assert not made.found()


def test_what_a_test_does_with_the_rows_shows_nothing(tmp_path: Path) -> None:
    made = Made(
        tmp_path,
        """
        def page():
            return list(Order.objects.select_related("customer").order_by("pk"))
        """,
        test_pages="""
        def reading(page):
            return [order.number for order in page()]
        """,
    )
    text = (made.folder / "shop" / "test_pages.py").read_text()
    scope: dict[str, Any] = {}
    exec(compile(text, str(made.folder / "shop" / "test_pages.py"), "exec"), scope)
    module = made.module()
    made.module = lambda: type("M", (), {"page": lambda: scope["reading"](module.page)})  # type: ignore[method-assign]
    made.run()
    assert made.captures[0].trace.loads[0].readers
    assert not made.found()


ADMIN = """
    from django.contrib import admin
    from django.contrib.auth import get_user_model
    from django.test import RequestFactory


    class OrderAdmin(admin.ModelAdmin):
        list_display = ["number", {shown!r}]
        list_select_related = ("customer", "shipping_address")

        def buyer(self, order):
            return order.customer.name


    class Shops(admin.AdminSite):
        pass


    shops = Shops()
    shops.register(Order, OrderAdmin)


    def page():
        request = RequestFactory().get("/")
        request.user = get_user_model().objects.get()
        response = OrderAdmin(Order, shops).changelist_view(request)
        return "N1" in response.rendered_content
    """


@pytest.fixture
def staff(settings: Any) -> None:
    from django.contrib.auth import get_user_model

    get_user_model().objects.create_superuser("boss")


@pytest.mark.usefixtures("staff")
@pytest.mark.urls("config.urls")
def test_the_list_of_an_admin_loses_what_its_pages_do_not_show(tmp_path: Path) -> None:
    made = Made(tmp_path, ADMIN.format(shown="buyer"))
    finding, _, _ = cure(made)
    assert finding.relations == ("shipping_address",)
    assert 'list_select_related = ("customer",)' in made.text


@pytest.mark.usefixtures("staff")
@pytest.mark.urls("config.urls")
def test_a_column_of_an_admin_may_read_though_no_row_did(tmp_path: Path) -> None:
    made = Made(tmp_path, ADMIN.format(shown="total"))
    made.run()
    # The method that reads the customer is there, and another user may see it.
    assert [each.relations for each in made.found()] == [("shipping_address",)]


VIEWS = {
    "a generic view": """
        from django.http import JsonResponse
        from django.test import RequestFactory
        from django.views.generic import ListView


        class OrderList(ListView):
            queryset = Order.objects.select_related("customer").prefetch_related("lines").order_by("pk")

            def render_to_response(self, context):
                return JsonResponse([order.number for order in context["object_list"]], safe=False)


        def page():
            return OrderList.as_view()(RequestFactory().get("/")).content
        """,
    "a method of a generic view": """
        from django.http import JsonResponse
        from django.test import RequestFactory
        from django.views.generic import ListView


        class OrderList(ListView):
            model = Order
            ordering = "pk"

            def get_queryset(self):
                return super().get_queryset().select_related("customer").prefetch_related("lines")

            def render_to_response(self, context):
                return JsonResponse([order.number for order in context["object_list"]], safe=False)


        def page():
            return OrderList.as_view()(RequestFactory().get("/")).content
        """,
    "a viewset": """
        from rest_framework import serializers, viewsets
        from rest_framework.test import APIRequestFactory


        class OrderSerializer(serializers.ModelSerializer):
            class Meta:
                model = Order
                fields = ["number", "status"]


        class OrderViewSet(viewsets.ReadOnlyModelViewSet):
            queryset = Order.objects.select_related("customer").prefetch_related("lines").order_by("pk")
            serializer_class = OrderSerializer
            authentication_classes = permission_classes = ()


        def page():
            response = OrderViewSet.as_view({"get": "list"})(APIRequestFactory().get("/"))
            return response.render().content
        """,
}


@pytest.mark.parametrize("text", VIEWS.values(), ids=list(VIEWS))
def test_classes_that_hold_a_queryset_are_judged_too(tmp_path: Path, text: str) -> None:
    made = Made(tmp_path, text)
    first = made.run()
    assert sorted(each.rule for each in made.found()) == ["unused-prefetch-related", "unused-select-related"]
    for finding in made.found()[:1]:
        made.apply(finding)
    made.captures.clear()
    made.run()
    [finding] = made.found()
    made.apply(finding)
    made.captures.clear()
    assert made.run() == first
    assert not messages(made.report().findings)


@pytest.mark.parametrize("field", ['"customer"', '"lines"'])
def test_a_serializer_that_another_action_uses_may_read(tmp_path: Path, field: str) -> None:
    text = VIEWS["a viewset"].replace(
        "        class OrderViewSet",
        f"""
        class FullSerializer(OrderSerializer):
            class Meta:
                model = Order
                fields = ["number", {field}]


        class OrderViewSet""",
    )
    text = text.replace(
        "            authentication",
        """
            def get_serializer_class(self):
                return OrderSerializer if self.action == "list" else FullSerializer

            authentication""",
    )
    made = Made(tmp_path, text)
    made.run()
    left = {"customer", "lines"} - {field.strip('"')}
    assert {name for each in made.found() for name in each.relations} == left


@pytest.mark.usefixtures("staff")
@pytest.mark.urls("config.urls")
def test_the_queryset_of_an_admin_is_judged_where_it_is_written(tmp_path: Path) -> None:
    own = """
        def get_queryset(self, request):
            rows = super().get_queryset(request)
            return rows.prefetch_related("lines").order_by("pk")
    """
    text = ADMIN.format(shown="buyer").replace('"customer", "shipping_address"', '"customer",')
    made = Made(tmp_path, text.replace("        def buyer", f"{own}\n        def buyer"))
    finding, before, after = cure(made)
    assert (finding.relations, before - after) == (("lines",), 1)
    assert 'return rows.order_by("pk")' in made.text


WIDE = """
    def page():
        return [review.title for review in Review.objects.order_by("pk")]
    """


def add_long_reviews() -> None:
    product, customer = Product.objects.all()[0], Customer.objects.all()[0]
    Review.objects.bulk_create(
        Review(product=product, customer=customer, rating=1, title=str(n), body=4000 * "x", created=NOW)
        for n in range(30)
    )
    # Lengths are those of the first row, and without an order any may come first.
    Review.objects.update(body=4000 * "y")


def test_a_long_column_that_nobody_reads_is_left_out(tmp_path: Path) -> None:
    add_long_reviews()
    made = Made(tmp_path, WIDE)
    finding, before, after = cure(made)
    assert finding.rule == "unread-columns"
    assert (finding.severity, finding.confidence) == ("info", "idea")
    assert finding.fixes[0].code == 'Review.objects.defer("body")'
    assert before == after


PREFETCHED = {
    "a prefetch": (
        """
    def page():
        return [[r.title for r in p.reviews.all()] for p in Product.objects.prefetch_related("reviews")]
    """,
        'Product.objects.prefetch_related(Prefetch("reviews", queryset=Review.objects.defer("body")))',
        True,
    ),
    "beside others": (
        """
    def page():
        found = []
        for p in Product.objects.prefetch_related("tags", "reviews").order_by("pk"):
            found.append(([t.name for t in p.tags.all()], [r.title for r in p.reviews.all()]))
        return found
    """,
        'Product.objects.prefetch_related(Prefetch("reviews", queryset=Review.objects.defer("body")))',
        True,
    ),
    "below a prefetch": (
        """
    def page():
        return [
            [[r.title for r in p.reviews.all()] for p in b.products.all()]
            for b in Brand.objects.prefetch_related("products", "products__reviews")
        ]
    """,
        (
            "Brand.objects.prefetch_related("
            'Prefetch("products__reviews", queryset=Review.objects.defer("body")))'
        ),
        True,
    ),
    "in front of a longer path": (
        """
    def page():
        found = []
        for p in Product.objects.prefetch_related("reviews", "reviews__customer").order_by("pk"):
            found.append([(r.title, r.customer.name) for r in p.reviews.all()])
        return found
    """,
        'Product.objects.prefetch_related(Prefetch("reviews", queryset=Review.objects.defer("body")))',
        True,
    ),
    "on the way of a longer path": (
        """
    def page():
        found = []
        for p in Product.objects.prefetch_related("reviews__customer").order_by("pk"):
            found.append([(r.title, r.customer.name) for r in p.reviews.all()])
        return found
    """,
        'Product.objects.prefetch_related(Prefetch("reviews", queryset=Review.objects.defer("body")))',
        False,
    ),
    "a queryset of its own": (
        """
    def page():
        reviews = Review.objects.order_by("pk")
        products = Product.objects.prefetch_related(Prefetch("reviews", queryset=reviews))
        return [[r.title for r in p.reviews.all()] for p in products]
    """,
        'Review.objects.defer("body")',
        True,
    ),
}


@pytest.mark.parametrize("name", PREFETCHED)
def test_long_columns_of_a_prefetch_are_left_out_where_it_is_written(tmp_path: Path, name: str) -> None:
    add_long_reviews()
    text, code, is_edited = PREFETCHED[name]
    made = Made(tmp_path, text)
    if is_edited:
        finding, before, after = cure(made)
        assert before == after
    else:
        made.run()
        [finding] = made.found()
        assert "No plain reviews stands in the chain" in finding.fixes[0].caveat
    assert finding.rule == "unread-columns"
    assert finding.fixes[0].code == code
    assert finding.location is not None
    lines = made.file.read_text().splitlines()
    assert ".objects." in lines[finding.location.line - 1] or not is_edited


PROPOSED = {
    "a join": """
        def page():
            return [product.brand.company.name for product in Product.objects.order_by("pk")]
        """,
    "a prefetch": """
        def page():
            orders = Order.objects.order_by("pk")
            return [[line.product.name for line in order.lines.all()] for order in orders]
        """,
    "a generic foreign key": """
        def page():
            return [str(comment.subject.title) for comment in Comment.objects.order_by("pk")]
        """,
    "a reverse one-to-one": """
        def page():
            return [product.stock.shelf for product in Product.objects.order_by("pk")]
        """,
    "hasattr": """
        def page():
            return [hasattr(product, "warranty") for product in Product.objects.order_by("pk")]
        """,
    "iterator": """
        def page():
            return [len(order.lines.all()) for order in Order.objects.order_by("pk").iterator()]
        """,
    "only": """
        def page():
            return [order.customer.name for order in Order.objects.only("number").order_by("pk")]
        """,
}


@pytest.mark.parametrize("text", PROPOSED.values(), ids=list(PROPOSED))
def test_what_one_rule_proposes_no_other_calls_unused(tmp_path: Path, text: str) -> None:
    made = Made(tmp_path, text)
    first = made.run()
    for _ in range(4):
        [finding, *_] = [each for each in made.report().findings if each.rule == "n-plus-one"] or [None]
        if finding is None:
            break
        made.apply(finding)
        made.captures.clear()
        assert made.run() == first
    assert not messages(made.report().findings)
    assert Comment.objects.exists()
