"""Generic views, a feed, an async view and a stream."""

import csv

from django.contrib.syndication.views import Feed
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.views.generic import ListView

from catalog.models import Product, Warranty
from orders.models import Order, Refund
from reviews.models import Review


class ReviewList(ListView):
    queryset = Review.objects.order_by("-created")  # site: view-queryset
    template_name = "problems/review_list.html"
    paginate_by = 25


class CuredReviewList(ListView):
    queryset = Review.objects.select_related("customer", "product").order_by("-created")
    template_name = "problems/review_list.html"
    paginate_by = 25


class WarrantyList(ListView):
    model = Warranty  # site: view-model
    ordering = "pk"
    template_name = "problems/warranty_list.html"
    paginate_by = 25


class CuredWarrantyList(ListView):
    queryset = Warranty.objects.select_related("product")
    ordering = "pk"
    template_name = "problems/warranty_list.html"
    paginate_by = 25


class RefundList(ListView):
    template_name = "problems/refund_list.html"
    context_object_name = "refunds"

    def get_queryset(self):
        return Refund.objects.order_by("-created")[:20]  # site: view-get-queryset


class CuredRefundList(RefundList):
    def get_queryset(self):
        return Refund.objects.select_related("payment__order__customer").order_by("-created")[:20]


class ProductFeed(Feed):
    title = "New products"
    link = "/"
    feed_url = "/feed/"
    description_template = None

    def items(self):
        return Product.objects.order_by("-created")[:25]  # site: feed

    def item_link(self, item):
        return f"/products/{item.slug}/"

    def item_pubdate(self, item):
        return item.created

    def item_author_name(self, item):
        return item.brand.name


class CuredProductFeed(ProductFeed):
    def items(self):
        return Product.objects.select_related("brand").order_by("-created")[:25]


async def async_view(request):
    rows = [
        (product, [tag.name async for tag in product.tags.all()])
        async for product in Product.objects.order_by("-created")[:25]  # site: async-view
    ]
    return render(request, "problems/async_tags.html", {"rows": rows})


async def async_view_cured(request):
    rows = [
        (product, [tag.name async for tag in product.tags.all()])
        async for product in Product.objects.prefetch_related("tags").order_by("-created")[:25]
    ]
    return render(request, "problems/async_tags.html", {"rows": rows})


class Echo:
    """A file that hands back what is written to it."""

    def write(self, text):
        return text


def streaming_csv(request):
    writer = csv.writer(Echo())
    orders = Order.objects.order_by("-created")[:40]  # site: streaming-csv
    rows = (writer.writerow([order.number, order.customer.name, order.total]) for order in orders.iterator())
    return StreamingHttpResponse(rows, content_type="text/csv")


def streaming_csv_cured(request):
    writer = csv.writer(Echo())
    orders = Order.objects.select_related("customer").order_by("-created")[:40]
    rows = (writer.writerow([order.number, order.customer.name, order.total]) for order in orders.iterator())
    return StreamingHttpResponse(rows, content_type="text/csv")
