"""The same habit on other surfaces: pieces of templates, properties, managers, services, forms."""

from django.core.paginator import Paginator
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render

from catalog.models import Product
from orders.models import Customer, OrderLine
from problems import services
from problems.forms import CuredRoomForm, RoomForm
from reviews.models import Review


def included_template(request):
    products = Product.objects.active().order_by("-created")[:30]  # site: included-template
    return render(request, "problems/product_list.html", {"products": products})


def included_template_cured(request):
    products = Product.objects.select_related("category").active().order_by("-created")[:30]
    return render(request, "problems/product_list.html", {"products": products})


def with_block(request):
    lines = OrderLine.objects.order_by("-pk")[:30]  # site: with-block
    return render(request, "problems/line_details.html", {"lines": lines})


def with_block_cured(request):
    lines = OrderLine.objects.select_related("order").order_by("-pk")[:30]
    return render(request, "problems/line_details.html", {"lines": lines})


def model_property(request):
    products = Product.objects.order_by("slug")[:30]  # site: model-property
    return render(request, "problems/full_names.html", {"products": products})


def model_property_cured(request):
    products = Product.objects.select_related("brand").order_by("slug")[:30]
    return render(request, "problems/full_names.html", {"products": products})


def property_chain(request):
    lines = OrderLine.objects.order_by("-pk")[:20]  # site: property-chain
    return render(request, "problems/line_makers.html", {"lines": lines})


def property_chain_cured(request):
    lines = OrderLine.objects.select_related("product__brand__company").order_by("-pk")[:20]
    return render(request, "problems/line_makers.html", {"lines": lines})


def model_str(request):
    reviews = Review.objects.order_by("-created")[:30]  # site: model-str
    return render(request, "problems/reviews.html", {"reviews": reviews})


def model_str_cured(request):
    reviews = Review.objects.select_related("product").order_by("-created")[:30]
    return render(request, "problems/reviews.html", {"reviews": reviews})


def paginator(request):
    products = Product.objects.active().newest()  # site: paginator
    page = Paginator(products, 30).get_page(request.GET.get("page"))
    return render(request, "problems/product_page.html", {"page": page})


def paginator_cured(request):
    products = Product.objects.select_related("brand").active().newest()
    page = Paginator(products, 30).get_page(request.GET.get("page"))
    return render(request, "problems/product_page.html", {"page": page})


def object_or_404(request):
    customer = get_object_or_404(Customer, pk=request.GET.get("customer", 2))
    orders = customer.orders.order_by("-created")[:20]  # site: object-or-404
    return render(request, "problems/customer.html", {"customer": customer, "orders": orders})


def object_or_404_cured(request):
    customer = get_object_or_404(Customer, pk=request.GET.get("customer", 2))
    orders = customer.orders.select_related("payment", "shipping_address").order_by("-created")[:20]
    return render(request, "problems/customer.html", {"customer": customer, "orders": orders})


def queryset_method(request):
    products = Product.objects.newest()[:30]  # site: queryset-method
    return render(request, "problems/product_brands.html", {"products": products})


def queryset_method_cured(request):
    products = Product.objects.select_related("brand").newest()[:30]
    return render(request, "problems/product_brands.html", {"products": products})


def manager_method(request):
    products = Product.objects.for_window()  # site: manager-method
    return render(request, "problems/product_brands.html", {"products": products})


def manager_method_cured(request):
    products = Product.objects.for_window_with_brands()
    return render(request, "problems/product_brands.html", {"products": products})


def service_function(request):
    return render(request, "problems/order_page.html", {"page": services.open_orders()})


def service_function_cured(request):
    return render(request, "problems/order_page.html", {"page": services.open_orders_with_customers()})


def json_list(request):
    votes = [
        {
            "title": review.title,
            "customer": review.customer.name,
            "votes": [vote.value for vote in review.votes.all()],
        }
        for review in Review.objects.order_by("-created")[:25]  # site: json-list
    ]
    return JsonResponse({"reviews": votes})


def json_list_cured(request):
    votes = [
        {
            "title": review.title,
            "customer": review.customer.name,
            "votes": [vote.value for vote in review.votes.all()],
        }
        for review in Review.objects.select_related("customer")
        .prefetch_related("votes")
        .order_by("-created")[:25]
    ]
    return JsonResponse({"reviews": votes})


def form_choices(request):
    return render(request, "problems/form.html", {"form": RoomForm()})


def form_choices_cured(request):
    return render(request, "problems/form.html", {"form": CuredRoomForm()})
