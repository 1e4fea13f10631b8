"""What the parking office's pages ask of the database."""

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce, TruncDate

from parking.models import Bay, LiveSession, Permit, Ticket, Zone


def tickets_of(plate):
    return list(Ticket.objects.filter(plate=plate).order_by("-issued_at"))


def valid_in_zone(zone, moment):
    return list(Ticket.objects.filter(zone_id=zone, valid__contains=moment))


def valid_now(begin, end):
    return list(Ticket.objects.filter(valid__overlap=(begin, end)))


def unpaid_of(officer):
    return list(Ticket.objects.filter(officer=officer, paid_at=None).order_by("-issued_at")[:25])


def from_subnet(network):
    return list(Ticket.objects.filter(machine__in_network=network))


def from_machine(address):
    return list(Ticket.objects.filter(machine=address))


def parked_in(zone):
    return list(LiveSession.objects.filter(zone_id=zone, ended_at=None))


def session_of(plate):
    return LiveSession.objects.filter(plate=plate).order_by("-started_at").first()


def permit_on(plate, day):
    return list(Permit.objects.filter(plate=plate, valid__contains=day))


def plate_any_case(plate):
    return list(Permit.objects.filter(plate__iexact=plate))


def issued_on(day):
    return list(Ticket.objects.annotate(day=TruncDate("issued_at")).filter(day=day))


def dearest():
    return list(Ticket.objects.filter(void=False).order_by("-amount")[:10])


def expiring(begin, end):
    return list(Permit.objects.filter(valid__endswith__gte=begin, valid__endswith__lt=end))


def bays_at(spot):
    return list(Bay.objects.filter(outline__covers=spot))


def bays_in(box):
    return list(Bay.objects.filter(outline__meets=box))


def settled_since(moment):
    tickets = Ticket.objects.annotate(settled=Coalesce("paid_at", "issued_at"))
    return list(tickets.filter(settled__gte=moment).order_by("settled"))


def zone_takings(zone, begin, end):
    issued = Ticket.objects.filter(zone_id=zone, issued_at__gte=begin, issued_at__lt=end)
    return issued.aggregate(total=Sum("amount"), count=Count("id"))


def holder_contains(text):
    return list(Permit.objects.filter(holder__icontains=text))


def void_of(officer):
    return list(Ticket.objects.filter(officer=officer, void=True))


def costly(limit):
    return list(Ticket.objects.filter(amount__gte=limit, paid_at__isnull=True))


def officer_takings(officer):
    return Ticket.objects.filter(officer=officer).aggregate(total=Sum("amount"))


def void_share(officer):
    mine = Ticket.objects.filter(officer=officer)
    return mine.aggregate(count=Count("id"), void=Count("id", filter=Q(void=True)))


def first_paid():
    return Ticket.objects.order_by("paid_at").first()


def open_or_just_ended(moment):
    return list(LiveSession.objects.filter(Q(ended_at=None) | Q(ended_at__gte=moment)))


def plates_with(part):
    return list(Permit.objects.filter(plate__icontains=part, kind="disabled"))


# What no index should be advised for.


def valid_takings():
    return Ticket.objects.filter(void=False).aggregate(total=Sum("amount"))


def zones_with(tariff):
    return list(Zone.objects.filter(tariff=tariff))


def by_permit_code(code):
    return list(Permit.objects.filter(code__iexact=code))


def takings_by_day():
    days = Ticket.objects.annotate(day=TruncDate("issued_at")).values("day")
    return list(days.annotate(total=Sum("amount")).order_by("day"))


def random_tickets():
    return list(Ticket.objects.order_by("?")[:5])


def bays_of(zone):
    return list(Bay.objects.filter(zone_id=zone, covered=True)[:20])


def residents():
    return len(list(Permit.objects.filter(kind__in=["resident", "visitor"]).values_list("plate")))


def paid_tickets():
    return Ticket.objects.filter(paid_at__isnull=False).aggregate(total=Sum("amount"))


def months():
    return list(Ticket.objects.dates("issued_at", "month"))


def session_zones():
    return list(LiveSession.objects.values("zone_id").annotate(count=Count("id")))
