"""Pages of the satellite operator."""

from itertools import groupby

from django.contrib.syndication.views import Feed
from django.http import JsonResponse
from django.shortcuts import render
from django.views.generic import ListView
from orbit.desk import PlannedContacts, backup_of, country_of, loudest, sheet
from orbit.models import (
    ActiveSatellite,
    Anomaly,
    Asset,
    Contact,
    Customer,
    Delivery,
    Instrument,
    Product,
    Station,
)
from situation import positive

from situations import joined


@positive("n-plus-one", model="orbit.Asset", relations=("satellite",), code=joined("satellite"))
def inventory():
    """From the parent table to the child's."""
    assets = Asset.objects.order_by("name")[:50]  # site: inventory
    return {asset.name: asset.satellite.norad for asset in assets}


@positive(
    "n-plus-one",
    model="orbit.ActiveSatellite",
    relations=("platform__maker",),
    code=joined("platform__maker"),
)
def fleet():
    """A proxy with a manager; the platform may be unknown."""
    makers = []
    for craft in ActiveSatellite.objects.all():  # site: fleet
        makers.append((craft.name, craft.platform.maker.name if craft.platform else "?"))
    return makers


@positive(
    "n-plus-one",
    model="orbit.Contact",
    relations=("satellite", "station"),
    code=joined("satellite", "station"),
)
def shift_plan():
    """A property, by a helper."""
    return [sheet(contact) for contact in Contact.objects.upcoming()[:40]]  # site: shift-plan


@positive(
    "n-plus-one",
    model="orbit.Contact",
    relations=("satellite", "station"),
    code=(
        'Contact.objects.select_related("station", "satellite")',
        'Contact.objects.select_related("satellite")',
        'Contact.objects.prefetch_related("satellite")',
    ),
)
def late_contacts():
    """The queryset's method joins the station only."""
    late = Contact.objects.with_station().filter(state="failed")  # site: late-contacts
    return ", ".join(contact.headline for contact in late.order_by("-starts_at")[:30])


@positive("n-plus-one", model="orbit.Contact", code_contains=("annotate(", "Count("), also=("query-in-loop",))
def uplinks(request):
    """A method of the model, called by a template."""
    contacts = Contact.objects.filter(state="done").order_by("-starts_at")[:30]  # site: uplinks
    return render(request, "orbit/contacts.html", {"contacts": contacts})


@positive(
    "n-plus-one",
    model="orbit.Station",
    relations=("backup__country",),
    code=joined("backup__country"),
)
def fallbacks():
    return {s.name: backup_of(s) for s in Station.objects.order_by("name")}  # site: fallbacks


@positive("n-plus-one", model="orbit.Station", relations=("licence",), code=joined("licence"))
def licences(request):
    """Some have none: the template is silent about it."""
    stations = Station.objects.order_by("-name")[:40]  # site: licences
    return render(request, "orbit/stations.html", {"stations": stations})


@positive(
    "n-plus-one",
    model="orbit.Instrument",
    relations=("bands",),
    code=('Instrument.objects.prefetch_related("bands")',),
)
def spectrum(request):
    instruments = Instrument.objects.filter(satellite__status="active").order_by("name")  # site: spectrum
    return render(request, "orbit/instruments.html", {"instruments": instruments[:40]})


@positive(
    "n-plus-one",
    model="orbit.Anomaly",
    relations=("comments__author",),
    code=(
        'Anomaly.objects.prefetch_related("comments__author")',
        'Anomaly.objects.prefetch_related("comments", "comments__author")',
        'Anomaly.objects.prefetch_related(Prefetch("comments", queryset=Comment.objects.select_related("author")))',
    ),
)
def discussions():
    """The rows below are prefetched, their authors are not."""
    anomalies = Anomaly.objects.prefetch_related("comments").filter(severity=5)  # site: discussions
    return {a.title: {c.author.username for c in a.comments.all()} for a in anomalies.order_by("pk")[:25]}


