"""One query that does too much work."""

from django.db.models import Count, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.shortcuts import render

from catalog.models import Product
from orders.models import DailySales, OrderLine


def slow_aggregate(request):
    days = (
        OrderLine.objects.annotate(day=TruncDate("order__created"))  # site: slow-aggregate
        .values("day")
        .annotate(
            orders=Count("order", distinct=True),
            customers=Count("order__customer", distinct=True),
            products=Count("product", distinct=True),
            revenue=Sum(F("quantity") * F("unit_price")),
        )
        .order_by("-revenue", "-day")[:31]
    )
    return render(request, "problems/daily_sales.html", {"days": days})


def slow_aggregate_cured(request):
    best = DailySales.objects.order_by("-revenue", "-day")[:31]
    days = best.values("day", "orders", "customers", "products", "revenue")
    return render(request, "problems/daily_sales.html", {"days": days})


def slow_grouping(request):
    buyers = Count("order_lines__order__customer", distinct=True)
    products = Product.objects.annotate(buyers=buyers).order_by("-created")[:12]  # site: slow-grouping
    return render(request, "problems/product_buyers.html", {"products": products})


def slow_grouping_cured(request):
    lines = OrderLine.objects.filter(product=OuterRef("pk")).values("product")
    buyers = lines.annotate(buyers=Count("order__customer", distinct=True)).values("buyers")
    products = Product.objects.annotate(buyers=Coalesce(Subquery(buyers), 0)).order_by("-created")[:12]
    return render(request, "problems/product_buyers.html", {"products": products})
