"""Querysets that are built far from the page that reads them."""

from orders.models import Order

OPEN = ["paid", "pending"]


def open_orders():
    """Orders that wait, the newest first."""
    return Order.objects.filter(status__in=OPEN).order_by("-created")[:25]  # site: service-function


def open_orders_with_customers():
    """The same, with what the page shows of the customer."""
    return Order.objects.select_related("customer").filter(status__in=OPEN).order_by("-created")[:25]
