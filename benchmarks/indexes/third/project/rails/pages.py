"""Counters, gates and the control room of a railway."""

from datetime import timedelta

from django.contrib.postgres.search import TrigramSimilarity
from django.db import transaction
from django.db.models import Avg, Count, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import TruncDay
from django.utils import timezone

from rails.models import Card, Hold, Run, Scan, Station, Ticket, Train

LATE = 180
MISSED = Run.State.CANCELLED, Run.State.DIVERTED


def first_or_404(found):
    if (one := found.first()) is None:
        raise LookupError(found.model.__name__)
    return one


def booking(pnr):
    """All of one booking, also what was given back."""
    return list(Ticket.all_sold.filter(pnr=pnr.upper()).order_by("coach", "seat"))


def trains_between(start, end, day):
    """The timetable's form, for one day."""
    runs = Run.objects.filter(start=start, end=end, runs_on=day).exclude(state__in=MISSED)
    return list(runs.select_related("train").order_by("leaves"))


def last_seen(ticket):
    return Scan.objects.filter(ticket=ticket).order_by("-at").first()


def busy_gates(station, begin, minutes):
    """How many went through each gate."""
    seen = Scan.objects.filter(station=station, at__gte=begin, at__lt=begin + timedelta(minutes=minutes))
    return list(seen.values("gate").annotate(n=Count("pk")).order_by("-n"))


def turned_away(page):
    """The newest, with the ticket, a page at a time."""
    refused = Scan.objects.filter(ok=False).order_by("-at").select_related("station")
    return list(refused[50 * (page - 1) : 50 * page])


def given_back(year, month):
    refunds = Ticket.all_sold.filter(refunded_at__year=year, refunded_at__month=month)
    return list(refunds.values("travel_class").annotate(sum=Sum("fare"), n=Count("pk")).order_by())


def most_delayed():
    late = Run.objects.filter(delay__gt=LATE).order_by("-delay", "pk")
    return list(late.values("train__number", "runs_on", "delay")[:30])


def conductor_list(run):
    """Seats of a train that is about to leave."""
    sold = Ticket.objects.filter(run=run).order_by("coach", "seat")
    return list(sold.values_list("coach", "seat", "passenger", "travel_class"))


def bought_from(network):
    return list(Ticket.objects.filter(device__in_network=network).values("pnr", "device", "fare"))


def diamonds():
    """The best customers and when they bought last."""
    last = Ticket.objects.filter(card=OuterRef("pk")).order_by("-sold_at").values("sold_at")[:1]
    return list(Card.objects.filter(tier="d").annotate(last=Subquery(last)).order_by("-points", "pk")[:12])


def partner_feed(moment, pk):
    """Keyset pages."""
    after = Q(sold_at__gt=moment) | Q(sold_at=moment, pk__gt=pk)
    return list(Ticket.objects.filter(after, channel="partner").order_by("sold_at", "pk")[:100])


def forget_scans(moment):
    """Try what the yearly job would delete."""
    with transaction.atomic():
        gone, _ = Scan.objects.filter(at__lt=moment).delete()
        transaction.set_rollback(True)
    return gone


def disturbed(begin, end):
    """What didn't run as planned, in some weeks."""
    return list(
        Run.objects.filter(state__in=MISSED, runs_on__range=(begin, end)).values_list(
            "train_id", "runs_on", "state"
        )
    )


def sleepers(day):
    """Sleepers sold by day since a date, of the dear ones."""
    sold = Ticket.objects.filter(travel_class=Ticket.Class.SLEEPER, fare__gte=120, sold_at__gte=day)
    return list(sold.annotate(day=TruncDay("sold_at")).values("day").annotate(n=Count("pk")).order_by("day"))


def last_per_gate(station):
    """When each gate of a small station was used last."""
    return list(Scan.objects.filter(station=station).values("gate").annotate(last=Max("at")).order_by("gate"))


def holders_like(name):
    """As it was understood on the telephone."""
    near = Card.objects.annotate(near=TrigramSimilarity("holder", name)).filter(holder__trigram_similar=name)
    return list(near.order_by("-near", "pk")[:10])


# What no index should be advised for.


def run_of(number, day):
    train = Train.objects.get(number=number)
    return first_or_404(Run.objects.filter(train=train, runs_on=day))


def punctuality():
    return list(Run.objects.values("start_id", "state").annotate(mean=Avg("delay"), n=Count("pk")))


def stations_like(text):
    return list(Station.objects.filter(Q(name__icontains=text) | Q(code__istartswith=text)))


def sold_list(page):
    """All tickets, newest first: an early page."""
    return list(Ticket.objects.order_by("-pk")[50 * (page - 1) : 50 * page])


def second_class_fares():
    return list(
        Ticket.objects.filter(travel_class=Ticket.Class.SECOND).values_list("fare", "channel", "coach")
    )


def card_of(number):
    return first_or_404(Card.objects.filter(number=number))


def hold_seats(count):
    """Holds come and go all the time."""
    for one in list(Hold.objects.filter(taken=False).order_by("until")[:count]):
        Hold.objects.filter(pk=one.pk).update(until=timezone.now() + timedelta(minutes=10))
    return Hold.objects.filter(until__lt=timezone.now(), taken=False).count()


def scans_by_station():
    return list(
        Scan.objects.values("station").annotate(refused=Count("pk", filter=Q(ok=False)), last=Max("at"))
    )
