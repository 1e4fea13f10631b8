"""Work whose result nobody reads, and questions asked in a costly way."""

from django.shortcuts import render

from orders.models import Order
from reviews.models import Review


def length_as_count(request):
    orders = Order.objects.filter(status="pending")  # site: length-as-count
    return render(request, "problems/pairs.html", {"rows": [("pending", len(orders))]})


def length_as_count_cured(request):
    orders = Order.objects.filter(status="pending")
    return render(request, "problems/pairs.html", {"rows": [("pending", orders.count())]})


def truth_as_exists(request):
    orders = Order.objects.filter(status="pending")  # site: truth-as-exists
    text = "Orders are waiting." if orders else "Nothing to do."
    return render(request, "problems/pairs.html", {"rows": [("today", text)]})


def truth_as_exists_cured(request):
    orders = Order.objects.filter(status="pending")
    text = "Orders are waiting." if orders.exists() else "Nothing to do."
    return render(request, "problems/pairs.html", {"rows": [("today", text)]})


def exists_then_get(request):
    orders = Order.objects.filter(number=request.GET.get("number", "QS-0000077"))  # site: exists-then-get
    rows = []
    if orders.exists():
        order = orders.get()
        rows.append((order.number, order.total))
    return render(request, "problems/pairs.html", {"rows": rows})


def exists_then_get_cured(request):
    order = Order.objects.filter(number=request.GET.get("number", "QS-0000077")).first()
    rows = [(order.number, order.total)] if order else []
    return render(request, "problems/pairs.html", {"rows": rows})


def count_then_iterate(request):
    orders = Order.objects.filter(status="pending").order_by("-created")  # site: count-then-iterate
    rows = [("pending", orders.count()), *((order.number, order.total) for order in orders)]
    return render(request, "problems/pairs.html", {"rows": rows})


def count_then_iterate_cured(request):
    orders = list(Order.objects.filter(status="pending").order_by("-created"))
    rows = [("pending", len(orders)), *((order.number, order.total) for order in orders)]
    return render(request, "problems/pairs.html", {"rows": rows})


def unused_prefetch(request):
    orders = Order.objects.prefetch_related("lines").order_by("-created")[:25]  # site: unused-prefetch
    return render(request, "problems/pairs.html", {"rows": [(order.number, order.total) for order in orders]})


def unused_prefetch_cured(request):
    orders = Order.objects.order_by("-created")[:25]
    return render(request, "problems/pairs.html", {"rows": [(order.number, order.total) for order in orders]})


def unused_join(request):
    newest = Review.objects.select_related("product", "customer").order_by("-created")  # site: unused-join
    rows = [(review.pk, review.title) for review in newest[:30]]
    return render(request, "problems/pairs.html", {"rows": rows})


def unused_join_cured(request):
    reviews = Review.objects.order_by("-created")[:30]
    return render(request, "problems/pairs.html", {"rows": [(review.pk, review.title) for review in reviews]})


PINNED = [77]  # the reviews on top of the page: one today


def latent(request):
    reviews = Review.objects.filter(pk__in=PINNED)  # site: latent
    return render(request, "problems/reviews.html", {"reviews": reviews})


def latent_cured(request):
    reviews = Review.objects.select_related("product").filter(pk__in=PINNED)
    return render(request, "problems/reviews.html", {"reviews": reviews})
