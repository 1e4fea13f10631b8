"""The addresses of the ordinary pages: none of them has a problem."""

from __future__ import annotations

from collections.abc import Iterator

# Free of the scale: every seed makes these rows.
PUBLIC = (
    "/",
    "/?page=2",
    "/categories/category-1/",
    "/categories/category-9/",
    "/search/",
    "/search/?q=oak",
    "/opinions/",
    "/availability/",
    "/comments/",
    "/bookings/2024-02-05/",
    "/staff/",
    "/staff/?department=Shop",
    "/api/products/",
    "/problems/",
)
FOR_STAFF = (
    "/dashboard/",
    "/orders/QS-0000001/",
    "/export/orders.csv",
    "/reports/sales/",
    "/api/orders/",
    "/admin/",
)


def ordinary_pages() -> Iterator[str]:
    """All of them; some need a member of staff, and the database must be seeded."""
    from django.contrib import admin
    from django.urls import reverse

    from catalog.models import Product

    slug = Product.objects.values_list("slug", flat=True).order_by("pk").first()
    yield from PUBLIC
    yield f"/products/{slug}/"
    yield f"/api/products/{slug}/"
    yield from FOR_STAFF
    for model in sorted(admin.site._registry, key=lambda model: model._meta.label):
        yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    yield reverse("admin:orders_order_change", args=[1])
    yield reverse("admin:catalog_product_change", args=[1])
