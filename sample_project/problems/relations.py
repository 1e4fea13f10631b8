"""Pages that read a relation row by row, one for each kind of relation."""

from django.shortcuts import render

from catalog.models import Product
from orders.models import Order, OrderLine, Payment
from reviews.models import Comment, Review
from staff.models import Person


def forward_fk(request):
    products = Product.objects.order_by("-created")[:30]  # site: forward-fk
    return render(request, "problems/product_brands.html", {"products": products})


def forward_fk_cured(request):
    products = Product.objects.select_related("brand").order_by("-created")[:30]
    return render(request, "problems/product_brands.html", {"products": products})


def forward_fk_chain(request):
    lines = OrderLine.objects.order_by("-pk")[:25]  # site: forward-fk-chain
    return render(request, "problems/line_companies.html", {"lines": lines})


def forward_fk_chain_cured(request):
    lines = OrderLine.objects.select_related("product__brand__company").order_by("-pk")[:25]
    return render(request, "problems/line_companies.html", {"lines": lines})


def two_forward_fks(request):
    orders = Order.objects.filter(status="done").order_by("-created")[:30]  # site: two-forward-fks
    return render(request, "problems/order_addresses.html", {"orders": orders})


def two_forward_fks_cured(request):
    orders = (
        Order.objects.select_related("billing_address", "shipping_address")
        .filter(status="done")
        .order_by("-created")[:30]
    )
    return render(request, "problems/order_addresses.html", {"orders": orders})


def reverse_fk(request):
    orders = Order.objects.order_by("-created")[:30]  # site: reverse-fk
    return render(request, "problems/order_quantities.html", {"orders": orders})


def reverse_fk_cured(request):
    orders = Order.objects.prefetch_related("lines").order_by("-created")[:30]
    return render(request, "problems/order_quantities.html", {"orders": orders})


def reverse_then_forward(request):
    orders = Order.objects.order_by("-created")[:20]  # site: reverse-then-forward
    return render(request, "problems/order_products.html", {"orders": orders})


def reverse_then_forward_cured(request):
    orders = Order.objects.prefetch_related("lines__product").order_by("-created")[:20]
    return render(request, "problems/order_products.html", {"orders": orders})


def below_prefetch(request):
    orders = Order.objects.prefetch_related("lines").order_by("-created")[:20]  # site: below-prefetch
    return render(request, "problems/order_products.html", {"orders": orders})


def below_prefetch_cured(request):
    orders = Order.objects.prefetch_related("lines__product").order_by("-created")[:20]
    return render(request, "problems/order_products.html", {"orders": orders})


def reverse_one_to_one(request):
    orders = Order.objects.filter(status="done").order_by("-created")[:30]  # site: reverse-one-to-one
    return render(request, "problems/order_payments.html", {"orders": orders})


def reverse_one_to_one_cured(request):
    orders = Order.objects.select_related("payment").filter(status="done").order_by("-created")[:30]
    return render(request, "problems/order_payments.html", {"orders": orders})


def forward_one_to_one(request):
    payments = Payment.objects.order_by("-paid_at")[:30]  # site: forward-one-to-one
    return render(request, "problems/payment_orders.html", {"payments": payments})


def forward_one_to_one_cured(request):
    payments = Payment.objects.select_related("order").order_by("-paid_at")[:30]
    return render(request, "problems/payment_orders.html", {"payments": payments})


def missing_one_to_one(request):
    products = Product.objects.order_by("-created")[:30]  # site: missing-one-to-one
    rows = [(product, product.warranty.months if hasattr(product, "warranty") else 0) for product in products]
    return render(request, "problems/product_warranties.html", {"rows": rows})


def missing_one_to_one_cured(request):
    products = Product.objects.select_related("warranty").order_by("-created")[:30]
    rows = [(product, product.warranty.months if hasattr(product, "warranty") else 0) for product in products]
    return render(request, "problems/product_warranties.html", {"rows": rows})


def many_to_many(request):
    products = Product.objects.order_by("-created")[:30]  # site: many-to-many
    return render(request, "problems/product_tags.html", {"products": products})


def many_to_many_cured(request):
    products = Product.objects.prefetch_related("tags").order_by("-created")[:30]
    return render(request, "problems/product_tags.html", {"products": products})


def many_to_many_reverse(request):
    products = Product.objects.order_by("-created")[:30]  # site: many-to-many-reverse
    return render(request, "problems/product_collections.html", {"products": products})


def many_to_many_reverse_cured(request):
    products = Product.objects.prefetch_related("collections").order_by("-created")[:30]
    return render(request, "problems/product_collections.html", {"products": products})


def inherited_child(request):
    people = Person.objects.order_by("pk")[:30]  # site: inherited-child
    return render(request, "problems/people.html", {"people": people})


def inherited_child_cured(request):
    people = Person.objects.select_related("employee").order_by("pk")[:30]
    return render(request, "problems/people.html", {"people": people})


def generic_foreign_key(request):
    comments = Comment.objects.order_by("-created")[:30]  # site: generic-foreign-key
    return render(request, "problems/comment_subjects.html", {"comments": comments})


def generic_foreign_key_cured(request):
    comments = Comment.objects.prefetch_related("subject").order_by("-created")[:30]
    return render(request, "problems/comment_subjects.html", {"comments": comments})


def generic_relation(request):
    reviews = Review.objects.order_by("-created")[:30]  # site: generic-relation
    return render(request, "problems/review_comments.html", {"reviews": reviews})


def generic_relation_cured(request):
    reviews = Review.objects.prefetch_related("comments").order_by("-created")[:30]
    return render(request, "problems/review_comments.html", {"reviews": reviews})


def extend_select_related(request):
    lines = OrderLine.objects.select_related("product").order_by("-pk")[:30]  # site: extend-select-related
    return render(request, "problems/line_brands.html", {"lines": lines})


def extend_select_related_cured(request):
    lines = OrderLine.objects.select_related("product__brand").order_by("-pk")[:30]
    return render(request, "problems/line_brands.html", {"lines": lines})


def mixed_kinds(request):
    products = Product.objects.active().order_by("-created")[:25]  # site: mixed-kinds
    return render(request, "problems/product_cards.html", {"products": products})


def mixed_kinds_cured(request):
    products = (
        Product.objects.select_related("brand")
        .prefetch_related("collections", "tags")
        .active()
        .order_by("-created")[:25]
    )
    return render(request, "problems/product_cards.html", {"products": products})


def reverse_of_joined(request):
    orders = (
        Order.objects.select_related("customer")  # site: reverse-of-joined
        .filter(status="done")
        .order_by("-created")[:25]
    )
    return render(request, "problems/order_customers.html", {"orders": orders})


def reverse_of_joined_cured(request):
    orders = (
        Order.objects.select_related("customer")
        .prefetch_related("customer__addresses")
        .filter(status="done")
        .order_by("-created")[:25]
    )
    return render(request, "problems/order_customers.html", {"orders": orders})
