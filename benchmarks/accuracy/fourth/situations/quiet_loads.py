"""Relations that are read as they should be."""

from bloodbank.models import Centre, Donation, Donor, Drive, Note, Order, OrderLine, Region, Unit
from bloodbank.services import describe_fridge
from django.core.paginator import Paginator
from django.db.models import Count, F, Max, OuterRef, Prefetch, Subquery
from django.shortcuts import render
from django.views.generic import DetailView, ListView
from orbit.models import Anomaly, Asset, Comment, Contact, Customer, Instrument, Product, Satellite, Station
from situation import negative


@negative("n-plus-one", "everything is joined, and prefetched below")
class CrewList(ListView):
    queryset = (
        Drive.objects.select_related("centre__region").prefetch_related("shifts__staff").order_by("name")
    )
    paginate_by = 20
    template_name = "bloodbank/crew_list.html"


@negative("n-plus-one", "joined; the engineer is read in a branch that is hardly ever taken")
class ContactPages(ListView):
    queryset = Contact.objects.select_related("satellite", "station").order_by("-starts_at")
    paginate_by = 30
    template_name = "orbit/contact_list.html"


@negative("n-plus-one", "the key is a column of the row")
def volumes(request):
    page = Paginator(Donation.objects.filter(status="lost").order_by("-at"), 50).get_page(2)
    return render(request, "bloodbank/ids.html", {"page": page})


@negative("n-plus-one", "`all` and `count` of prefetched rows ask for nothing")
def stock_orders(request):
    orders = Order.objects.select_related("hospital").prefetch_related("tags").order_by("pk")[:30]
    return render(request, "bloodbank/stock.html", {"orders": orders})


@negative("n-plus-one", "one row, with several relations of its own")
def one_unit():
    unit = Unit.objects.get(code="U00015")
    return unit.component.name, unit.donation.volume, unit.fridge and unit.fridge.name


@negative("n-plus-one", "the rows were linked in memory")
def linked():
    centres = {centre.pk: centre for centre in Centre.objects.all()}
    found = []
    for donor in Donor.objects.of_group("O-")[:50]:
        donor.centre = centres[donor.centre_id]
        found.append(f"{donor.name}, {donor.centre.name}")
    return found


@negative("n-plus-one", "an annotation brings the name")
def annotated_names():
    units = Unit.objects.annotate(kind=F("component__name")).order_by("code")[:60]
    return [f"{unit.code}: {unit.kind}" for unit in units]


@negative("n-plus-one", "`values` joins")
def as_values():
    rows = Contact.objects.order_by("-starts_at").values("starts_at", "station__name", "satellite__name")
    return [f"{r['station__name']} {r['satellite__name']} {r['starts_at']:%d.%m.}" for r in rows[:60]]


@negative("n-plus-one", "counted by the database")
def drive_sizes():
    drives = Drive.objects.annotate(size=Count("donations")).order_by("-size", "pk")[:30]
    return {drive.name: drive.size for drive in drives}


@negative("n-plus-one", "the latest of each comes with a subquery")
def last_contact():
    latest = Contact.objects.filter(satellite=OuterRef("pk")).order_by("-starts_at").values("starts_at")[:1]
    crafts = Satellite.objects.filter(status="active").annotate(seen=Subquery(latest))
    return [(craft.name, craft.seen) for craft in crafts]


@negative("n-plus-one", "prefetched into a list of its own")
def severe_comments():
    recent = Comment.objects.select_related("author").order_by("-at")
    anomalies = Anomaly.objects.filter(severity=5).prefetch_related(
        Prefetch("comments", queryset=recent, to_attr="newest")
    )
    return [[c.author.username for c in a.newest] for a in anomalies.order_by("pk")[:30]]


@negative("n-plus-one", "the rows below know their owner")
def back_again():
    station = Station.objects.get(name="Station 07")
    return [f"{contact.starts_at:%H:%M} {contact.station.name}" for contact in station.contacts.all()[:30]]


@negative("n-plus-one", "none of these has a referrer: the key is NULL")
def unreferred():
    donors = Donor.objects.filter(referred_by=None).order_by("name")[:40]
    return [_with_referrer(donor) for donor in donors]


def _with_referrer(donor):
    return f"{donor.name} ({donor.referred_by.name})" if donor.referred_by else donor.name


@negative("n-plus-one", "two prefetches into one table")
def two_prefetches():
    customers = Customer.objects.filter(group__isnull=False).prefetch_related("country", "group__country")
    return [(c.name, c.country.code, c.group.country.code) for c in customers.order_by("pk")[:30]]


