"""More of the satellite operator, as still other people would write it."""

from functools import cached_property, reduce
from itertools import chain
from operator import attrgetter

from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import render
from django.views.generic import TemplateView
from orbit.models import Anomaly, Contact, Customer, Delivery, Instrument, Product, Satellite, Station
from situation import negative, positive

from situations import joined

COLUMNS = {"Start": "starts_at", "Station": "station.name", "Engineer": "engineer.username"}


@positive(
    "n-plus-one", model="orbit.Contact", relations=("engineer", "station"), code=joined("station", "engineer")
)
def spreadsheet():
    """The paths are data."""
    contacts = Contact.objects.filter(engineer__isnull=False).order_by("pk")[:30]  # site: spreadsheet
    return [[reduce(getattr, path.split("."), contact) for path in COLUMNS.values()] for contact in contacts]


@positive("n-plus-one", model="orbit.Contact", relations=("satellite",), code=joined("satellite"))
def by_name():
    """`attrgetter` in a sort, and once more in the text."""
    failed = Contact.objects.filter(state="failed", seconds__lt=400)[:50]  # site: by-name
    get_name = attrgetter("satellite.name")
    return [f"{get_name(contact)}: {contact.seconds}" for contact in sorted(failed, key=get_name)]


@positive(
    "n-plus-one",
    model="orbit.Satellite",
    relations=("instruments__bands",),
    code=(
        'Satellite.objects.prefetch_related("instruments__bands")',
        'Satellite.objects.prefetch_related("instruments", "instruments__bands")',
    ),
)
def payloads():
    """Sets, made of two levels."""
    crafts = Satellite.objects.prefetch_related("instruments").filter(status="safe")  # site: payloads
    return {c.norad: {b.name for i in c.instruments.all() for b in i.bands.all()} for c in crafts}


@positive(
    "n-plus-one",
    model="orbit.Product",
    relations=("instrument",),
    code=(*joined("instrument"), *joined("instrument", many=("keywords",))),
)
def catalogue_entries():
    """One of two is loaded."""
    products = Product.objects.prefetch_related("keywords").order_by("title")  # site: catalogue-entries
    for product in products[:25]:
        words = ", ".join(keyword.word for keyword in product.keywords.all())
        yield f"{product.title} ({product.instrument.name}): {words}"


@positive(
    "n-plus-one",
    model="orbit.Anomaly",
    relations=("satellite",),
    site="both-severe",
    code=joined("satellite"),
)
@positive(
    "n-plus-one", model="orbit.Delivery", relations=("customer",), site="both-unpaid", code=joined("customer")
)
def both():
    """Two querysets, one loop."""
    severe = Anomaly.objects.filter(severity=5).order_by("-opened_at")[:15]  # site: both-severe
    unpaid = Delivery.objects.filter(paid=False).order_by("-at")[:15]  # site: both-unpaid
    lines = []
    for entry in chain(severe, unpaid):
        if isinstance(entry, Anomaly):
            lines.append(f"{entry.opened_at:%d.%m.} {entry.satellite.name}")
        else:
            lines.append(f"{entry.at:%d.%m.} {entry.customer.name}")
    return lines


@positive(
    "n-plus-one",
    model="orbit.Customer",
    relations=("group",),
    code=joined("group", to="Customer"),
)
class GroupsPage(TemplateView):
    """A cached property of the view, read by its `get`."""

    @cached_property
    def members(self):
        return list(Customer.objects.filter(group__isnull=False).order_by("name")[:30])  # site: groups-page

    def get(self, request, *args, **kwargs):
        return HttpResponse("\n".join(f"{m.name} < {m.group.name}" for m in self.members))


def _numbered(rows):
    return enumerate(rows, 1)


def _with_maker(rows):
    for number, row in rows:
        yield f"{number}. {row.title}", row.instrument.satellite.name


@positive(
    "n-plus-one",
    model="orbit.Product",
    relations=("instrument__satellite",),
    code=joined("instrument__satellite"),
)
def pipeline():
    """Generators of generators."""
    rows = Product.objects.order_by("-price", "pk")[:40]  # site: pipeline
    return dict(_with_maker(_numbered(rows)))


@positive(
    "n-plus-one",
    model="orbit.Station",
    relations=("contacts",),
    code_contains=("annotate(|Prefetch(",),
    also=("query-in-loop",),
)
def next_passes():
    """The first of each station's rows."""
    result = {}
    for station in Station.objects.order_by("name")[:20]:  # site: next-passes
        upcoming = station.contacts.upcoming().first()
        result[station.name] = upcoming.starts_at if upcoming else None
    return result


@negative("n-plus-one", "a lazy figure of the context processor, counted once; the rest is joined")
def stations_on_air(request):
    stations = Station.objects.select_related("country").order_by("name")[:20]
    return render(request, "orbit/onair.html", {"stations": stations})


@negative("n-plus-one", "a prefetch in a prefetch, all of it read")
def nested_prefetch():
    instruments = Instrument.objects.prefetch_related("bands").order_by("name")
    crafts = Satellite.objects.filter(status="dead").prefetch_related(
        Prefetch("instruments", queryset=instruments)
    )
    return {c.name: [[b.name for b in i.bands.all()] for i in c.instruments.all()] for c in crafts}
