"""Who has which room when."""

from datetime import UTC, datetime, time, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.shortcuts import render

from bookings.models import Booking


def day(request, day):
    start = datetime.combine(day, time(), tzinfo=UTC)
    period = DateTimeTZRange(start, start + timedelta(days=1))
    bookings = (
        Booking.objects.filter(period__overlap=period)
        .select_related("room__building", "customer")
        .order_by("period", "room")[:100]
    )
    return render(request, "bookings/day.html", {"day": start, "bookings": bookings})
