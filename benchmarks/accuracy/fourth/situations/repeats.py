"""The same rows twice, rows that nobody needs, prefetches gone past."""

from bloodbank.models import Centre, Donation, Donor, Drive, Hospital, LabReport, Order, Unit
from django.db.models import Count
from django.http import JsonResponse
from django.shortcuts import render
from django.views.generic import ListView
from orbit.models import Anomaly, Contact, Customer, Instrument, Product, Satellite, Scene, Station
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
    urgent = len(
        [o.number for o in Order.objects.filter(priority="urgent").order_by("pk")[:50]]
    )  # site: dashboard
    newest = [
        o.created_at for o in Order.objects.filter(priority="urgent").order_by("pk")[:50]
    ]  # site: dashboard
    return urgent, max(newest)


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
    planned = Contact.objects.filter(state="planned", station__name="Station 22").order_by(
        "starts_at"
    )  # site: next-contact
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
    return bool(Unit.objects.filter(component__code="C3", status="tested"))  # site: has-stock


@positive("unused-select-related", model="orbit.Contact", code_lacks=("engineer",), advice=("engineer",))
def contact_times():
    """One of two is read."""
    contacts = Contact.objects.select_related("station", "engineer").order_by("pk")[
        :40
    ]  # site: contact-times
    return [(contact.station.name, contact.starts_at) for contact in contacts]


@positive("unused-select-related", model="bloodbank.Donor", advice=("centre",))
def donor_names():
    """A key is read from the joined row's own column."""
    donors = Donor.objects.select_related("centre").filter(group="AB-")  # site: donor-names
    return [(donor.name, donor.centre_id) for donor in donors[:50]]


@positive("unused-select-related", model="orbit.Station", advice=("country",))
class StationNames(ListView):
    queryset = Station.objects.select_related("country").order_by("name")  # site: station-names
    template_name = "orbit/names.html"
    paginate_by = 20


@positive("unused-prefetch-related", model="bloodbank.Order", advice=("tags",))
def order_lines():
    """`lines` is read, `tags` isn't."""
    orders = Order.objects.prefetch_related("lines", "tags").order_by("pk")[:30]  # site: order-lines
    return {o.number: sum(line.quantity for line in o.lines.all()) for o in orders}


@positive("unused-prefetch-related", model="orbit.Instrument", advice=("bands",))
class InstrumentNames(ListView):
    template_name = "orbit/names.html"
    paginate_by = 30

    def get_queryset(self):
        return Instrument.objects.prefetch_related("bands").order_by("name")  # site: instrument-names


@positive("unused-prefetch-related", model="bloodbank.Hospital", advice=("orders",))
def order_totals():
    """The annotation took its place."""
    # site: order-totals
    hospitals = Hospital.objects.prefetch_related("orders").annotate(number=Count("orders"))
    return {hospital.name: hospital.number for hospital in hospitals.order_by("name")}


@positive(
    "refiltered-prefetch",
    model="bloodbank.Order",
    code_contains=("Prefetch(",),
    also=("n-plus-one", "unused-prefetch-related"),
    beside=("unused-prefetch-related", "n-plus-one"),
)
def large_lines():
    orders = Order.objects.prefetch_related("lines").order_by("-pk")[:25]  # site: large-lines
    return {o.number: [line.quantity for line in o.lines.filter(quantity__gte=5)] for o in orders}


@positive(
    "refiltered-prefetch",
    model="orbit.Anomaly",
    code_contains=("Prefetch(",),
    also=("n-plus-one", "unused-prefetch-related"),
    beside=("unused-prefetch-related", "n-plus-one"),
)
def last_words():
    """The order is another one."""
    anomalies = Anomaly.objects.filter(severity=3).prefetch_related("comments")  # site: last-words
    words = []
    for anomaly in anomalies.order_by("pk")[:25]:
        words.extend(comment.text for comment in anomaly.comments.order_by("-at"))
    return words


@positive(
    "refiltered-prefetch",
    model="bloodbank.Centre",
    code_contains=("Prefetch(|.all()",),
    also=("n-plus-one", "unused-prefetch-related"),
    beside=("unused-prefetch-related", "n-plus-one"),
)
def fridge_names():
    """`values_list` goes past the prefetched rows."""
    centres = Centre.objects.prefetch_related("fridges").order_by("name")[:20]  # site: fridge-names
    return [(centre.name, list(centre.fridges.values_list("name", flat=True))) for centre in centres]


@positive("deferred-field-read", model="bloodbank.Donor", code_contains=("email",), also=("n-plus-one",))
def mailing():
    donors = Donor.objects.only("name").filter(group="AB-").order_by("name")  # site: mailing
    return [f"{donor.name} <{donor.email}>" for donor in donors[:30]]


@positive("deferred-field-read", model="orbit.Scene", advice=("outline",), also=("n-plus-one",))
def outlines():
    scenes = Scene.objects.defer("outline", "meta").order_by("-taken_at")[:12]  # site: outlines
    return {scene.title: len(scene.outline) for scene in scenes}


@positive(
    "deferred-field-read",
    model="orbit.Contact",
    code_contains=("seconds",),
    also=("n-plus-one",),
)
def durations():
    """`only` on a joined queryset; a method of a helper reads more."""
    contacts = Contact.objects.select_related("station").only("starts_at", "station__name")  # site: durations
    return [_line(contact) for contact in contacts.order_by("-starts_at")[:25]]


def _line(contact):
    return f"{contact.starts_at:%H:%M} {contact.station.name} {contact.seconds}s"


@positive("unread-columns", model="bloodbank.LabReport", code_contains=("only(|defer(|values",))
def positive_results():
    """Ten kilobytes of text for each of them."""
    reports = LabReport.objects.filter(kind="hiv").order_by("pk")  # site: positive-results
    return [(report.unit_id, report.kind, report.result) for report in reports]


@positive("unread-columns", model="orbit.Scene", code_contains=("only(|defer(|values",))
def scene_titles(request):
    scenes = Scene.objects.order_by("-taken_at")[:300]  # site: scene-titles
    return render(request, "orbit/titles.html", {"page": scenes})
