"""Lists of one row, run and judged: read for each row they are latent N+1s, read as one object none."""

from __future__ import annotations

import pytest

from tests.capture.shop import add_orders, add_products, add_reviews, add_tags
from tests.rules.application import Application

pytestmark = pytest.mark.django_db


def add_one_of_each() -> None:
    products = add_products(1, stock=True)
    add_tags(products)
    add_orders(1, lines=products, payments=True)
    add_reviews(products, comments=1)


FIRST = (
    "{% with o=orders.0 %}{{ o.customer.name }}"
    "{% for t in tags %}{{ t.name }}{{ o.shipping_address.city }}{% endfor %}{% endwith %}"
)
TOLD: dict[str, tuple[str, dict[str, str]]] = {
    "for": (
        """
def f():
    return [o.customer.name for o in Order.objects.filter(status="paid")]
""",
        {},
    ),
    "for statement": (
        """
def f():
    names = []
    orders = Order.objects.filter(status="paid")
    for o in orders:
        customer = o.customer
        names.append(customer.name)
    return names
""",
        {},
    ),
    "template": (
        """
def f():
    return render("t", orders=Order.objects.filter(status="paid"))
""",
        {"t": "{% for o in orders %}{{ o.customer.name }}{% endfor %}"},
    ),
    "template include": (
        """
def f():
    return render("t", orders=Order.objects.filter(status="paid"))
""",
        {"t": "{% for o in orders %}{% include 'c.html' %}{% endfor %}", "c": "<b>{{ o.customer.name }}</b>"},
    ),
    "template with": (
        """
def f():
    return render("t", orders=Order.objects.filter(status="paid"))
""",
        {"t": "{% for o in orders %}\\n{% with c=o.customer %}{{ c.name }}{% endwith %}{% endfor %}"},
    ),
    "helper": (
        """
def name(order):
    return order.customer.name
def f():
    orders = list(Order.objects.filter(status="paid"))
    return [name(o) for o in orders]
""",
        {},
    ),
    "property": (
        """
def f():
    return [l.maker for l in OrderLine.objects.all()]
""",
        {},
    ),
    "str in tpl": (
        """
def f():
    return render("t", rows=Review.objects.all())
""",
        {"t": "{% for r in rows %}{{ r }}{% endfor %}"},
    ),
    "detail with lines": (
        """
def f():
    order = Order.objects.get(number="N0")
    return [l.product.name for l in order.lines.all()]
""",
        {},
    ),
    "detail with lines tpl": (
        """
def f():
    order = Order.objects.get(number="N0")
    return render("t", order=order)
""",
        {"t": "{% for l in order.lines.all %}{{ l.product.name }}{% endfor %}"},
    ),
    "detail with prefetch": (
        """
def f():
    order = Order.objects.prefetch_related("lines").get(number="N0")
    return render("t", order=order)
""",
        {"t": "{% for l in order.lines.all %}{{ l.product.name }}{% endfor %}"},
    ),
    "sorted": (
        """
def f():
    return [o.number for o in sorted(Order.objects.all(), key=lambda o: o.customer.name)]
""",
        {},
    ),
    "reverse": (
        """
def f():
    return [[l.quantity for l in o.lines.all()] for o in Order.objects.all()]
""",
        {},
    ),
    "slice of many": (
        """
def f():
    return [o.customer.name for o in Order.objects.all()[:20]]
""",
        {},
    ),
    "generator": (
        """
def rows():
    for o in Order.objects.all():
        yield o
def f():
    return [o.customer.name for o in rows()]
""",
        {},
    ),
    "dict": (
        """
def f():
    by = {o.pk: o for o in Order.objects.all()}
    return {pk: o.customer.name for pk, o in by.items()}
""",
        {},
    ),
    "in_bulk": (
        """
def f():
    found = Order.objects.in_bulk()
    return [o.customer.name for o in found.values()]
""",
        {},
    ),
    "serializer": (
        """
from rest_framework import serializers
class S(serializers.ModelSerializer):
    customer = serializers.CharField(source="customer.name")
    class Meta:
        model = Order
        fields = ["number", "customer"]
def f():
    return S(Order.objects.all(), many=True).data
""",
        {},
    ),
    "method field": (
        """
from rest_framework import serializers
class S(serializers.ModelSerializer):
    who = serializers.SerializerMethodField()
    class Meta:
        model = Order
        fields = ["number", "who"]
    def get_who(self, order):
        return order.customer.name
def f():
    return S(Order.objects.all(), many=True).data
""",
        {},
    ),
    "map method": (
        """
def name(o):
    return o.customer.name
def f():
    return list(map(name, Order.objects.all()))
""",
        {},
    ),
}
SILENT: dict[str, tuple[str, dict[str, str]]] = {
    "get": (
        """
def f():
    o = Order.objects.get(number="N0")
    return [o.customer.name, o.shipping_address.city, o.payment.amount, [l.quantity for l in o.lines.all()]]
""",
        {},
    ),
    "first": (
        """
def f():
    o = Order.objects.filter(status="paid").first()
    return [o.customer.name, o.shipping_address.city]
""",
        {},
    ),
    "index": (
        """
def f():
    o = Order.objects.filter(status="paid")[0]
    return o.customer.name
""",
        {},
    ),
    "list index": (
        """
def f():
    o = list(Order.objects.filter(status="paid"))[0]
    return o.customer.name
""",
        {},
    ),
    "list index loop fields": (
        """
def f():
    orders = list(Order.objects.filter(status="paid"))
    order = orders[0]
    return [getattr(order, name) for name in ("customer", "shipping_address")]
""",
        {},
    ),
    "next iter": (
        """
def f():
    o = next(iter(Order.objects.filter(status="paid")))
    return o.customer.name
""",
        {},
    ),
    "unpack": (
        """
def f():
    (o,) = Order.objects.filter(status="paid")
    return o.customer.name
""",
        {},
    ),
    "slice one": (
        """
def f():
    return [o.customer.name for o in Order.objects.all()[:1]]
""",
        {},
    ),
    "unique": (
        """
def f():
    return [o.customer.name for o in Order.objects.filter(number="N0")]
""",
        {},
    ),
    "pk": (
        """
def f():
    return [o.customer.name for o in Order.objects.filter(pk=Order.objects.get().pk)]
""",
        {},
    ),
    "tpl first": (
        """
def f():
    return render("t", orders=Order.objects.all(), tags=Tag.objects.all())
""",
        {"t": FIRST},
    ),
    "tpl first list": (
        """
def f():
    return render("t", orders=list(Order.objects.all()), tags=Tag.objects.all())
""",
        {"t": FIRST},
    ),
    "the first of a loop": (
        """
def f():
    for order in Order.objects.filter(status="paid"):
        return order.customer.name
""",
        {},
    ),
    "the first of each list": (
        """
def f():
    found = []
    for status in ("paid", "none"):
        orders = list(Order.objects.filter(status=status))
        if len(orders) == 1:
            found.append(orders[0].customer.name)
    return found
""",
        {},
    ),
    "loop over others": (
        """
def f():
    orders = list(Order.objects.all())
    if len(orders) == 1:
        order = orders[0]
        return [(t.name, order.customer.name) for t in Tag.objects.all()]
""",
        {},
    ),
    "loaded": (
        """
def f():
    return [o.customer.name for o in Order.objects.select_related("customer")]
""",
        {},
    ),
    "conditional": (
        """
def f():
    add = list(Customer.objects.all())
    return [c.orders.all()[0].number for c in add[:1]]
""",
        {},
    ),
    "detail serializer": (
        """
from rest_framework import serializers
class S(serializers.ModelSerializer):
    customer = serializers.CharField(source="customer.name")
    class Meta:
        model = Order
        fields = ["number", "customer"]
def f():
    return S(Order.objects.get()).data, S(Order.objects.first()).data
""",
        {},
    ),
    "detail serializer of list": (
        """
from rest_framework import serializers
class S(serializers.ModelSerializer):
    customer = serializers.CharField(source="customer.name")
    class Meta:
        model = Order
        fields = ["number", "customer"]
def f():
    return S(list(Order.objects.all())[0]).data
""",
        {},
    ),
}


