"""Queries and writes in a loop that no eager load removes."""

from django.db.models import Avg, Count, Exists, OuterRef, Prefetch, Subquery, prefetch_related_objects
from django.shortcuts import render

from catalog.models import Category, Collection, Product
from orders.models import Order, Payment, Refund
from reviews.models import Review, Vote


def count_in_loop(request):
    customer = request.GET.get("customer", 2)
    orders = Order.objects.filter(customer=customer).order_by("-created")[:25]  # site: count-in-loop
    rows = [(order.number, order.lines.count()) for order in orders]
    return render(request, "problems/pairs.html", {"rows": rows})


def count_in_loop_cured(request):
    customer = request.GET.get("customer", 2)
    orders = (
        Order.objects.annotate(line_count=Count("lines")).filter(customer=customer).order_by("-created")[:25]
    )
    rows = [(order.number, order.line_count) for order in orders]
    return render(request, "problems/pairs.html", {"rows": rows})


def exists_in_loop(request):
    payments = Payment.objects.order_by("-paid_at")[:25]  # site: exists-in-loop
    rows = [(payment.amount, payment.refunds.exists()) for payment in payments]
    return render(request, "problems/pairs.html", {"rows": rows})


def exists_in_loop_cured(request):
    refunds = Refund.objects.filter(payment=OuterRef("pk"))
    payments = Payment.objects.annotate(has_refund=Exists(refunds)).order_by("-paid_at")[:25]
    rows = [(payment.amount, payment.has_refund) for payment in payments]
    return render(request, "problems/pairs.html", {"rows": rows})


def aggregate_in_loop(request):
    products = Product.objects.order_by("pk")[:25]  # site: aggregate-in-loop
    rows = [(product.name, product.reviews.aggregate(mean=Avg("rating"))["mean"]) for product in products]
    return render(request, "problems/pairs.html", {"rows": rows})


def aggregate_in_loop_cured(request):
    products = Product.objects.annotate(mean=Avg("reviews__rating")).order_by("pk")[:25]
    rows = [(product.name, product.mean) for product in products]
    return render(request, "problems/pairs.html", {"rows": rows})


def latest_in_loop(request):
    products = Product.objects.order_by("pk")[:25]  # site: latest-in-loop
    rows = []
    for product in products:
        review = product.reviews.order_by("-created").first()
        rows.append((product.name, review.title if review else None))
    return render(request, "problems/pairs.html", {"rows": rows})


def latest_in_loop_cured(request):
    newest = Review.objects.filter(product=OuterRef("pk")).order_by("-created").values("title")[:1]
    products = Product.objects.annotate(newest_title=Subquery(newest)).order_by("pk")[:25]
    rows = [(product.name, product.newest_title) for product in products]
    return render(request, "problems/pairs.html", {"rows": rows})


def basket(request):
    """Product ids and quantities, as a session would keep them."""
    return {pk: 1 + pk % 3 for pk in range(1, 26)}


def get_in_loop(request):
    rows = [
        (Product.objects.get(pk=pk).name, quantity)  # site: get-in-loop
        for pk, quantity in basket(request).items()
    ]
    return render(request, "problems/pairs.html", {"rows": rows})


def get_in_loop_cured(request):
    quantities = basket(request)
    products = Product.objects.in_bulk(quantities)
    rows = [(products[pk].name, quantity) for pk, quantity in quantities.items()]
    return render(request, "problems/pairs.html", {"rows": rows})


def refiltered_prefetch(request):
    reviews = Review.objects.prefetch_related("votes").order_by("-created")[:25]  # site: refiltered-prefetch
    rows = [(review.title, [str(vote) for vote in review.votes.filter(value=1)]) for review in reviews]
    return render(request, "problems/pairs.html", {"rows": rows})


def refiltered_prefetch_cured(request):
    upvotes = Prefetch("votes", queryset=Vote.objects.filter(value=1), to_attr="upvotes")
    reviews = Review.objects.prefetch_related(upvotes).order_by("-created")[:25]
    rows = [(review.title, [str(vote) for vote in review.upvotes]) for review in reviews]
    return render(request, "problems/pairs.html", {"rows": rows})


def deferred_field(request):
    reviews = Review.objects.only("title").order_by("-created")[:25]  # site: deferred-field
    rows = [(review.title, review.body) for review in reviews]
    return render(request, "problems/pairs.html", {"rows": rows})


def deferred_field_cured(request):
    reviews = Review.objects.only("title", "body").order_by("-created")[:25]
    rows = [(review.title, review.body) for review in reviews]
    return render(request, "problems/pairs.html", {"rows": rows})


def write_in_loop(request):
    reviews = Review.objects.order_by("-created")[:25]
    for review in reviews:
        review.is_read = True
        review.save(update_fields=["is_read"])  # site: write-in-loop
    return render(
        request, "problems/pairs.html", {"rows": [(review.title, review.rating) for review in reviews]}
    )


def write_in_loop_cured(request):
    reviews = list(Review.objects.order_by("-created")[:25])
    Review.objects.filter(pk__in=[review.pk for review in reviews]).update(is_read=True)
    return render(
        request, "problems/pairs.html", {"rows": [(review.title, review.rating) for review in reviews]}
    )


def prefetch_each(request):
    orders = list(Order.objects.order_by("-created")[:20])  # site: prefetch-each
    for order in orders:
        prefetch_related_objects([order], "lines")
    return render(request, "problems/order_quantities.html", {"orders": orders})


def prefetch_each_cured(request):
    orders = list(Order.objects.order_by("-created")[:20])
    prefetch_related_objects(orders, "lines")
    return render(request, "problems/order_quantities.html", {"orders": orders})


def branches(category):
    return [(child.name, branches(child)) for child in category.children.all()]


def tree_walk(request):
    roots = Category.objects.filter(parent=None)[:4]  # site: tree-walk
    return render(request, "problems/pairs.html", {"rows": [(root.name, branches(root)) for root in roots]})


def tree_walk_cured(request):
    below = {}
    for category in Category.objects.all():
        below.setdefault(category.parent_id, []).append(category)

    def linked(category):
        return [(child.name, linked(child)) for child in below.get(category.pk, [])]

    rows = [(root.name, linked(root)) for root in below[None][:4]]
    return render(request, "problems/pairs.html", {"rows": rows})


def membership_in_loop(request):
    collection = Collection.objects.get(pk=1)
    products = Product.objects.order_by("-created")[:25]
    rows = [
        (product.name, product in collection.products.all())  # site: membership-in-loop
        for product in products
    ]
    return render(request, "problems/pairs.html", {"rows": rows})


def membership_in_loop_cured(request):
    collection = Collection.objects.get(pk=1)
    chosen = set(collection.products.values_list("pk", flat=True))
    products = Product.objects.order_by("-created")[:25]
    rows = [(product.name, product.pk in chosen) for product in products]
    return render(request, "problems/pairs.html", {"rows": rows})