@negative("n-plus-one", "one query for each chunk is what `iterator` does")
def chunks():
    for order in Order.objects.prefetch_related("lines").order_by("pk").iterator(chunk_size=300):
        yield ";".join([order.number, *(str(line.quantity) for line in order.lines.all())])


@negative("n-plus-one", "a generic key, prefetched")
def note_targets():
    notes = Note.objects.prefetch_related("target").order_by("-created_at")[:40]
    return [getattr(note.target, "number", note.text) for note in notes]


@negative("n-plus-one", "a helper of two callers, with the rows joined")
def fridge_plan():
    units = Unit.objects.filter(fridge__isnull=False).select_related("fridge__centre").order_by("pk")[:40]
    return {unit.code: describe_fridge(unit.fridge) for unit in units}


@negative("n-plus-one", "one row of two hundred")
def rare_branch():
    lines = []
    for anomaly in Anomaly.objects.order_by("pk")[:200]:
        lines.append(anomaly.title)
        if anomaly.title == "Attitude lost":
            lines.append(f"Call the owner of {anomaly.satellite.name}!")
    return lines


@negative("n-plus-one", "the child's own rows: the parent's columns come along")
def crafts():
    return [f"{craft.name} of {craft.owner}" for craft in Satellite.objects.order_by("norad")[:60]]


@negative("latent-n-plus-one", "one object, by a unique field")
class UnitPage(DetailView):
    slug_field = "code"
    model = Unit
    template_name = "orbit/names.html"

    def get_object(self, queryset=None):
        return Unit.objects.get(code="U00021")

    def get_context_data(self, **kwargs):
        return super().get_context_data(component=self.object.component.name, **kwargs)


@negative("latent-n-plus-one", "the first of them is one")
def newest_anomaly():
    anomaly = Anomaly.objects.order_by("-opened_at").first()
    return f"{anomaly.title} of {anomaly.satellite.name}"


@negative("latent-n-plus-one", "one row is found by a unique code, and joined")
def one_row_joined():
    return [u.component.name for u in Unit.objects.select_related("component").filter(code="U00033")]


@negative("refiltered-prefetch", "prefetched with the filter, and read as it is")
def large_ready():
    large = Prefetch("lines", queryset=OrderLine.objects.filter(quantity__gte=5))
    return {
        o.number: [li.quantity for li in o.lines.all()]
        for o in Order.objects.prefetch_related(large).order_by("-pk")[:25]
    }


@negative("refiltered-prefetch", "filtered in Python")
def large_in_python():
    orders = Order.objects.prefetch_related("lines").order_by("-pk")[:25]
    return {o.number: [li.quantity for li in o.lines.all() if li.quantity > 4] for o in orders}


@negative("refiltered-prefetch", "one more question, about one of them")
def chosen_customer():
    customers = list(Customer.objects.prefetch_related("deliveries").order_by("name")[:20])
    times = {customer.name: [delivery.at for delivery in customer.deliveries.all()] for customer in customers}
    return times, customers[3].deliveries.aggregate(last=Max("product__price"))


@negative("tree-walk", "three levels are prefetched")
def region_menu():
    roots = Region.objects.filter(parent=None).prefetch_related("children__children")
    return {
        root.name: {child.name: [leaf.name for leaf in child.children.all()] for child in root.children.all()}
        for root in roots
    }


@negative("tree-walk", "fetched once, linked in memory")
def region_paths():
    regions = {region.pk: region for region in Region.objects.all()}
    paths = {}
    for region in regions.values():
        names, key = [], region.pk
        while key:
            names.append(regions[key].name)
            key = regions[key].parent_id
        paths[region.pk] = names[::-1]
    return paths


@negative("tree-walk", "one look at the parent of one row")
def parent_of_one():
    region = Region.objects.select_related("parent").get(name="Region 7")
    return region.parent.name


@negative("n-plus-one", "two rows, joined")
def two_instruments():
    both = Instrument.objects.select_related("satellite").filter(
        name__in=("Instrument 001", "Instrument 002")
    )
    return [f"{one.name} on {one.satellite.name}" for one in both]


@negative("n-plus-one", "a cross join in memory of two lists")
def price_table():
    products = list(Product.objects.filter(price__lt=13).order_by("pk"))
    customers = list(Customer.objects.filter(group=None).order_by("pk")[:5])
    return [(c.name, p.title, p.price) for c in customers for p in products]


@negative("n-plus-one", "the parent table is all that is read")
def owners():
    return [(asset.name, asset.owner) for asset in Asset.objects.order_by("pk")[:100]]
