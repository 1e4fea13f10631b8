"""Application code, as far as capture is concerned: querysets built in every way that people build them."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any

from django import forms
from django.contrib import admin
from django.core.paginator import Paginator
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_list_or_404, get_object_or_404
from django.template import Context, Engine
from django.views.generic import DetailView, ListView
from rest_framework import serializers, viewsets
from rest_framework.decorators import api_view
from rest_framework.response import Response

from catalog.models import Brand, Product, Tag
from reviews.models import Review

EVERYTHING = Product.objects.order_by("name")


def on_one_line() -> list[Product]:
    return list(Product.objects.filter(price__gte=0).order_by("pk")[:5])


def on_many_lines() -> list[Product]:
    return list(
        Product.objects
        # What is sold:
        .filter(price__gte=0)
        .order_by("pk")
        .distinct()[:5]
    )


def with_dots_at_the_end() -> list[Product]:
    return list(
        Product.objects.
        order_by("pk")
    )  # fmt: skip


def loop() -> None:
    for product in Product.objects.filter(
        price__gte=0,
        price__lte=10,
    ):
        _ = product.name


def step_by_step() -> list[Product]:
    products = Product.objects.all()
    products = products.filter(price__gte=0)
    if products.exists():
        products = products.order_by("pk")
    return list(products)


def helper() -> Any:
    return Product.objects.filter(price=1)


def through_a_helper() -> list[Product]:
    return list(helper().order_by("pk"))


def through_manager_methods() -> list[Product]:
    return list(Product.objects.for_window())


def through_queryset_methods() -> list[Product]:
    return list(Product.objects.all().active().newest())


def through_the_relation_of_an_instance() -> list[Product]:
    brand = Brand.objects.get(slug="brand-0")
    return list(brand.products.active())


def in_a_comprehension() -> list[str]:
    return [tag.name for number in range(2) for tag in Tag.objects.filter(name=f"tag {number}")]


def in_a_generator() -> list[str]:
    return list(tag.name for number in range(2) for tag in Tag.objects.filter(slug=f"tag-{number}"))  # noqa: C400


def in_a_lambda() -> list[Tag]:
    find: Callable[[str], Any] = lambda slug: Tag.objects.filter(slug=slug)  # noqa: E731
    return list(find("tag-0"))


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


@decorated
def in_a_decorated_function() -> list[Tag]:
    return list(Tag.objects.order_by("slug"))


def at_import() -> list[Product]:
    return list(EVERYTHING.filter(price__gte=0))


def object_or_404() -> Product:
    return get_object_or_404(Product, slug="product-0")


def queryset_or_404() -> Product:
    return get_object_or_404(Product.objects.select_related("brand"), slug="product-0")


def list_or_404() -> list[Product]:
    return get_list_or_404(Product, price__gte=0)


def paginated() -> list[Product]:
    paginator = Paginator(Product.objects.order_by("pk"), 2)
    return list(paginator.page(1).object_list)


def raw() -> list[Product]:
    return list(Product.objects.raw("SELECT * FROM catalog_product"))


class Catalogue:
    """No manager, though its methods build querysets."""

    def products(self) -> Any:
        return Product.objects.filter(price__gte=0)

    @classmethod
    def brands(cls) -> Any:
        return Brand.objects.order_by("pk")

    @staticmethod
    def tags() -> Any:
        return Tag.objects.order_by("pk")


class ProductList(ListView):
    model = Product


class ProductQueryList(ListView):
    queryset = Product.objects.order_by("price")
    paginate_by = 2


class CheapList(ProductQueryList):
    """Its queryset stands in its parent."""


class OwnQueryList(ListView):
    def get_queryset(self) -> Any:
        return Product.objects.order_by("slug")


class MoreQueryList(ListView):
    model = Product

    def get_queryset(self) -> Any:
        return super().get_queryset().order_by("slug")


class ProductDetail(DetailView):
    model = Product


class TwiceDetail(DetailView):
    """Asks for its object, and so does its parent."""

    def get_queryset(self) -> Any:
        return Product.objects.order_by("pk")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.get_object()
        return super().get(request, *args, **kwargs)


def shelf(rows: Any) -> str:
    folder = Path(__file__).parent / "templates"
    return Engine(dirs=[str(folder)]).get_template("shop/shelf.html").render(Context({"rows": rows}))


def twice_by_a_library(find: Callable[[Any], list[Any]]) -> None:
    find(Tag)
    find(Tag)


def twice_itself() -> None:
    list(Tag.objects.order_by("pk"))
    list(Tag.objects.order_by("pk"))


class ProductSerializer(serializers.ModelSerializer):
    brand = serializers.CharField(source="brand.name")

    class Meta:
        model = Product
        fields = ["name", "brand"]


class ProductViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Product.objects.order_by("pk")
    serializer_class = ProductSerializer


class ReviewSerializer(serializers.ModelSerializer):
    by = serializers.CharField(source="customer.name")

    class Meta:
        model = Review
        fields = ["title", "by"]


class OpinionsSerializer(serializers.ModelSerializer):
    reviews = ReviewSerializer(many=True)

    class Meta:
        model = Product
        fields = ["name", "reviews"]


class OpinionsViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Product.objects.order_by("slug")
    serializer_class = OpinionsSerializer


class ChosenOpinionsViewSet(viewsets.ReadOnlyModelViewSet):
    serializer_class = OpinionsSerializer

    def get_queryset(self) -> Any:
        return Product.objects.order_by("name")


class KeptOpinionsViewSet(OpinionsViewSet):
    """Has its object from elsewhere."""

    kept: list[Product] = []

    def get_object(self) -> Product:
        return self.kept[0]


@api_view(["GET"])
def opinions(request: Any, slug: str) -> Response:
    return Response(OpinionsSerializer(get_object_or_404(Product, slug=slug)).data)


class OwnOpinionsSerializer(serializers.ModelSerializer):
    titles = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = ["titles"]

    def get_titles(self, product: Product) -> list[str]:
        return [review.customer.name for review in product.reviews.all()]


class OwnOpinionsViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Product.objects.order_by("slug")
    serializer_class = OwnOpinionsSerializer


@api_view(["GET"])
def api(request: Any) -> Response:
    return Response(ProductSerializer(Product.objects.order_by("pk"), many=True).data)


class ProductAdmin(admin.ModelAdmin):
    list_display = ["name", "brand"]


class ChoiceForm(forms.Form):
    tag = forms.ModelChoiceField(queryset=Tag.objects.order_by("name"))


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse(", ".join(product.brand.name for product in Product.objects.order_by("pk")))


def failing(request: HttpRequest) -> HttpResponse:
    list(Product.objects.order_by("pk"))
    raise LookupError("as it happens")


def streaming(request: HttpRequest) -> StreamingHttpResponse:
    def rows() -> Iterator[str]:
        for product in Product.objects.order_by("pk"):
            yield product.brand.name

    return StreamingHttpResponse(rows())


def threaded(request: HttpRequest) -> HttpResponse:
    """Counts in a pool and in a thread: their own connections see no row of a test's transaction."""

    def count_tags() -> None:
        with contextlib.closing(connection):
            found.append(Tag.objects.count())

    found: list[int] = []
    with ThreadPoolExecutor(1) as pool:
        pool.submit(count_tags).result()
    thread = Thread(target=count_tags)
    thread.start()
    thread.join()
    with transaction.atomic():
        return HttpResponse(f"{found} {Product.objects.count()}")


