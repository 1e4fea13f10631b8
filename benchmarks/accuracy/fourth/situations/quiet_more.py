"""Columns, eager loads and large tables that are right as they are."""

import random

from bloodbank.models import Donation, Donor, Drive, Hospital, LabReport, Order, Reading
from django.core.paginator import Paginator
from django.db.models import Avg, Exists, OuterRef
from django.http import JsonResponse
from django.shortcuts import render
from django.views.generic import ListView
from orbit.models import Anomaly, Contact, Delivery, Instrument, Product, Satellite, Scene, Station, Telemetry
from orbit.serializers import DeliverySerializer, NamedDelivery, SceneSerializer
from rest_framework import viewsets
from rest_framework.pagination import CursorPagination, PageNumberPagination
from situation import negative


class Pages(PageNumberPagination):
    page_size = 20


class Cursor(CursorPagination):
    ordering = "-pk"
    page_size = 30


@negative("deferred-field-read", "what is deferred isn't read")
def scene_list():
    scenes = Scene.objects.defer("outline", "meta").order_by("-taken_at")[:100]
    return [f"{scene.taken_at:%d.%m.} {scene.title}" for scene in scenes]


@negative("deferred-field-read", "`only` names all that is read, through the join too")
def narrow_contacts():
    contacts = Contact.objects.select_related("station").only("starts_at", "seconds", "station__name")
    return [(c.starts_at, c.seconds, c.station.name) for c in contacts.order_by("-starts_at")[:40]]


@negative("deferred-field-read", "the one that was chosen is read in full")
def chosen_scene():
    scenes = list(Scene.objects.only("title", "taken_at").order_by("-taken_at")[:30])
    latest = max(scenes, key=lambda scene: (scene.taken_at, scene.title))
    return [scene.title for scene in scenes], len(latest.outline)


@negative("unread-columns", "the whole of it is sent")
class SceneViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Scene.objects.order_by("pk")
    serializer_class = SceneSerializer
    pagination_class = Pages


@negative("unread-columns", "the text is what it is about")
def suspicious():
    reports = LabReport.objects.filter(kind="hbv").order_by("pk")[:60]
    return [(report.unit_id, len(report.body.split()), sorted(report.raw)) for report in reports]


@negative("unread-columns", "narrow rows: a few short columns that nobody reads")
def short_rows():
    return [order.number for order in Order.objects.order_by("number")[:50]]


@negative("unread-columns", "`values_list` takes what is needed")
def kinds():
    return dict(LabReport.objects.order_by("pk").values_list("pk", "kind")[:200])


@negative("unread-columns", "one row")
def one_report():
    report = LabReport.objects.earliest("pk")
    return report.result


@negative("unused-select-related", "read by one of two visits", runs=({"long": True}, {"long": False}))
def either_way(long):
    contacts = Contact.objects.select_related("station").order_by("-starts_at")[:20]
    return [f"{c.starts_at} {c.station.name}" if long else str(c.starts_at) for c in contacts]


@negative("unused-select-related", "the result is empty")
def none_found():
    contacts = Contact.objects.select_related("station", "satellite").filter(state="lost")
    return [contact.headline for contact in contacts]


@negative("unused-select-related", "both are read by the serializer")
class NamedDeliveries(viewsets.ReadOnlyModelViewSet):
    queryset = Delivery.objects.select_related("product", "customer")
    serializer_class = NamedDelivery
    pagination_class = Cursor


@negative("unused-select-related", "the relation is read where it is set; some are NULL")
def opened_by():
    anomalies = Anomaly.objects.select_related("opened_by").order_by("-opened_at")[:30]
    return [anomaly.opened_by.username if anomaly.opened_by else "system" for anomaly in anomalies]


@negative("unused-prefetch-related", "read for some of the rows")
def some_tags():
    orders = Order.objects.prefetch_related("tags").order_by("pk")[:30]
    return {o.number: [tag.name for tag in o.tags.all()] if o.priority == "urgent" else [] for o in orders}


@negative("unused-prefetch-related", "nothing came back to prefetch for")
def no_orders():
    hospitals = Hospital.objects.prefetch_related("orders").filter(name="Nowhere")
    return {hospital.name: [order.number for order in hospital.orders.all()] for hospital in hospitals}


@negative("unused-prefetch-related", "joined and prefetched, and both are read")
def spectra():
    instruments = (
        Instrument.objects.select_related("satellite").prefetch_related("bands").order_by("name")[:25]
    )
    return [(i.satellite.name, i.name, [band.name for band in i.bands.all()]) for i in instruments]


@negative("unbounded-result", "pages of a cursor")
class DeliveryCursor(viewsets.ReadOnlyModelViewSet):
    queryset = Delivery.objects.all()
    serializer_class = DeliverySerializer
    pagination_class = Cursor


@negative("unbounded-result", "a table of thirty-odd rows")
def stations_json(request):
    return JsonResponse({"stations": [s.name for s in Station.objects.order_by("name")]})


@negative("unbounded-result", "an export streams all of them, by `iterator`")
def all_donations():
    for donation in Donation.objects.order_by("pk").iterator(chunk_size=1000):
        yield f"{donation.pk};{donation.volume}\n"


@negative("deep-offset", "the third page")
def third_page():
    return [row.value for row in Telemetry.objects.order_by("-pk")[100:150]]


@negative("deep-offset", "by key")
def far_by_key():
    first = Telemetry.objects.earliest("pk").pk
    return [row.value for row in Telemetry.objects.filter(pk__gt=first + 200_000).order_by("pk")[:50]]


@negative("random-order", "drawn in Python, from keys")
def drawn():
    keys = list(Product.objects.filter(price__lt=60).values_list("pk", flat=True))
    chosen = random.Random(4).sample(keys, 3)
    return [product.title for product in Product.objects.filter(pk__in=chosen)]


@negative("random-order", "a handful of rows is shuffled")
def shuffled():
    drives = list(Drive.objects.filter(centre__name="Centre 04"))
    random.Random(1).shuffle(drives)
    return [drive.name for drive in drives]


@negative("expensive-count", "a small table's pages")
def product_pages(request):
    page = Paginator(Product.objects.order_by("pk"), 25).get_page(3)
    return render(request, "orbit/titles.html", {"page": page})


@negative("expensive-count", "a page that asks for one row more instead of counting")
def uncounted():
    rows = list(Reading.objects.order_by("-pk")[:51])
    return {"rows": [row.celsius for row in rows[:50]], "has_next": len(rows) > 50}


@negative("expensive-count", "`exists` stops at the first row")
def is_warm():
    return Reading.objects.filter(celsius__gte=6).exists()


@negative("distinct-after-join", "a subquery in place of the join")
def faithful_ready():
    gave = Donation.objects.filter(donor=OuterRef("pk"), volume__gte=450)
    return [donor.email for donor in Donor.objects.filter(Exists(gave)).order_by("name")[:50]]


@negative("distinct-after-join", "the different values of a column")
def owners_of_satellites():
    return sorted(Satellite.objects.values_list("owner", flat=True).distinct())


@negative("distinct-after-join", "a key forward makes no rows double")
def in_some_region():
    centres = Drive.objects.filter(centre__region__name="Region 3").order_by("name")
    return [drive.name for drive in centres[:30]]


@negative("unbounded-result", "an aggregate is one row")
def mean_price():
    return Product.objects.aggregate(mean=Avg("price"))


@negative("n-plus-one", "the list view needs names only")
class StationIndex(ListView):
    model = Station
    ordering = "name"
    template_name = "orbit/names.html"
    paginate_by = 20
