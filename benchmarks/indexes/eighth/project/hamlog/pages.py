"""The log book's pages, the awards desk and the nightly jobs."""

from datetime import UTC, timedelta

from django.db import transaction
from django.db.models import Avg, Count, Exists, F, Max, OuterRef, Q, StdDev, Subquery, Sum
from django.db.models.functions import Extract, Length, TruncWeek

from hamlog.models import Contact, Contest, Credit, GuestLicence, Operator, Spot, Upload
from hamlog.search import LogSearch

BROKEN = (Upload.State.FAILED, Upload.State.STUCK)


def undone(change):
    """Let a job run and take it back."""
    with transaction.atomic():
        done = change()
        transaction.set_rollback(True)
    return done


def search(asked):
    return LogSearch(**asked).page()


def search_frequency(asked):
    return LogSearch(**asked).page(size=50)


def search_square(asked):
    return LogSearch(**asked).page()


def search_summit(asked):
    return LogSearch(**asked).page(number=1, size=100)


def heard_by(call):
    """Who had a station in the log lately."""
    return list(Contact.objects.with_call(call).order_by("-at").values_list("operator", "band", "at")[:20])


def rare_prefix(prefix):
    """How a country is heard on each band."""
    heard = Contact.objects.filter(other__startswith=prefix)
    return list(heard.values("band").annotate(n=Count("pk"), last=Max("at")).order_by("band"))


def cards_to_send():
    waiting = Contact.objects.awaited().filter(via=Contact.Via.CARD)
    return list(waiting.order_by("at").values_list("operator", "other", "at")[:100])


def spots_of(call):
    return list(Spot.objects.filter(heard=call).order_by("-at")[:30])


def week_of(monday):
    """A week's contacts by mode, in the time that radio amateurs keep."""
    week = Contact.objects.annotate(week=TruncWeek("at", tzinfo=UTC)).filter(week=monday)
    return list(week.values("mode").annotate(n=Count("pk"), calls=Count("other", distinct=True)))


def guests_on(day):
    return list(GuestLicence.objects.filter(period__contains=day).order_by("callsign"))


def endless():
    """Licences that somebody forgot to end."""
    return list(GuestLicence.objects.filter(period__upper_inf=True).values("callsign", "country"))


def credits_of(contacts):
    """What the contacts of a page count for."""
    given = Credit.objects.filter(contact__in=contacts).values_list("contact_id", "award")
    return [f"{contact}: {award}" for contact, award in given]


def forget_faults():
    """Contacts that were never read rightly."""
    faulty = Contact.objects.filter(extra__has_key="fault")
    return undone(lambda: faulty._raw_delete(faulty.db))


def standings(contest):
    table = Contact.objects.filter(contest=contest).values("operator")
    return list(table.annotate(sum=Sum("points"), n=Count("pk")).order_by("-sum", "operator")[:20])


def troubled_uploads():
    return list(Upload.objects.filter(state__in=BROKEN).order_by("-came_at")[:25])


def everything_of(call):
    """In one's own log or in another's: one list."""
    mine = Contact.objects.of(call).values_list("at", "other", "band")
    theirs = Contact.objects.with_call(call).values_list("at", "operator", "band")
    return list(mine.union(theirs, all=True).order_by("-at")[:40])


def worked_before(operator, call):
    """Asked while the other is still calling."""
    return list(Contact.objects.of(operator).filter(other=call).values_list("band", "mode", "at"))


def same_file(digest):
    return Upload.objects.filter(digest=digest).exclude(state=Upload.State.FAILED).first()


def first_of_each(calls):
    """When each of some stations was first heard."""
    first = Contact.objects.filter(other=OuterRef("heard")).order_by("at")
    spots = Spot.objects.filter(pk__in=calls).annotate(first=Subquery(first.values("at")[:1]))
    return list(spots.values_list("heard", "first"))


def without_card(operator):
    """Card contacts of one operator that are open, of those whom somebody else has logged, too."""
    others = Contact.objects.filter(other=OuterRef("other")).exclude(operator=OuterRef("operator"))
    mine = Contact.objects.awaited().filter(operator=operator, via=Contact.Via.CARD)
    return list(mine.filter(Exists(others)).order_by("at"))


# What no index should be advised for.


def mutual(contact):
    """The same contact in the other's log, give or take some minutes."""
    one = Contact.objects.filter(pk=contact).first()
    if one is None:
        return None
    near = (one.at - timedelta(minutes=15), one.at + timedelta(minutes=15))
    both = Contact.objects.filter(operator=one.other, other=one.operator_id, band=one.band, at__range=near)
    return both.first()


def doubles(upload):
    """Contacts of an upload that were there before."""
    same = Q(operator=OuterRef("operator"), at=OuterRef("at"), other=OuterRef("other"), pk__lt=OuterRef("pk"))
    return list(Contact.objects.filter(Exists(Contact.objects.filter(same)), upload=upload))


def latest(operator):
    return list(Contact.objects.of(operator).order_by("-at")[:50])


def contests(year):
    return list(Contest.objects.filter(year=year).order_by("name"))


def modes():
    """The year book: how modes are spread, and how widely."""
    table = Contact.objects.values("mode", "band")
    return list(table.annotate(n=Count("pk"), spread=StdDev("khz"), calls=Avg(Length("other"))))


def lottery():
    return list(Operator.objects.order_by("?").values_list("callsign", flat=True)[:5])


def at_night(hour):
    """Contacts of some hours of the day, whatever the day."""
    night = Contact.objects.annotate(hour=Extract("at", "hour", tzinfo=UTC)).filter(hour__lt=hour)
    return night.aggregate(spread=StdDev("khz"), letters=Avg(Length("other")), top=Max("points"))


def new_spots(since):
    """What came in since a minute ago, which the newest partition has at its end."""
    return list(Spot.objects.filter(at__gte=since, pk__gt=1).order_by("-pk")[:20])


def newest_uploads(page):
    found = Upload.objects.exclude(state=Upload.State.QUEUED).order_by("-pk")
    return list(found[(page - 1) * 20 : page * 20])


def award(name, after):
    return list(
        Credit.objects.filter(award=name, contact__gt=after).order_by("contact").values("contact")[:50]
    )


def on_time():
    """Nearly all were confirmed after they were made."""
    return Contact.objects.filter(confirmed_at__gt=F("at")).aggregate(s=StdDev("khz"), l=Avg(Length("other")))


def read_since(day):
    """How contacts are spread that came with the uploads of some years."""
    came = Contact.objects.filter(upload__came_at__gte=day).values("upload__state", "band")
    return list(came.annotate(n=Count("pk"), spread=StdDev("khz"), letters=Avg(Length("other"))))


def plain_calls():
    """Two of three calls look like this: the pattern has no letters to look for."""
    plain = Contact.objects.filter(other__regex=r"^[A-Z]+[0-9][A-Z]{2}$")
    return plain.aggregate(spread=StdDev("khz"), top=Max("points"), first=Max("locator"))
