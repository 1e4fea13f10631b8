"""Counting and asking for each row, and relations of relations."""

from bloodbank.models import Centre, Donation, Donor, Drive, Hospital, Note, Order, Unit
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, render
from situation import positive

from situations import joined


@positive(
    "n-plus-one",
    model="bloodbank.Drive",
    code_contains=("annotate(", "Count("),
    also=("query-in-loop",),
)
def centre_page(request):
    """Counted by the template; the drives come from the centre."""
    centre = get_object_or_404(Centre, name="Centre 03")
    drives = Drive.objects.exclude(centre=centre).order_by("-starts_at")[:25]  # site: centre-page
    return render(request, "bloodbank/centre.html", {"centre": centre, "drives": drives})


@positive(
    "n-plus-one", model="bloodbank.Donor", code_contains=("annotate(", "Exists("), also=("query-in-loop",)
)
def ambassadors():
    everybody = Donor.objects.filter(group="AB-").order_by("email")[:60]  # site: ambassadors
    return [f"{d.email};{'yes' if d.referrals.exists() else 'no'}" for d in everybody]


@positive("n-plus-one", model="bloodbank.Donor", code_contains=("annotate(", "Sum("), also=("query-in-loop",))
def litres():
    """A property aggregates."""
    donors = Donor.objects.of_group("B+")[:30]  # site: litres
    return sorted(((d.total_volume / 1000, d.name) for d in donors), reverse=True)


@positive(
    "n-plus-one",
    model="bloodbank.Donor",
    code_contains=("Subquery(|Prefetch(|prefetch_related(",),
    also=("query-in-loop",),
)
def last_seen():
    """The latest of each, in a cached property."""
    table = []
    for donor in Donor.objects.of_group("A+")[:30]:  # site: last-seen
        latest = donor.latest_donation
        table.append((donor.name, latest.at.date() if latest else None))
    return table


@positive(
    "n-plus-one",
    model="bloodbank.Note",
    code=('Note.objects.prefetch_related("target")',),
)
def note_feed():
    """A generic foreign key of two types."""
    notes = Note.objects.order_by("-created_at")[:40]  # site: note-feed
    return [(note.text, getattr(note.target, "number", "a donation")) for note in notes]


@positive(
    "n-plus-one",
    model="bloodbank.Order",
    relations=("notes",),
    code=('Order.objects.prefetch_related("notes")',),
)
def orders_with_notes():
    result = []
    orders = Order.objects.order_by("pk")  # site: orders-with-notes
    for order in orders[:35]:
        result.append({"number": order.number, "notes": [n.text for n in order.notes.all()]})
    return result


@positive(
    "n-plus-one",
    model="bloodbank.Unit",
    relations=("donation__donor",),
    code=(
        'Unit.objects.select_related("donation__donor")',
        'Unit.objects.select_related("donation", "donation__donor")',
        'Unit.objects.select_related("donation").prefetch_related("donation__donor")',
    ),
)
def groups_in_stock():
    """Half of the way is joined."""
    stock = {}
    units = Unit.objects.select_related("donation").filter(status="tested")  # site: groups-in-stock
    for unit in units.order_by("pk")[:70]:
        stock.setdefault(unit.donation.donor.group, []).append((unit.code, unit.donation.volume))
    return stock


@positive(
    "n-plus-one",
    model="bloodbank.Hospital|bloodbank.Order",
    code_contains=('"orders__lines"|prefetch_related("lines")|"orders__lines__component"',),
)
def demand():
    """A prefetch whose inner queryset lacks the lines."""
    urgent = Order.objects.filter(priority="urgent")  # site: demand
    # site: demand
    hospitals = Hospital.objects.prefetch_related(Prefetch("orders", queryset=urgent)).order_by("name")
    return {
        hospital.name: [line.quantity for order in hospital.orders.all() for line in order.lines.all()]
        for hospital in hospitals[:12]
    }


@positive(
    "n-plus-one",
    model="bloodbank.Order",
    relations=("lines__component",),
    code=(
        'Order.objects.prefetch_related("lines__component")',
        'Order.objects.prefetch_related("lines", "lines__component")',
        'Order.objects.prefetch_related(Prefetch("lines", queryset=OrderLine.objects.select_related("component")))',
    ),
)
def packing():
    orders = Order.objects.filter(priority="routine").prefetch_related("lines")  # site: packing
    for order in orders.order_by("number")[:20]:
        for line in order.lines.all():
            yield order.number, line.quantity, line.component.name


@positive(
    "n-plus-one",
    model="bloodbank.Centre",
    code_contains=("annotate(", "Count("),
    also=("query-in-loop",),
)
def busiest():
    """`max` with a key."""
    centres = Centre.objects.filter(is_mobile=True)  # site: busiest
    return max(centres, key=lambda centre: centre.donors.filter(group="O-").count()).name


@positive(
    "n-plus-one",
    model="bloodbank.Donation",
    relations=("drive",),
    code=joined("drive"),
)
def bulk_lookup():
    """Rows by their keys, then a relation of each."""
    first = Donation.objects.earliest("pk").pk
    keys = range(first, first + 40)
    by_key = Donation.objects.in_bulk(keys)  # site: bulk-lookup
    return {key: donation.drive and donation.drive.name for key, donation in by_key.items()}


@positive(
    "n-plus-one",
    model="bloodbank.Order",
    relations=("lines",),
    code_contains=('prefetch_related("lines")|annotate(',),
    also=("query-in-loop",),
)
def biggest_orders():
    """`sum` over the rows themselves, by a helper with a cut-off in Python."""

    def weight(order):
        return sum(line.quantity for line in order.lines.all() if line.quantity > 2)

    orders = Order.objects.order_by("-created_at")[:30]  # site: biggest-orders
    return sorted(orders, key=weight, reverse=True)[:5]
