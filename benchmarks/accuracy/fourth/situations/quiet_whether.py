"""Counting, asking and testing as it should be."""

from bloodbank.models import Donation, Donor, Hospital, Option, Order, Unit
from django.db import connection
from django.db.models import Avg, Q
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from orbit.models import Anomaly, Contact, Customer, Delivery, Product, Satellite, Station
from situation import negative


@negative("queryset-evaluated-twice", "evaluated once, used three times")
def used_thrice():
    stations = list(Station.objects.order_by("name")[:20])
    return len(stations), stations[0].name, [station.name for station in stations]


@negative("queryset-evaluated-twice", "the rows of one queryset are kept by it")
def kept():
    hospitals = Hospital.objects.order_by("name")
    names = [hospital.name for hospital in hospitals]
    return names, [hospital.pk for hospital in hospitals], hospitals[2].name


@negative("count-then-iterate", "all of them are counted, one page is loaded")
def counted_page():
    units = Unit.objects.filter(status="tested").order_by("code")
    return {"total": units.count(), "page": [unit.code for unit in units[:25]]}


@negative("count-then-iterate", "the rows aren't read at all")
def counted_only():
    urgent = Order.objects.filter(priority="urgent")
    return f"{urgent.count()} urgent orders"


@negative("count-then-iterate", "too many are refused before they are loaded")
def refused():
    deliveries = Delivery.objects.filter(paid=True)
    if deliveries.count() > 1000:
        return "Too many, be more precise."
    return [delivery.at for delivery in deliveries]


@negative("exists-then-get", "the mail is sent by somebody else: nothing is fetched")
def guard():
    if not Unit.objects.filter(status="tested", component__code="C6").exists():
        return "empty"
    return "enough"


@negative("exists-then-get", "exists about one table, get of another")
def other_table():
    if Anomaly.objects.filter(severity=5).exists():
        return Satellite.objects.get(norad=40002).name
    return None


@negative("exists-then-get", "it may be created: that is what get_or_create is for")
def get_or_created():
    option, _ = Option.objects.get_or_create(key="option.5", defaults={"value": "1"})
    return option.value


@negative("exists-then-get", "404 is the answer if there is none")
def or_404(request):
    craft = get_object_or_404(Satellite, norad=40009)
    return JsonResponse({"name": craft.name})


@negative("len-instead-of-count", "the rows are read as well")
def counted_and_read():
    customers = Customer.objects.filter(group=None).order_by("name")
    return f"{len(customers)}: " + ", ".join(customer.name for customer in customers)


@negative("len-instead-of-count", "the length of a page that is shown")
def shown():
    products = Product.objects.filter(price__gt=300).order_by("-price")[:12]
    titles = [product.title for product in products]
    return len(products), titles


@negative("truth-instead-of-exists", "asked, then iterated: one query")
def asked_and_read(request):
    failed = Contact.objects.filter(state="failed").order_by("-starts_at")[:15]
    if failed:
        return [contact.starts_at for contact in failed]
    return ["none failed"]


@negative("truth-instead-of-exists", "`exists`, and only that")
def is_any():
    return "yes" if Donor.objects.filter(group="AB-", points=0).exists() else "no"


@negative("membership-in-loop", "a set, made once")
def in_a_set():
    known = set(Station.objects.exclude(licence=None).values_list("pk", flat=True))
    return [name for pk, name in Station.objects.values_list("pk", "name") if pk in known]


@negative("membership-in-loop", "asked once, of one")
def once_only():
    donor = Donor.objects.get(email="d6@blood.example")
    return Donor.objects.of_group("O+").contains(donor)


@negative("one-query-per-instance-prefetch", "once, with the list")
def once_with_the_list():
    from django.db.models import prefetch_related_objects

    products = list(Product.objects.order_by("-pk")[:15])
    prefetch_related_objects(products, "keywords")
    return [[keyword.word for keyword in product.keywords.all()] for product in products]


@negative("query-in-loop", "two statements for two reports, by hand")
def by_hand():
    found = {}
    with connection.cursor() as cursor:
        for name, sql in (
            ("volume", "SELECT avg(volume) FROM bloodbank_donation"),
            ("price", "SELECT avg(price) FROM orbit_product"),
        ):
            cursor.execute(sql)
            found[name] = cursor.fetchone()[0]
    return found


@negative("duplicate-query", "three figures of three tables")
def three_figures():
    urgent = Order.objects.filter(priority="urgent").count()
    average = Donation.objects.filter(status="ok").aggregate(Avg("volume"))
    either = Donor.objects.filter(Q(group="O-") | Q(group="AB-")).count()
    return urgent, average, either
