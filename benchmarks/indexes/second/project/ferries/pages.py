"""The desk, the quay and the back office of some ferry companies."""

from django.db.models import Count, Exists, OuterRef, Q, Sum, Value
from django.db.models.functions import Replace, TruncHour, Upper

from ferries.desk import BookingSearch, get_or_none
from ferries.models import Booking, Crossing, Operator, Port, Vehicle


def find_booking(reference):
    booking = get_or_none(Booking, reference__iexact=reference)
    return booking and booking.pk


def release_expired(moment):
    return list(Booking.objects.expired(moment).order_by("expires_at").values_list("pk", flat=True))


def manifest(crossing):
    booked = Booking.objects.live().filter(crossing=crossing).select_related("crossing__ship")
    return [(one.reference, one.email, one.crossing.ship_id) for one in booked]


def departure_board(port, moment):
    """The next twenty of a harbour, as its screens show them."""
    upcoming = Crossing.objects.filter(origin_id=port, departs_at__gte=moment, is_cancelled=False)
    return list(upcoming.order_by("departs_at")[:20])


def plate_lookup(plate):
    tidy = plate.upper().replace(" ", "")
    known = Vehicle.objects.annotate(tidy=Upper(Replace("plate", Value(" "), Value(""))))
    return list(known.filter(tidy=tidy))


def dearest_of(operator, seen_total, seen_id):
    """Keyset pages for the partners' interface; the first bound is there for the index."""
    dear = Booking.objects.of_operator(operator).filter(total__lte=seen_total)
    dear = dear.filter(Q(total__lt=seen_total) | Q(total=seen_total, pk__lt=seen_id))
    return list(dear.order_by("-total", "-id")[:50])


def vouchers_of_campaign(prefix):
    return list(Booking.objects.filter(voucher__startswith=prefix).values("voucher", "total"))


def needs_wheelchair():
    return list(Booking.objects.filter(extras__assistance__kind="wheelchair").order_by("crossing_id"))


def takings_by_hour(operator, day):
    paid = Booking.objects.filter(operator=operator, made_at__date=day, state=Booking.State.PAID)
    hours = paid.annotate(hour=TruncHour("made_at")).values("hour").annotate(sum=Sum("total"), n=Count("pk"))
    return list(hours.order_by("hour"))


def held_with_lorries():
    lorries = Vehicle.objects.filter(booking=OuterRef("pk"), length_cm__gt=900)
    return list(Booking.objects.held().filter(Exists(lorries)))


def search(form):
    return list(BookingSearch(form).page())


def arrivals_from(port, origin):
    return list(Crossing.objects.filter(destination_id=port, origin_id=origin).order_by("-arrives_at")[:15])


# What no index should be advised for.


def paid_total():
    return Booking.objects.filter(state=Booking.State.PAID).aggregate(total=Sum("total"))


def harbours_named(text):
    return list(Port.objects.filter(Q(name__icontains=text) | Q(code__iexact=text)))


def latest_paid():
    """Most are paid, and there is an index of the date."""
    return list(Booking.objects.filter(state=Booking.State.PAID).order_by("-made_at")[:25])


def basket(ids):
    return Booking.objects.in_bulk(ids)


def operator_by_slug(slug):
    return get_or_none(Operator, slug=slug)


def timetable_export(seats):
    """Every column, for a spreadsheet."""
    return len(Crossing.objects.filter(seats_left__gt=seats).order_by("departs_at").values_list())


def ship_plan(ship):
    return list(
        Crossing.objects.filter(ship=ship, is_cancelled=False).values_list("departs_at", "arrives_at")
    )
