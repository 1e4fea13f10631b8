"""One query that does too much work."""

from django.db.models import Count, Exists, OuterRef, Sum
from django.db.models.functions import TruncDate
from django.shortcuts import render

from catalog.models import Product
from orders.models import DailySales, Order, OrderLine


def slow_aggregate(request):
    days = (
        Order.objects.annotate(day=TruncDate("created"))  # site: slow-aggregate
        .values("day")
        .annotate(orders=Count("pk"), customers=Count("customer", distinct=True), revenue=Sum("total"))
        .order_by("-day")[:31]
    )
    return render(request, "problems/daily_sales.html", {"days": days})


def slow_aggregate_cured(request):
    days = DailySales.objects.values("day", "orders", "customers", "revenue").order_by("-day")[:31]
    return render(request, "problems/daily_sales.html", {"days": days})


def slow_distinct(request):
    products = (
        Product.objects.filter(order_lines__order__status="done")  # site: slow-distinct
        .distinct()
        .order_by("-created")[:30]
    )
    return render(request, "problems/product_names.html", {"products": products})


def slow_distinct_cured(request):
    sold = OrderLine.objects.filter(product=OuterRef("pk"), order__status="done")
    products = Product.objects.filter(Exists(sold)).order_by("-created")[:30]
    return render(request, "problems/product_names.html", {"products": products})
