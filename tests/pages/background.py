"""Background tasks of a Celery application, and what they read."""

from __future__ import annotations

from celery import Celery
from django.http import HttpRequest, HttpResponse

from catalog.models import Product

app = Celery("tests", broker="memory://", backend="cache+memory://", set_as_current=False)
app.conf.task_default_queue = "queryscope-tests"


def shelf() -> list[str]:
    return [product.brand.name for product in Product.objects.order_by("id")]


@app.task(name="shop.tasks.brands")
def brands(secret: str = "") -> list[str]:
    return shelf()


@app.task(name="shop.tasks.broken")
def broken() -> None:
    Product.objects.count()
    raise ValueError("zqzq-secret")


@app.task(name="shop.tasks.outer")
def outer() -> int:
    Product.objects.count()
    brands.apply()
    return Product.objects.count()


@app.task(name="shop.tasks.again", bind=True, max_retries=2)
def again(self: object) -> None:
    Product.objects.count()
    raise self.retry(countdown=0)  # type: ignore[attr-defined]


def page(request: HttpRequest) -> HttpResponse:
    Product.objects.count()
    brands.apply(kwargs={"secret": "zqzq-secret"})
    return HttpResponse(str(Product.objects.count()))
