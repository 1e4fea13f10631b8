"""Meters, contracts and bills."""

from django.db.models import Avg, Count, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Lower, TruncMonth

from energy import serializers
from energy.models import Contract, Invoice, Meter, Reading, Supplier, Tariff


def street_with_readings(postcode):
    latest = Reading.objects.filter(meter=OuterRef("pk")).order_by("-taken_at")
    meters = Meter.objects.filter(postcode=postcode).annotate(kwh=Subquery(latest.values("kwh")[:1]))
    return list(meters.values_list("ean", "kwh"))


def consumption_between(begin, end):
    """All readings of a quarter of an hour, or of a day."""
    return Reading.objects.filter(taken_at__gte=begin, taken_at__lt=end).aggregate(
        sum=Sum("kwh"), n=Count("pk")
    )


def readings_of(ean, since):
    return list(Reading.objects.filter(meter_id=ean, taken_at__gt=since).order_by("taken_at"))


def highest_disputed():
    return Reading.objects.filter(kind=Reading.Kind.DISPUTED).aggregate(Max("kwh"))["kwh__max"]


def overdue_of(slug, today):
    late = Invoice.objects.overdue(today).filter(supplier__slug=slug).select_related("supplier")
    return [serializers.of_invoice(one) for one in late.order_by("due_on")[:100]]


def by_number(number):
    return [
        serializers.of_invoice(one)
        for one in Invoice.objects.select_related("supplier").filter(number=number)
    ]


def bills_of_mail(addresses):
    lowered = Invoice.objects.annotate(mail=Lower("customer_email"))
    return list(lowered.filter(mail__in=addresses).values_list("number", "amount"))


def overpaid():
    return list(Invoice.objects.overpaid().order_by("pk"))


def in_court():
    sued = Invoice.objects.filter(status=Invoice.Status.IN_COURT)
    return list(sued.values("supplier").annotate(sum=Sum("amount")).order_by("supplier"))


def bills_of_contract(contract):
    return list(Invoice.objects.filter(contract=contract).order_by("-issued_on"))


def running_out(begin, end):
    """Contracts whose last day lies between two days."""
    ending = Contract.objects.filter(period__endswith__gte=begin, period__endswith__lt=end)
    return list(ending.select_related("tariff"))


def short_contracts(begin, end):
    return list(Contract.objects.filter(period__contained_by=(begin, end)))


def meters_like(spec):
    return [serializers.of_meter(one) for one in Meter.objects.filter(spec__contains=spec)]


def labelled(*labels):
    return list(Meter.objects.in_service().filter(labels__contains=list(labels)))


def find_meters(form):
    return [serializers.of_meter(one) for one in Meter.objects.near(**form)[:50]]


def month_of_supplier(supplier, begin, end):
    issued = Invoice.objects.filter(supplier=supplier, issued_on__range=(begin, end))
    return issued.aggregate(sum=Sum("amount"), n=Count("pk"))


# What no index should be advised for.


def tariff(code):
    return Tariff.objects.filter(code=code).first()


def dashboard():
    return Invoice.objects.aggregate(
        paid=Count("pk", filter=Q(status=Invoice.Status.PAID)),
        open=Count("pk", filter=Q(paid_on=None)),
        mean=Avg("amount"),
    )


def contracts_of(ean):
    return list(Contract.objects.filter(meter=ean).select_related("tariff"))


def in_service():
    addresses = Meter.objects.in_service().values_list("ean", "street", "postcode", "city", "firmware")
    return sum(len(street) for _, street, *_ in addresses)


def paid_since(day):
    """For the accountant's spreadsheet: most of them."""
    return sum(
        len(number) for number, *_ in Invoice.objects.filter(paid_on__gte=day).values_list("number", "amount")
    )


def all_bills_page(page):
    start = page * 50
    return list(Invoice.objects.order_by("pk")[start : start + 50])


def number_or_paid(number):
    either = Q(number=number) | Q(status=Invoice.Status.PAID)
    return Invoice.objects.filter(either).aggregate(Sum("amount"))


def by_month():
    months = Invoice.objects.annotate(month=TruncMonth("issued_on")).values("month")
    return list(months.annotate(sum=Sum("amount")).order_by("month"))


def suppliers(slugs):
    return Supplier.objects.in_bulk(slugs, field_name="slug")