NESTED: dict[str, tuple[str, str]] = {
    "a loop in a loop": (
        """
def f():
    found = []
    for order in Order.objects.filter(status="paid"):
        for line in order.lines.all():
            found.append(line.product.name)
    return found
""",
        'Order.objects.prefetch_related("lines__product")',
    ),
    "three loops": (
        """
def f():
    return [
        [[tag.name for tag in line.product.tags.all()] for line in order.lines.all()]
        for order in Order.objects.filter(status="paid")
    ]
""",
        'Order.objects.prefetch_related("lines__product__tags")',
    ),
    "a helper": (
        """
def names(order):
    return [line.product.name for line in order.lines.all()]
def f():
    return [names(order) for order in Order.objects.filter(status="paid")]
""",
        'Order.objects.prefetch_related("lines__product")',
    ),
    "the only one of them": (
        """
def f():
    orders = list(Order.objects.filter(status="paid"))
    return [line.product.name for line in orders[0].lines.all()]
""",
        'orders[0].lines.select_related("product")',
    ),
    "one object": (
        """
def f():
    order = Order.objects.get(number="N0")
    return [[tag.name for tag in line.product.tags.all()] for line in order.lines.all()]
""",
        'order.lines.select_related("product").prefetch_related("product__tags")',
    ),
}