def unusual(request: HttpRequest) -> HttpResponse:
    """What doesn't pass the wrapper, and a cursor of the server's."""
    with connection.cursor() as cursor:
        with cursor.copy("COPY (SELECT name FROM catalog_product ORDER BY id) TO STDOUT") as copy:
            names = [bytes(row).decode() for row in copy]
        cursor.callproc("upper", ["shop"])
        names += [name for (name,) in cursor.fetchall()]
    names += [product.name for product in Product.objects.order_by("pk").iterator(chunk_size=1)]
    return HttpResponse(", ".join(names))


async def asynchronous(request: HttpRequest) -> HttpResponse:
    product = await Product.objects.select_related("brand").aget(slug="product-0")
    names = [tag.name async for tag in product.tags.order_by("pk")]
    return HttpResponse(", ".join([product.brand.name, *names]))


async def streaming_asynchronously(request: HttpRequest) -> StreamingHttpResponse:
    async def rows() -> AsyncIterator[str]:
        async for product in Product.objects.select_related("brand").order_by("pk"):
            yield product.brand.name

    return StreamingHttpResponse(rows())


async def gather_names() -> list[str]:
    import asyncio

    async def name_of_product() -> str:
        product = await Product.objects.aget(slug="product-0")
        return product.name

    async def name_of_tag() -> str:
        tag = await Tag.objects.aget(slug="tag-0")
        return tag.name

    return await asyncio.gather(name_of_product(), name_of_tag())
