"""The donors' desk, the laboratory and the stock of a blood bank."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Count, Exists, F, Func, OuterRef, Q, Sum, TextField, Value

from bloodbank.models import Assay, BloodGroup, Donation, Donor, Request, Site, Unit

STOCK_PAGE = 20
RARE = (BloodGroup.AB_NEG, BloodGroup.B_NEG)


def digits_of(column):
    return Func(
        F(column), Value(r"\D"), Value(""), Value("g"), function="regexp_replace", output_field=TextField()
    )


def caller(phone):
    """Whoever rings up: numbers were typed in with blanks, dashes and brackets."""
    known = Donor.objects.annotate(digits=digits_of("phone")).filter(digits=phone)
    return list(known.values("number", "surname", "given_name"))


def birthdays(day):
    """Whom to send a card today."""
    return list(
        Donor.objects.contactable()
        .filter(born_on__month=day.month, born_on__day=day.day, blood_group=BloodGroup.O_NEG)
        .values_list("email", flat=True)
    )


def call_up(site, day):
    """Those with the rarest group that gave longest ago."""
    found = Donor.objects.contactable().may_give(day).filter(home=site, blood_group=BloodGroup.AB_NEG)
    return list(found.longest_ago()[:25])


def without_antigen(antigen):
    return list(Donor.objects.filter(antigens__contains=[antigen]))


def shelf(component, group, day):
    """What is used first."""
    usable = Unit.objects.on_the_shelf().filter(component=component, blood_group=group, expires_on__gt=day)
    return list(usable.order_by("expires_on", "pk")[:STOCK_PAGE])


def barcode_ends(tail):
    """The label is torn."""
    return list(Donation.objects.filter(barcode__endswith=tail))


def last_donations(numbers):
    donors = [one.pk for one in Donor.objects.filter(number__in=numbers)]
    latest = (
        Donation.objects.filter(donor__in=donors).order_by("donor_id", "-collected_at").distinct("donor_id")
    )
    return {one.donor_id: one.collected_at for one in latest}


def to_confirm():
    """Reactive, and nobody has looked again."""
    return list(Assay.objects.filter(reactive=True, confirmed=None).order_by("-ratio"))


def untested(day, kind):
    done = Assay.objects.filter(donation=OuterRef("pk"), kind=kind)
    return list(
        Donation.objects.filter(~Exists(done), collected_at__date=day).values_list("barcode", flat=True)
    )


def discard_expired(day):
    """Try how many the night's job would throw away."""
    with transaction.atomic():
        gone = Unit.objects.not_issued().filter(expires_on__lt=day).update(status=Unit.Status.DISCARDED)
        transaction.set_rollback(True)
    return gone


def open_requests(begin, hours):
    period = (begin, begin + timedelta(hours=hours))
    return list(Request.objects.filter(window__overlap=period, fulfilled_at=None).order_by("-urgency", "pk"))


def find_donor(form):
    """The desk's form: whatever was filled in."""
    wanted = Q()
    if form.get("surname"):
        wanted &= Q(surname__istartswith=form["surname"])
    if form.get("given"):
        wanted &= Q(given_name__istartswith=form["given"])
    if form.get("born"):
        wanted &= Q(born_on=form["born"])
    return list(Donor.objects.filter(wanted).order_by("surname", "given_name")[:50])


def sent_to(hospital, since):
    """A hospital's statement."""
    issued = Unit.objects.filter(hospital=hospital, expires_on__gte=since)
    return list(issued.values("component").annotate(units=Count("pk")).order_by("component"))


# What no index should be advised for.


def volume_by_kind():
    return list(Donation.objects.values("kind").annotate(volume=Sum("volume"), n=Count("pk")))


def donor_card(number):
    return Donor.objects.select_related("home").get(number=number)


def sites_of(region):
    return list(Site.objects.filter(region=region).order_by("name"))


def letter_to_common_groups():
    """Four of five donors."""
    return list(
        Donor.objects.contactable()
        .filter(blood_group__in=(BloodGroup.O_POS, BloodGroup.A_POS, BloodGroup.B_POS))
        .values_list("email", "given_name", "number")
    )


def newest_of_site(site):
    return list(Donation.objects.filter(site=site).order_by("-pk")[:25])


def audit_sample():
    return list(Donation.objects.order_by("?").values_list("pk", flat=True)[:20])


def units_of(donations):
    return list(Unit.objects.filter(donation__in=donations).order_by("donation_id", "pk"))


def email_has(text):
    """Two letters: nothing can find those."""
    return list(Donor.objects.filter(email__contains=text).values_list("number", "email", "opted_out"))
