"""The counters, the support desk and the nightly jobs of the lockers."""

from django.db import transaction
from django.db.models import Avg, Count, Exists, F, Max, OuterRef, Q, Subquery, Sum

from lockers import lookups
from lockers.forms import DeskSearch
from lockers.models import Carrier, Compartment, Message, Parcel, Scan, Station, Tariff


def undone(change):
    """Let a job run and take it back."""
    with transaction.atomic():
        done = change()
        transaction.set_rollback(True)
    return done


def track(label):
    """As typed by a recipient."""
    return Parcel.objects.alive().filter(tracking__iexact=label).select_related("station").first()


def last_picked(code):
    """What was fetched from a station lately."""
    fetched = Parcel.objects.alive().filter(station__code=code, state=Parcel.State.PICKED)
    return [{"id": str(one.pk), "label": one.tracking} for one in fetched.order_by("-picked_at")[:20]]


def history(parcel):
    return list(Scan.objects.filter(parcel=parcel).order_by("at").values_list("at", "kind"))


def newest_of_carrier(carrier, before, last):
    """A page that goes on after the last row of the one before."""
    after = Q(created_at__lt=before) | Q(created_at=before, pk__lt=last)
    found = Parcel.objects.of(carrier).filter(after, created_at__lte=before)
    return list(found.order_by("-created_at", "-pk")[:25])


def phone_tail(four):
    tail = Parcel.objects.alive().annotate(tail=lookups.Tail("recipient_phone")).filter(tail=four)
    return list(tail.values("pk", "tracking"))


def customs(number):
    return list(Parcel.objects.filter(attributes__customs__number=number))


def held():
    return Parcel.objects.filter(attributes__contains={"hold": "police"}).count()


def marked(marks):
    return list(Parcel.objects.alive().filter(marks__contains=marks))


def devices_of_net(net):
    seen = Scan.objects.filter(device__in_net=net)
    return list(seen.values("device").annotate(n=Count("pk"), last=Max("at")))


def broken_stations():
    broken = Compartment.objects.filter(station=OuterRef("pk"), state=Compartment.State.BROKEN)
    return list(Station.objects.filter(Exists(broken), retired_at=None).order_by("code"))


def desk(data):
    return DeskSearch(data).page()


def made_on(day):
    return dict(Parcel.objects.filter(created_at__date=day).values_list("carrier").annotate(n=Count("pk")))


def hide_returned(before):
    """What went back long ago needs nobody's attention."""
    stale = Parcel.objects.alive().filter(state=Parcel.State.RETURNED, created_at__lt=before)
    return undone(lambda: stale.update(deleted_at=before))


def with_last_scan(code):
    """The parcels of a station that were deleted, and where each was last seen."""
    last = Scan.objects.filter(parcel=OuterRef("pk")).order_by("-at")
    gone = Parcel.objects.filter(station__code=code, deleted_at__isnull=False)
    return list(gone.annotate(seen=Subquery(last.values("station__code")[:1])).values("pk", "seen")[:20])


def oldest_check(size):
    doors = Compartment.objects.filter(size=size).exclude(state=Compartment.State.BROKEN)
    return list(doors.order_by("checked_at")[:10])


def forget_scans(parcels):
    """A few parcels' recipients want to be forgotten."""
    return undone(lambda: Scan.objects.filter(parcel__in=parcels).delete())


def returned(carrier, day):
    """Those that wait for their sender, the newest first."""
    back = Parcel.objects.of(carrier).filter(state=Parcel.State.RETURNED, expires_on__lte=day)
    return list(back.order_by("-expires_on")[:40])


def heaviest():
    return list(Parcel.objects.order_by("-weight_g").values_list("tracking", "weight_g")[:20])


def long_gone(before):
    """Scanned by a device of old, before a day: what is asked when one was stolen."""
    seen = Scan.objects.filter(device="10.19.235.24", at__lt=before).select_related("parcel")
    return [(one.parcel.tracking, one.at) for one in seen.order_by("-at")]


# What no index should be advised for.


def price(carrier, size):
    return Tariff.objects.filter(carrier=carrier, size=size).values_list("cents", flat=True).first()


def next_messages(now):
    """A worker takes what is due and is gone with it."""
    with transaction.atomic():
        due = Message.objects.filter(sent_at=None, due_at__lte=now).order_by("due_at")
        return list(due.select_for_update(skip_locked=True)[:20])


def by_label(carrier, label):
    return Parcel.objects.filter(carrier=carrier, tracking=label).first()


def doors(code):
    return list(Compartment.objects.filter(station__code=code).order_by("number"))


def picked_weight():
    return Parcel.objects.filter(state=Parcel.State.PICKED).aggregate(g=Avg("weight_g"), n=Sum("weight_g"))


def not_of(carrier):
    """A carrier that hardly has parcels."""
    return Parcel.objects.exclude(carrier=carrier).aggregate(g=Max("weight_g"), n=Count("recipient_phone"))


def scans_by_kind():
    return list(Scan.objects.values("kind").annotate(n=Count("pk"), last=Max("at")).order_by("-n"))


def draw():
    """Prizes for some parcels."""
    return list(Parcel.objects.alive().order_by("?")[:3])


def short_words(text):
    return Parcel.objects.filter(recipient_email__icontains=text).count()


def latest_scans():
    return list(Scan.objects.filter(kind__gte=1).order_by("-pk")[:50])


def carriers():
    return list(Carrier.objects.filter(name__icontains="express").order_by(F("name").desc()))


def labels(several):
    return {one.tracking: one.state for one in Parcel.objects.filter(tracking__in=several)}


def overdue(carrier, day):
    found = Parcel.objects.waiting().filter(carrier=carrier, expires_on__lt=day)
    return list(found.order_by("expires_on")[:40])


def is_any_lost(carrier):
    return Parcel.objects.filter(state=Parcel.State.LOST, carrier=carrier).exists()
