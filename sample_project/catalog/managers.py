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
