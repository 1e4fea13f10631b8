"""What the estates look at in the morning."""

from django.db.models import F, Sum, Window
from django.db.models.functions import RowNumber

from vineyard.models import Allocation, Line, Order


def sold_between(estate, first, last):
    """Bottles by wine."""
    orders = {"order__estate": estate, "order__placed_at__gte": first, "order__placed_at__lt": last}
    return Line.objects.filter(**orders).values("wine").annotate(n=Sum("quantity")).order_by("-n")[:15]


def newest_shares(wines):
    """The allocation of the newest season that each of some wines has."""
    newest = Window(RowNumber(), partition_by="wine", order_by=[F("season").desc(), F("bottles").desc()])
    return Allocation.objects.filter(wine__in=wines).annotate(place=newest).filter(place=1)


def turnover():
    return Order.objects.values("estate").annotate(sum=Sum("total")).order_by("estate")