@positive(
    "n-plus-one",
    model="orbit.Contact",
    relations=("satellite",),
    code=joined("satellite", to="Contact"),
    site="planned",
)
class PlannedBoard(PlannedContacts, ListView):
    """The queryset comes from a mixin of another module."""

    template_name = "orbit/planned.html"
    paginate_by = 30


@positive(
    "n-plus-one",
    model="orbit.Product",
    relations=("instrument__satellite",),
    code=joined("instrument__satellite"),
)
def shop_window(request):
    products = Product.objects.filter(price__lt=100).order_by("price", "pk")  # site: shop-window
    return render(request, "orbit/shop.html", {"products": products[:36]})


@positive("n-plus-one", model="orbit.Comment", relations=("author",), code=joined("author"))
def anomaly_page(request):
    """One anomaly; its comments have an author each."""
    anomaly = Anomaly.objects.get(title="Anomaly 42")
    comments = anomaly.comments.order_by("at")  # site: anomaly-page
    return render(request, "orbit/anomaly.html", {"anomaly": anomaly, "comments": comments})


@positive("n-plus-one", model="orbit.Customer", relations=("country",), code=joined("country"))
def by_country(request):
    """`regroup`."""
    customers = Customer.objects.order_by("country__name", "name")[:60]  # site: by-country
    return render(request, "orbit/customers.html", {"customers": customers})


@positive(
    "n-plus-one", model="orbit.Contact", relations=("station__country",), code=joined("station__country")
)
def by_territory():
    """The key of a grouping."""
    contacts = Contact.objects.filter(state="done").order_by("station__country__name")  # site: by-territory
    return {
        name: [contact.starts_at for contact in group]
        for name, group in groupby(contacts[:80], key=country_of)
    }


@positive(
    "n-plus-one",
    model="orbit.Delivery",
    relations=("customer__group", "product"),
    code=joined("product", "customer__group"),
)
def invoices():
    """Two keys, one of them of two steps; JSON."""
    payload = []
    unpaid = Delivery.objects.filter(paid=False).order_by("at")  # site: invoices
    for delivery in unpaid[:40]:
        payer = delivery.customer.group or delivery.customer
        payload.append({"title": delivery.product.title, "price": delivery.product.price, "to": payer.name})
    return JsonResponse({"invoices": payload})


@positive("n-plus-one", model="orbit.Anomaly", relations=("opened_by",), code=joined("opened_by"))
def anomaly_feed(request):
    """A feed."""

    class Latest(Feed):
        title = "Anomalies"
        link = "/anomalies/"

        def items(self):
            return Anomaly.objects.order_by("-opened_at")[:30]  # site: anomaly-feed

        def item_title(self, item):
            return item.title

        def item_link(self, item):
            return f"/anomalies/{item.pk}/"

        def item_author_name(self, item):
            return item.opened_by.username if item.opened_by else None

        def item_description(self, item):
            return f"severity {item.severity}"

    return Latest()(request)


@positive("n-plus-one", model="orbit.Anomaly", relations=("instrument",), code=joined("instrument"))
async def night_watch():
    from asgiref.sync import sync_to_async

    lines = []
    known = Anomaly.objects.exclude(instrument=None).order_by("-opened_at")  # site: night-watch
    async for anomaly in known[:30]:
        instrument = await sync_to_async(getattr)(anomaly, "instrument")
        lines.append(f"{anomaly.title} on {instrument.name}")
    return lines


@positive(
    "n-plus-one",
    model="orbit.Anomaly",
    relations=("comments",),
    code=('Anomaly.objects.prefetch_related("comments")',),
)
def loudest_voices():
    severe = Anomaly.objects.filter(severity__gte=4).order_by("-opened_at")  # site: loudest-voices
    return [loudest(anomaly.comments.all()) for anomaly in severe[:30]]
