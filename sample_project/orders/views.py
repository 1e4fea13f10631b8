"""Pages for those who run the shop."""

import csv

from django.contrib.admin.views.decorators import staff_member_required
from django.db.models import Count, Prefetch, Q, Sum
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404, render

from catalog.models import Product
from orders.models import DailySales, Order, OrderLine, Refund


@staff_member_required
def dashboard(request):
    waiting = Order.objects.filter(status__in=[Order.Status.PENDING, Order.Status.PAID])
    context = {
        "counts": waiting.aggregate(
            pending=Count("pk", filter=Q(status=Order.Status.PENDING)),
            paid=Count("pk", filter=Q(status=Order.Status.PAID)),
            value=Sum("total"),
        ),
        "newest": Order.objects.select_related("customer", "shipping_address").order_by("-created")[:10],
        "refunds": Refund.objects.select_related("payment__order").order_by("-created")[:10],
        "sold_out": Product.objects.filter(stock__quantity=0).select_related("brand").newest()[:10],
    }
    return render(request, "orders/dashboard.html", context)


@staff_member_required
def order_detail(request, number):
    lines = OrderLine.objects.select_related("product__brand")
    orders = Order.objects.select_related("customer", "shipping_address", "billing_address", "payment")
    order = get_object_or_404(
        orders.prefetch_related(Prefetch("lines", queryset=lines), "payment__refunds"), number=number
    )
    return render(request, "orders/order_detail.html", {"order": order})


class Echo:
    """A file that hands back what is written to it."""

    def write(self, text):
        return text


@staff_member_required
def export(request):
    """The newest orders as CSV, streamed in chunks, with their lines."""
    orders = Order.objects.select_related("customer").prefetch_related("lines__product").order_by("-created")
    writer = csv.writer(Echo())

    def rows():
        yield writer.writerow(["number", "customer", "product", "quantity"])
        for order in orders[:2000].iterator(chunk_size=500):
            for line in order.lines.all():
                yield writer.writerow([order.number, order.customer.name, line.product.name, line.quantity])

    return StreamingHttpResponse(
        rows(), content_type="text/csv", headers={"Content-Disposition": 'attachment; filename="orders.csv"'}
    )


@staff_member_required
def sales_report(request):
    """Read from the reporting database: the router sends it there."""
    return render(request, "orders/sales_report.html", {"days": DailySales.objects.order_by("-day")[:60]})
