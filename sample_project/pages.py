"""The addresses of all pages that the demo visits."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin
from django.urls import NoReverseMatch, get_resolver, reverse

from bookings.models import Booking
from catalog.models import Category, Product
from orders.models import Order
from problems.table import PROBLEMS


def all_pages() -> Iterator[str]:
    """Ordinary pages first, then each problem with its cured twin."""
    yield from ordinary_pages()
    for problem in PROBLEMS:
        yield f"/problems/{problem.slug}/"
        yield f"/problems/{problem.slug}/cured/"


def ordinary_pages() -> Iterator[str]:
    """Every named page of the shop, one of each kind, the API and the changelists."""
    for name in ("products", "opinions", "availability", "comments", "staff", "dashboard", "export", "sales"):
        yield reverse(name)
    yield reverse("search") + "?q=lamp"
    yield reverse("product", args=[Product.objects.order_by("pk")[0].slug])
    yield reverse("category", args=[Category.objects.order_by("pk")[0].slug])
    yield reverse("order", args=[Order.objects.order_by("pk")[0].number])
    yield reverse("bookings", args=[Booking.objects.order_by("pk")[0].period.lower.date()])
    yield reverse("problems:index")
    yield from _api_lists()
    for model in admin.site._registry:
        yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def _api_lists() -> Iterator[str]:
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str) and name.endswith("-list")}
    for name in sorted(names):
        try:
            yield reverse(name)
        except NoReverseMatch:
            continue
