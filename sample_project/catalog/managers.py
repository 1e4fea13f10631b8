"""Querysets of the catalog."""

from django.db import models


class ProductQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def newest(self):
        return self.order_by("-created", "-pk")


class ProductManager(models.Manager.from_queryset(ProductQuerySet)):
    def for_list(self):
        """What a page that lists products shows."""
        return self.active().newest().select_related("brand", "category")

    def for_window(self):
        """The newest products, for the shop window."""
        return self.filter(is_active=True).order_by("-created")[:30]

    def for_window_with_brands(self):
        """The same, with what the window shows of the brand."""
        return self.select_related("brand").filter(is_active=True).order_by("-created")[:30]
