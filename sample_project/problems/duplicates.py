"""The same query again: asked by helpers, by parts of a page, or by a queryset that forgets its rows."""

from django.shortcuts import render

from catalog.models import Category, Product
from orders.models import Order


def top_categories():
    return list(Category.objects.filter(parent=None))  # site: same-query-in-helpers


def menu_names():
    return [category.name for category in top_categories()]


def breadcrumb_root(slug):
    return next((category for category in top_categories() if category.slug == slug), None)


def footer_links():
    return [(category.slug, category.name) for category in top_categories()]


def same_query_in_helpers(request):
    context = {"menu": menu_names(), "root": breadcrumb_root("category-3"), "links": footer_links()}
    return render(request, "problems/menu.html", context)


def same_query_in_helpers_cured(request):
    categories = list(Category.objects.filter(parent=None))
    context = {
        "menu": [category.name for category in categories],
        "root": next((category for category in categories if category.slug == "category-3"), None),
        "links": [(category.slug, category.name) for category in categories],
    }
    return render(request, "problems/menu.html", context)


def total_of(orders):
    return sum(order.total for order in orders.all())


def largest_of(orders):
    return max(orders.all(), key=lambda order: order.total)


def evaluated_twice(request):
    orders = Order.objects.filter(status="pending").order_by("-created")[:40]  # site: evaluated-twice
    context = {"total": total_of(orders), "largest": largest_of(orders), "orders": orders}
    return render(request, "problems/open_orders.html", context)


def evaluated_twice_cured(request):
    orders = list(Order.objects.filter(status="pending").order_by("-created")[:40])
    context = {
        "total": sum(order.total for order in orders),
        "largest": max(orders, key=lambda order: order.total),
        "orders": orders,
    }
    return render(request, "problems/open_orders.html", context)


def cheapest():
    offers = Product.objects.filter(category__slug="category-9")  # site: template-tag
    return offers.order_by("price", "pk").first()


def template_tag(request):
    return render(request, "problems/offers.html")


def template_tag_cured(request):
    offers = Product.objects.filter(category__slug="category-9").order_by("price", "pk")
    return render(request, "problems/offer_passed.html", {"offer": offers.first()})
