"""What several pages share."""

from dataclasses import dataclass

from .models import Donation, Order, Unit


@dataclass
class OrderRow:
    number: str
    hospital: str
    author: str

    @classmethod
    def of(cls, order):
        author = order.created_by.username if order.created_by else "–"
        return cls(order.number, order.hospital.name, author)


def urgent_orders():
    return Order.objects.filter(priority="urgent").order_by("-created_at")  # site: urgent-board


def where_is(unit):
    if unit.fridge_id is None:
        return "on the road"
    return describe_fridge(unit.fridge)


def describe_fridge(fridge):
    return f"{fridge.name} in {fridge.centre.name}"


def spoilt_units(limit):
    return Unit.objects.filter(status="spoilt").order_by("code")[:limit]  # site: spoilt-report


def donations_of(day):
    return Donation.objects.filter(at__date=day).order_by("at", "pk")


def full_name(person):
    return f"{person.first_name} {person.last_name}".strip()
