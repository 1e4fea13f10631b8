"""The shop's public pages."""

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.core.paginator import Paginator
from django.db.models import F, Prefetch
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.generic import ListView

from catalog.models import Category, Product
from reviews.models import Review


class ProductList(ListView):
    queryset = Product.objects.for_list()
    template_name = "catalog/product_list.html"
    context_object_name = "products"
    paginate_by = 24


def product_detail(request, slug):
    products = Product.objects.select_related("brand__company", "category__parent", "stock", "warranty")
    product = get_object_or_404(products.prefetch_related("tags", "collections"), slug=slug)
    reviews = product.reviews.select_related("customer").prefetch_related("votes", "comments")
    context = {"product": product, "reviews": reviews.order_by("-created")[:10]}
    return render(request, "catalog/product_detail.html", context)


def category(request, slug):
    category = get_object_or_404(Category.objects.select_related("parent"), slug=slug)
    products = category.products.for_list().prefetch_related("tags")
    page = Paginator(products, 24).get_page(request.GET.get("page"))
    context = {"category": category, "children": category.children.all(), "page": page}
    return render(request, "catalog/category.html", context)


def search(request):
    words = request.GET.get("q", "").strip()
    products = Product.objects.none()
    if words:
        query = SearchQuery(words, config="simple")
        ranked = Product.objects.filter(search=query).annotate(rank=SearchRank(F("search"), query))
        products = ranked.select_related("brand").order_by("-rank", "pk")
    page = Paginator(products, 24).get_page(request.GET.get("page"))
    return render(request, "catalog/search.html", {"words": words, "page": page})


def opinions(request):
    """Two prefetches into one table, each with its own rows."""
    praise = Prefetch("reviews", queryset=Review.objects.filter(rating__gte=4), to_attr="praise")
    complaints = Prefetch("reviews", queryset=Review.objects.filter(rating__lte=2), to_attr="complaints")
    products = Product.objects.prefetch_related(praise, complaints).order_by("pk")[:12]
    return render(request, "catalog/opinions.html", {"products": products})


async def availability(request):
    """What is left of the newest products, for the shop's own script."""
    products = Product.objects.select_related("stock").newest()[:50]
    stocks = {product.slug: product.stock.quantity async for product in products}
    return JsonResponse({"stocks": stocks})
