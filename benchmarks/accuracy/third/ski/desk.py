"""Helpers of the ticket desk."""

from .models import Booking, Course


def recent_bookings(*, paid=True):
    bookings = Booking.objects.filter(is_paid=paid)  # site: booking-slips
    return bookings.order_by("-booked_at")


class WithSlope:
    """A view's mixin."""

    def get_queryset(self):
        return Course.objects.filter(slope__isnull=False).order_by("title")  # site: sloped-courses


def describe(incident):
    where = incident.slope.name
    who = incident.reported_by.name if incident.reported_by_id else "nobody"
    return f"{where}: {who}"