@pytest.mark.parametrize("name", NESTED)
def test_a_loop_in_a_loop_belongs_to_the_outer_queryset(name, tmp_path):
    add_one_of_each()
    text, changed = NESTED[name]
    shop = Application(tmp_path, text).tried()
    result = shop.result
    assert shop.only.rule == "latent-n-plus-one"
    shop.cure()
    assert shop.result == result
    text = (tmp_path / "shop/views.py").read_text().replace('.filter(status="paid")', "")
    assert changed in text
    assert shop.told == []


def test_a_line_whose_rows_need_more_is_told_alone(tmp_path):
    products = add_products(3)
    add_tags(products)
    add_orders(1, lines=products)
    text = """
def f():
    orders = Order.objects.filter(status="paid")
    return [[line.product.name for line in order.lines.all()] for order in orders]
"""
    shop = Application(tmp_path, text).tried()
    result = shop.result
    assert shop.only.rule == "n-plus-one"
    shop.cure()
    assert (shop.result, shop.told) == (result, [])


@pytest.mark.parametrize("name", TOLD)
def test_what_is_read_for_each_row_is_told_and_loaded_by_the_edit(name, tmp_path):
    add_one_of_each()
    text, templates = TOLD[name]
    shop = Application(tmp_path, text, **templates).tried()
    before, result = shop.queries, shop.result
    found = shop.only
    assert (found.rule, found.severity, found.confidence) == ("latent-n-plus-one", "info", "likely")
    shop.cure()
    assert shop.result == result
    assert shop.queries <= before
    assert shop.told == []


@pytest.mark.parametrize("name", SILENT)
def test_what_is_read_of_one_object_is_silent(name, tmp_path):
    add_one_of_each()
    text, templates = SILENT[name]
    assert Application(tmp_path, text, **templates).tried().told == []


def test_where_another_unit_has_many_rows_it_is_one_finding(tmp_path):
    products = add_products(2)
    add_orders(3, lines=products)
    text = """
def f(status, number):
    rows = []
    for order in Order.objects.filter(status=status):
        rows.append(order.customer.name)
        if number > 1:
            rows.append(order.shipping_address.city)
    return rows


def pay(number):
    Order.objects.filter(number=number).update(status="done")
    return f("done", 2)
"""
    shop = Application(tmp_path, text).tried("f('paid', 1)", "pay('N0')")
    found = shop.only
    assert (found.rule, found.relations) == ("n-plus-one", ("customer", "shipping_address"))
    assert "ran 3 queries for Order.customer, one per order" in found.message
