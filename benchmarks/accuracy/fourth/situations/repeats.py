"""The same rows twice, rows that nobody needs, prefetches gone past."""

from bloodbank.models import Donation, Donor, Drive, Order, Unit
from django.http import JsonResponse
from orbit.models import Anomaly, Contact, Customer, Product, Satellite, Station
from situation import positive


@positive(
    "duplicate-query",
    model="orbit.Station",
    advice=("once|reuse|pass|cache",),
    also=("queryset-evaluated-twice",),
)
def station_report():
    """Two helpers fetch the same rows."""
    return {"names": _names(), "countries": _backups()}


def _station_list():
    return Station.objects.filter(name__lt="Station 30").order_by("name")  # site: station-report


def _names():
    return [station.name for station in _station_list()]  # site: station-report


def _backups():
    return [station.backup_id for station in _station_list()]  # site: station-report


@positive(
    "duplicate-query",
    model="orbit.Satellite",
    advice=("once|reuse|pass|cache",),
    also=("queryset-evaluated-twice", "uncached-lookup"),
)
def satellite_page():
    """The check and the page load one object each."""
    _may_see(40010)
    craft = Satellite.objects.get(norad=40010)  # site: satellite-page
    return {"name": craft.name, "fuel": craft.fuel}


def _may_see(norad):
    craft = Satellite.objects.get(norad=norad)  # site: satellite-page
    if craft.status == "secret":
        raise PermissionError


@positive(
    "duplicate-query",
    model="bloodbank.Order",
    advice=("once|reuse|pass|cache|variable",),
    also=("queryset-evaluated-twice",),
)
def dashboard():
    """A statement written out twice."""
    # site: dashboard
    numbers = [o.number for o in Order.objects.filter(priority="urgent").order_by("pk")[:50]]
    # site: dashboard
    newest = [o.created_at for o in Order.objects.filter(priority="urgent").order_by("pk")[:50]]
    return numbers, max(newest)


@positive(
    "queryset-evaluated-twice",
    model="orbit.Product",
    advice=("once|list(|evaluate|reuse|variable",),
    also=("duplicate-query",),
)
def cheapest_and_dearest():
    """`.all()` makes another queryset."""
    products = Product.objects.filter(price__range=(20, 30)).order_by("price")  # site: cheapest-and-dearest
    titles = [p.title for p in products.all()]
    prices = [p.price for p in products.all()]
    return dict(zip(titles, prices, strict=True))


@positive(
    "queryset-evaluated-twice",
    model="bloodbank.Unit",
    advice=("once|list(|evaluate|reuse|index|variable",),
    also=("duplicate-query", "query-in-loop"),
)
def first_three():
    """Indexed, without being loaded."""
    units = Unit.objects.filter(status="spoilt").order_by("code")  # site: first-three
    return f"{units[0].code}, {units[1].code} and {units[2].code}"


@positive("count-then-iterate", model="orbit.Anomaly", advice=("len(",), also=("queryset-evaluated-twice",))
def anomaly_digest():
    anomalies = Anomaly.objects.filter(severity=5, title__contains="1").order_by("pk")  # site: anomaly-digest
    lines = [f"{anomalies.count()} anomalies"]
    for anomaly in anomalies:
        lines.append(anomaly.title)
    return lines


@positive("count-then-iterate", model="bloodbank.Drive", advice=("len(",), also=("queryset-evaluated-twice",))
def drives_json():
    drives = Drive.objects.filter(centre__is_mobile=True, name__contains="7")  # site: drives-json
    return JsonResponse({"total": drives.count(), "drives": [drive.name for drive in drives]})


@positive(
    "exists-then-get",
    model="bloodbank.Donor",
    advice=("DoesNotExist|.first()",),
    also=("duplicate-query", "queryset-evaluated-twice"),
)
def find_donor():
    mail = "d8@blood.example"
    if Donor.objects.filter(email=mail).exists():  # site: find-donor
        donor = Donor.objects.get(email=mail)  # site: find-donor
        return donor.name
    return None


@positive(
    "exists-then-get",
    model="orbit.Contact",
    advice=("first()|truth|if ",),
    also=("queryset-evaluated-twice", "duplicate-query"),
)
def next_contact():
    """`exists`, then the first."""
    # site: next-contact
    planned = Contact.objects.filter(state="planned", station__name="Station 22").order_by("starts_at")
    if planned.exists():
        return planned.first().starts_at
    return "nothing planned"


@positive("len-instead-of-count", model="bloodbank.Donation", advice=(".count()",))
def donations_today():
    return f"{len(Donation.objects.filter(status='lost'))} were lost"  # site: donations-today


@positive("len-instead-of-count", model="orbit.Customer", advice=(".count()",))
def customers_total(request):
    customers = Customer.objects.exclude(group=None)  # site: customers-total
    number = len(customers)
    return JsonResponse({"customers": number})


@positive("truth-instead-of-exists", model="orbit.Contact", advice=(".exists()",))
def any_failed():
    failed = Contact.objects.filter(state="failed", seconds__gt=350)  # site: any-failed
    if failed:
        return "look at the log"
    return "all well"


@positive("truth-instead-of-exists", model="bloodbank.Unit", advice=(".exists()",))
def has_stock():
    return bool(Unit.objects.filter(component__code="C2", status="tested"))  # site: has-stock
