"""The same few rows again, membership, one by one, and trees."""

from django.db.models import prefetch_related_objects
from exams.models import Account, Grade, Question, Scale, Sitting
from gear.models import Category, Listing, Rate
from seedbank.models import Accession, Taxon
from situation import positive
from ski.models import Booking, Pass, Tariff

# The same few rows, asked for again and again.


@positive(
    "uncached-lookup",
    model="gear.Rate",
    advice=("in_bulk|cache|once|dict",),
    also=("query-in-loop", "duplicate-query"),
)
def in_euros():
    currencies = ["USD", "CHF", "GBP"] * 15
    total = 0
    for n, currency in enumerate(currencies):
        total += n * Rate.objects.get(currency=currency).value  # site: in-euros
    return total


@positive(
    "uncached-lookup",
    model="ski.Tariff",
    advice=("in_bulk|cache|once|dict",),
    also=("query-in-loop", "duplicate-query"),
)
def price_list():
    """A helper with a default."""
    return [
        price(entry, f"T{entry.pk % 3}") for entry in Pass.objects.filter(kind="week").order_by("pk")[:60]
    ]


def price(entry, code="T0"):
    tariff = Tariff.objects.get(code=code)  # site: price-list
    return entry.price * tariff.percent / 100


@positive(
    "uncached-lookup",
    model="exams.Scale",
    advice=("in_bulk|cache|once|dict",),
    also=("query-in-loop", "duplicate-query"),
)
def letters():
    """Which letter is it? Six rows, and a row is read for each grade."""
    out = []
    for points in Grade.objects.order_by("pk").values_list("points", flat=True)[:50]:
        letter = "A" if points > 66 else "C" if points > 33 else "E"
        out.append(points - Scale.objects.get(code=letter).minimum)  # site: letters
    return out


# Membership.


@positive(
    "membership-in-loop",
    model="exams.Account",
    advice=("set(|values_list|in_bulk|once",),
    also=("query-in-loop", "n-plus-one", "duplicate-query", "queryset-evaluated-twice"),
)
def known_addresses():
    members = Account.objects.filter(faculty__name="Faculty 2")  # site: known-addresses
    people = list(Account.objects.order_by("pk")[:60])
    return [p.username for p in people if p in members.all()]  # site: known-addresses


@positive(
    "membership-in-loop",
    model="seedbank.Accession",
    advice=("set(|values_list|once",),
    also=("query-in-loop", "duplicate-query", "queryset-evaluated-twice"),
)
def lent_numbers():
    numbers = [f"AC{n:05}" for n in range(0, 100, 2)]
    stored = Accession.objects.filter(status="stored", grams__lt=100)  # site: lent-numbers
    out = []
    for number in numbers:
        if number in stored.values_list("number", flat=True):  # site: lent-numbers
            out.append(number)
    return out


@positive(
    "membership-in-loop", model="ski.Booking", advice=("set(|values_list|once|__in",), also=("query-in-loop",)
)
def came_back():
    """`contains()` of each."""
    insured = Booking.objects.filter(insurance__isnull=False)  # site: came-back
    recent = Booking.objects.order_by("-booked_at")[:50]
    return sum(1 for booking in recent if insured.contains(booking))  # site: came-back


# Prefetching one by one, and trees.


@positive("one-query-per-instance-prefetch", advice=("once|list|prefetch_related(",), also=("n-plus-one",))
def invoices():
    listings = list(Listing.objects.filter(status="sold").order_by("pk")[:30])  # site: invoices
    for listing in listings:
        prefetch_related_objects([listing], "repairs")  # site: invoices
    return [[r.cost for r in listing.repairs.all()] for listing in listings]


@positive("one-query-per-instance-prefetch", advice=("once|list|prefetch_related(",), also=("n-plus-one",))
def packet_labels():
    def whole(accession):
        prefetch_related_objects([accession], "packets", "tags")  # site: packet-labels
        return [f"{p.barcode} {[t.name for t in accession.tags.all()]}" for p in accession.packets.all()]

    return [whole(a) for a in Accession.objects.order_by("number")[:25]]  # site: packet-labels


@positive(
    "tree-walk", model="gear.Category", advice=("memory|recursive|once|one query",), also=("n-plus-one",)
)
def category_tree():
    def branch(category):
        return {
            "name": category.name,
            # site: category-tree
            "children": [branch(child) for child in category.children.all()],
        }

    return [branch(root) for root in Category.objects.filter(parent=None)]  # site: category-tree


@positive(
    "tree-walk",
    model="exams.Question",
    advice=("memory|recursive|once|one query|prefetch_related(",),
    also=("n-plus-one",),
)
def paper():
    """Questions, their parts, and the parts of these."""
    lines = []

    def add(question, prefix):
        lines.append(f"{prefix} {question.text} ({question.points})")
        for number, part in enumerate(question.parts.order_by("pk"), 1):  # site: paper
            add(part, f"{prefix}.{number}")

    first = Sitting.objects.order_by("pk")[:8]
    for number, question in enumerate(
        # site: paper
        Question.objects.filter(sitting__in=list(first), parent=None).order_by("pk"),
        1,
    ):
        add(question, str(number))
    return lines


@positive(
    "tree-walk",
    model="seedbank.Taxon",
    advice=("memory|recursive|once|one query|select_related(",),
    also=("n-plus-one",),
)
def lineages():
    return [
        taxon.lineage()
        # site: lineages
        for taxon in Taxon.objects.filter(rank="genus").order_by("name")
    ]
