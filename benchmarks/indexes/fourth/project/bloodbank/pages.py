"""From the arm to the hospital."""

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Random, TruncYear

from bloodbank.lookups import is_reserved_or_free, named, one_or_none
from bloodbank.models import (
    Allocation,
    Component,
    Donation,
    Donor,
    Fridge,
    FridgeLog,
    Order,
    Plasma,
    Site,
    TestResult,
)


def donor_card(code):
    donor = one_or_none(Donor.objects, code=code)
    given = Donation.objects.filter(donor_id=code).order_by("-taken_at")[:12]
    return donor, [(one.bag, one.taken_at) for one in given]


def bag(number):
    found = one_or_none(Donation.objects.select_related("site"), bag=number)
    return found and {"bag": found.bag, "site": found.site.name, "ml": found.millilitres}


def find_donor(surname, born):
    return list(Donor.objects.filter(named(surname, born=born)).order_by("given"))


def namesakes(surname, given):
    """There is an index that begins with the given name, as it is written."""
    return list(Donor.objects.filter(named(surname, given=given)))


def caller(last_digits):
    return list(Donor.objects.filter(phone__endswith=last_digits).values_list("code", "surname"))


def call_up(group, today, rested_since):
    """Who may give: not deferred, and nothing taken for a while."""
    recent = Donation.objects.filter(donor=OuterRef("code"), taken_at__gte=rested_since)
    donors = Donor.objects.with_group(group).not_deferred(today).filter(~Exists(recent))
    return list(donors.order_by("code").values_list("code", "phone")[:300])


def birthdays(month, day):
    return list(Donor.objects.filter(born__month=month, born__day=day).values_list("given", "surname"))


def born_in(year):
    return list(Donor.objects.filter(born__year=year, home_site=40).order_by("surname", "given"))


def merge_donors(old, new):
    with transaction.atomic():
        moved = Donation.objects.filter(donor_id=old).update(donor_id=new)
        transaction.set_rollback(True)
    return moved


def not_negative():
    """All that isn't negative, newest first."""
    return list(TestResult.objects.exclude(outcome="neg").order_by("-measured_at")[:60])


def results_of(donations):
    found = {}
    for one in TestResult.objects.filter(donation_id__in=donations).order_by("donation_id", "marker"):
        found.setdefault(one.donation_id, []).append((one.marker, one.outcome))
    return found


def strongest(marker):
    signals = TestResult.objects.filter(marker=marker).order_by(F("signal").desc(nulls_last=True))
    return list(signals[:20])


def expiring(kind, begin, end):
    stock = Component.objects.filter(is_reserved_or_free(), kind=kind, expires_on__range=(begin, end))
    return list(stock.order_by("expires_on", "pk")[:100])


def stock_of(group):
    """What can be given today of a group."""
    free = Component.objects.filter(blood_group=group, state=Component.State.AVAILABLE)
    return list(free.values("kind").annotate(n=Count("pk")).order_by("kind"))


def discarded_as(reason):
    return Component.objects.filter(discarded_because=reason).count()


def convalescent(titre):
    """A child's column and its parent's."""
    strong = Plasma.objects.filter(titre__gte=titre, state=Component.State.ISSUED)
    return list(strong.order_by("-titre"))


def where_it_went(component):
    taken = Allocation.objects.filter(component_id=component).select_related("order")
    return [(one.order.hospital, one.crossmatched) for one in taken]


def open_orders(until):
    return list(Order.objects.filter(status__in=Order.OPEN, needed_at__lt=until).order_by("needed_at")[:40])


def orders_at(begin, end):
    return list(Order.objects.filter(window__overlap=(begin, end)).values_list("hospital", "units"))


def orders_for(hospital, patient):
    return list(Order.objects.filter(hospital=hospital, patient_ref=patient).order_by("-needed_at"))


def fridges():
    """Each with what it told last."""
    last = FridgeLog.objects.filter(fridge=OuterRef("pk")).order_by("-read_at")
    return list(Fridge.objects.annotate(celsius=Subquery(last.values("celsius")[:1])).order_by("label"))


def alarms(since):
    wrong = Q(celsius__lt=2) | Q(celsius__gt=6)
    return list(FridgeLog.objects.filter(wrong, read_at__gte=since).order_by("-read_at")[:100])


def unmeasured(most):
    """A report in SQL: small bags whose haemoglobin nobody took down."""
    sql = """
        SELECT id, bag, millilitres, taken_at FROM bloodbank_donation
        WHERE haemoglobin IS NULL AND millilitres <= %s ORDER BY taken_at DESC LIMIT 50
    """
    return [(one.bag, one.millilitres) for one in Donation.objects.raw(sql, [most])]


def regulars(group, least):
    """Who of a rare group gave often."""
    donors = Donor.objects.with_group(group).annotate(times=Count("donations")).filter(times__gte=least)
    return list(donors.order_by("-times", "code").values_list("code", "times")[:40])


# What no index should be advised for.


def sites(region):
    return list(Site.objects.filter(region=region).order_by("name"))


def groups_by_site():
    groups = Donor.objects.values("home_site", "blood_group")
    counted = groups.annotate(n=Count("pk"), remarked=Count("pk", filter=~Q(remarks="")))
    return list(counted.order_by("home_site", "blood_group"))


def donors_page(page):
    """The admin's list."""
    return list(Donor.with_deleted.order_by("code")[page * 100 : page * 100 + 100])


def components_of(donation):
    return list(Component.objects.filter(donation=donation).order_by("kind"))


def volume_by_year():
    years = Donation.objects.filter(millilitres__gte=300).annotate(year=TruncYear("taken_at"))
    return list(years.values("year").annotate(ml=Sum("millilitres")).order_by("year"))


def audit_sample():
    """One in two hundred, others each time."""
    return [one.pk for one in TestResult.objects.annotate(dice=Random()).filter(dice__lt=0.005)]


def negative_since(day):
    negative = TestResult.objects.filter(outcome="neg", measured_at__gte=day)
    return sum(1 for _ in negative.values_list("donation_id", "marker", "signal").iterator())


def order_with_units(order):
    return list(Component.objects.filter(orders=order).order_by("pk"))


def latest_full_bags():
    """Nearly all are full."""
    return list(Donation.objects.filter(millilitres=450, haemoglobin__gte=13).order_by("-pk")[:40])
