"""Ski resorts with a common pass."""

from django.db import transaction
from django.db.models import Avg, Count, Exists, Max, OuterRef, Sum
from django.db.models.functions import TruncMonth

from resort.forms import GuestSearch
from resort.models import Guest, Incident, Lift, Pass, Rental, Scan

SEVERE = 4


def sign_in(email):
    return Guest.objects.filter(email__iexact=email).first()


def desk_search(data):
    return GuestSearch(data).results()


def wallet(guest):
    found = Pass.objects.filter(guest=guest).order_by("-bought_at")
    return [{"chip": one.chip, "kind": one.get_kind_display(), "until": one.valid.upper} for one in found]


def valid_today(day):
    return list(Pass.objects.valid_on(day).values("kind").annotate(n=Count("pk")).order_by("kind"))


def last_seen(ski_pass):
    return Scan.objects.filter(ski_pass=ski_pass).latest("at")


def refused_scans():
    return list(Scan.objects.exclude(outcome=Scan.Outcome.OK).order_by("-at")[:50])


def riders(lift, day):
    return Scan.objects.filter(lift_id=lift, at__date=day).values("ski_pass").distinct().count()


def scans_of_network(network):
    return list(Scan.objects.filter(reader__within=network).values_list("at", "lift_id", "reader"))


def still_out(moment):
    late = Rental.objects.filter(back_at=None, out_at__lt=moment)
    return list(late.select_related("guest").order_by("out_at")[:50])


def boots_to_collect(article, size):
    """Out, of one article and size."""
    return Rental.objects.filter(article=article, shoe_size=size, back_at__isnull=True).count()


def dearest_deposits(page):
    ordered = Rental.objects.order_by("-deposit", "pk").values("pk", "article", "deposit")
    return list(ordered[20 * (page - 1) : 20 * page])


def tagged(*tags):
    return list(
        Incident.objects.filter(tags__contains=list(tags)).order_by("-reported_at").values("pk", "tags")
    )


def narrative_with(text):
    return list(Incident.objects.filter(narrative__icontains=text).values_list("pk", "severity"))


def around(lon, lat, far):
    box = {"lon__range": (lon - far, lon + far), "lat__range": (lat - far, lat + far)}
    return list(Incident.objects.filter(**box).values("pk", "lon", "lat", "severity"))


def severe_and_open(resort):
    found = Incident.objects.filter(resort=resort, severity__gte=SEVERE, closed_at__isnull=True)
    return list(found.order_by("-reported_at")[:20])


def history_of_chip(chip):
    """All passes that were ever on it."""
    return list(Pass.objects.filter(chip=chip).order_by("bought_at").values("kind", "status", "valid"))


def drop_abandoned(before, dry_run=True):
    with transaction.atomic():
        dropped = Pass.objects.abandoned(before).update(status=Pass.Status.EXPIRED)
        transaction.set_rollback(dry_run)
    return dropped


def last_ride_of_each_pass(guest):
    rides = Scan.objects.filter(ski_pass__guest=guest).order_by("ski_pass", "-at").distinct("ski_pass")
    return [(one.ski_pass_id, one.lift_id, one.at) for one in rides]


def vegans_of(resort):
    served = Guest.objects.filter(home=resort, preferences__menu__diet="vegan")
    return list(served.values_list("email", flat=True))


def caught(since):
    """Guests whose pass was used by others."""
    fraud = Scan.objects.filter(ski_pass__guest=OuterRef("pk"), outcome=Scan.Outcome.FRAUD, at__gte=since)
    return list(Guest.objects.filter(Exists(fraud)).values_list("pk", "email"))


# What no index should be advised for.


def gate_opens(chip):
    return Pass.objects.filter(chip=chip, status=Pass.Status.ACTIVE).first()


def lifts_of(resort):
    return list(Lift.objects.filter(resort=resort, kind="gondola").order_by("name"))


def rides_by_gate():
    passed = Scan.objects.filter(outcome=Scan.Outcome.OK)
    return list(passed.values("gate").annotate(last=Max("at"), lifts=Max("lift"), n=Count("reader")))


def seasons():
    months = Pass.objects.annotate(month=TruncMonth("bought_at")).values("month")
    return list(months.annotate(n=Count("pk"), paid=Sum("price"), mean=Avg("price")).order_by("month"))


def raffle():
    return list(Guest.objects.order_by("?")[:10])


def returned(sizes):
    back = Rental.objects.filter(back_at__isnull=False, shoe_size__gte=sizes)
    return back.aggregate(n=Count("article"), deposit=Sum("deposit"), last=Max("back_at"))


def newest_scans():
    return list(Scan.objects.order_by("-pk")[:50])


def surname_with(letters):
    return Guest.objects.filter(surname__icontains=letters).count()


def rented_by(guest, size):
    return list(Rental.objects.filter(guest=guest, shoe_size=size).order_by("-out_at"))
