"""Rows and columns that nobody reads, prefetches gone past."""

from bloodbank.models import Centre, Donor, Hospital, LabReport, Order
from django.db.models import Count
from django.shortcuts import render
from django.views.generic import ListView
from orbit.models import Anomaly, Contact, Instrument, Scene, Station
from situation import positive


@positive("unused-select-related", model="orbit.Contact", code_lacks=("engineer",), advice=("engineer",))
def contact_times():
    """One of two is read."""
    # site: contact-times
    contacts = Contact.objects.select_related("station", "engineer").order_by("pk")[:40]
    return [(contact.station.name, contact.starts_at) for contact in contacts]


@positive("unused-select-related", model="bloodbank.Donor", advice=("centre",))
def donor_names():
    """The key is a column of the row itself."""
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
