"""Pages of every behaviour that a door must bear."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.mail import send_mail
from django.db import connection, transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect

from catalog.models import Product


def products(request: HttpRequest) -> HttpResponse:
    return HttpResponse(", ".join(product.brand.name for product in Product.objects.order_by("id")))


def cured(request: HttpRequest) -> HttpResponse:
    found = Product.objects.select_related("brand").order_by("id")
    return HttpResponse(", ".join(product.brand.name for product in found))


def product(request: HttpRequest, slug: str) -> HttpResponse:
    return HttpResponse(Product.objects.get(slug=slug).name)


def refreshed(request: HttpRequest) -> HttpResponse:
    found = Product.objects.select_related("brand").get(slug="product-0")
    for _ in range(2):
        found.refresh_from_db()
    return HttpResponse(found.name)


def several(request: HttpRequest) -> HttpResponse:
    """Two findings: two relations of one queryset, and a query asked for twice."""
    found = [f"{each.brand.name} {each.category.name}" for each in Product.objects.order_by("id")]
    return HttpResponse(f"{found} {_names()} {_names()}")


def _names() -> list[str]:
    return [each.name for each in Product.objects.order_by("name")]


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("no query")


def heavy(request: HttpRequest) -> HttpResponse:
    """One query that takes a while."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM generate_series(1, 1500000) AS n WHERE n % 7 = 0")
        return HttpResponse(str(cursor.fetchone()))


def boom(request: HttpRequest) -> HttpResponse:
    Product.objects.count()
    raise ValueError("zqzq-secret")


def broken_sql(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")
    return HttpResponse("never")


def missing(request: HttpRequest, pk: int) -> HttpResponse:
    raise Http404


def refused(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def failing(request: HttpRequest) -> HttpResponse:
    Product.objects.count()
    return HttpResponse("come back later", status=503)


class Body:
    """A body that knows whether it was closed."""

    closed = 0

    def __init__(self) -> None:
        self.rows = iter(Product.objects.order_by("id"))

    def __iter__(self) -> Iterator[str]:
        for row in self.rows:
            yield f"{row.brand.name}\n"

    def close(self) -> None:
        Body.closed += 1


def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(Body())


async def astream(request: HttpRequest) -> StreamingHttpResponse:
    async def rows() -> AsyncIterator[str]:
        async for row in Product.objects.order_by("id"):
            yield f"{row.name}\n"

    return StreamingHttpResponse(rows())


async def aproducts(request: HttpRequest) -> HttpResponse:
    names = []
    async for row in Product.objects.order_by("id"):
        names.append(await sync_to_async(lambda row=row: row.brand.name)())
    return HttpResponse(", ".join(names))


def download(request: HttpRequest) -> FileResponse:
    return FileResponse(Path(__file__).open("rb"))


def write(request: HttpRequest) -> HttpResponse:
    with transaction.atomic(durable=True):
        User.objects.create(username=request.POST.get("name", "written"))
        transaction.on_commit(lambda: send_mail("committed", "x", None, ["a@example.org"]))
    send_mail("subject", "x", None, ["a@example.org"])
    return HttpResponse("written")


@login_required
def private(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.user.get_username()} {Product.objects.count()}")


def moved(request: HttpRequest) -> HttpResponse:
    return redirect("/plain/?token=zqzq-secret")


def shelf() -> list[str]:
    return [product.brand.name for product in Product.objects.order_by("id")]
