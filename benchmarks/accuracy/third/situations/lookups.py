"""One question for each of many things."""

from collections import Counter

from django.db import connection
from django.db.models import Sum, prefetch_related_objects
from exams.models import Account, Answer, Grade, Question, Scale, Sitting, Student
from gear.models import Category, Listing, Offer, Rate
from seedbank.models import Accession, Country, Packet, Taxon, Trial
from situation import positive
from ski.models import Booking, Item, Pass, Rental, Scan, Slope, Tariff


@positive("query-in-loop", model="ski.Pass", code_contains=("in_bulk(|__in=",))
def who_passed():
    """Codes of the gates, one look-up each."""
    codes = [scan.code for scan in Scan.objects.order_by("pk")[:40]]
    holders = []
    for code in codes:
        holders.append(Pass.objects.get(code=code).skier_id)  # site: who-passed
    return holders


@positive("query-in-loop", model="seedbank.Packet", code_contains=("in_bulk(|__in=",))
def scan_basket():
    barcodes = [f"B{n:06}" for n in range(100, 160)]
    found = {}
    for barcode in barcodes:
        packet = Packet.objects.filter(barcode=barcode).first()  # site: scan-basket
        if packet is None:
            continue
        found[barcode] = packet.grams
    return found


@positive(
    "query-in-loop",
    model="exams.Answer|exams.Registration",
    code_contains=("annotate(",),
    also=("n-plus-one",),
)
def points_of_each():

    sitting = Sitting.objects.get(pk=Sitting.objects.order_by("pk").first().pk)
    points = {}
    for registration in sitting.registrations.all():  # site: points-of-each
        total = Answer.objects.filter(registration=registration).aggregate(
            total=Sum("score")
        )  # site: points-of-each
        points[registration.pk] = total["total"]
    return points


@positive(
    "query-in-loop",
    model="gear.Offer|gear.Listing",
    code_contains=("annotate(|__in=|Subquery(",),
    also=("n-plus-one",),
)
def highest_bidders():
    """The queries stand in a helper."""
    return [
        (x.pk, _highest(x)) for x in Listing.objects.filter(status="sale").order_by("-views")[:40]
    ]  # site: highest-bidders


def _highest(listing):
    offer = Offer.objects.filter(listing_id=listing.pk).order_by("-amount").first()  # site: highest-bidders
    return offer.amount if offer else None


@positive("query-in-loop", model="exams.Student", code_contains=("__in=|in_bulk(",))
def import_marks():
    lines = [("M%05d" % n, n % 100) for n in range(1, 61)]
    return [(Student.objects.get(number=number).pk, mark) for number, mark in lines]  # site: import-marks


@positive("query-in-loop", advice=("= any|in (|__in|one query|once",))
def raw_loop():
    depths = {}
    with connection.cursor() as cursor:
        for slope_id in Slope.objects.order_by("pk").values_list("pk", flat=True)[:50]:
            cursor.execute(
                "SELECT max(depth) FROM ski_snowreport WHERE slope_id = %s", [slope_id]
            )  # site: raw-loop
            depths[slope_id] = cursor.fetchone()[0]
    return depths


@positive(
    "query-in-loop", model="ski.Rental|ski.Item", code_contains=("annotate(|__in=",), also=("n-plus-one",)
)
def free_items():
    """`exists()` of each, in a filter of Python."""
    items = Item.objects.filter(state="worn").order_by("serial")[:45]  # site: free-items
    return [
        i.serial for i in items if not Rental.objects.filter(item=i, back_at__isnull=True).exists()
    ]  # site: free-items


@positive(
    "query-in-loop", model="seedbank.Trial", code_contains=("values(", "annotate("), also=("n-plus-one",)
)
def trials_by_country():
    """Grouped counts, a group at a time."""
    counts = Counter()
    for iso in Country.objects.order_by("iso").values_list("iso", flat=True):
        counts[iso] = Trial.objects.filter(lab__country__iso=iso).count()  # site: trials-by-country
    return counts.most_common(3)


@positive("query-in-loop", advice=("pk__in|in_bulk|one query|once|filter(",), also=("n-plus-one",))
def refresh_offers():
    offers = list(Offer.objects.filter(state="open").order_by("pk")[:30])
    Offer.objects.filter(pk__in=[o.pk for o in offers]).update(state="refused")
    for offer in offers:
        offer.refresh_from_db()  # site: refresh-offers
    return {o.state for o in offers}


@positive("query-in-loop", model="gear.Listing", code_contains=("in_bulk(|__in=",))
def basket():
    """As kept in a session."""
    kept = {str(pk): 1 for pk in Listing.objects.order_by("pk").values_list("pk", flat=True)[:20]}
    total = 0
    for key, quantity in kept.items():
        total += Listing.objects.only("price").get(pk=int(key)).price * quantity  # site: basket
    return total


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
        price(entry, "T%d" % (entry.pk % 3)) for entry in Pass.objects.filter(kind="week").order_by("pk")[:60]
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
    also=("query-in-loop", "n-plus-one"),
)
def known_addresses():
    members = Account.objects.filter(faculty__name="Faculty 2")  # site: known-addresses
    people = list(Account.objects.order_by("pk")[:60])
    return [p.username for p in people if p in members.all()]  # site: known-addresses


@positive(
    "membership-in-loop",
    model="seedbank.Accession",
    advice=("set(|values_list|once",),
    also=("query-in-loop",),
)
def lent_numbers():
    numbers = [f"AC{n:05}" for n in range(0, 100, 2)]
    stored = Accession.objects.filter(status="stored", grams__lt=100)
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
            "children": [branch(child) for child in category.children.all()],
        }  # site: category-tree

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
        Question.objects.filter(sitting__in=list(first), parent=None).order_by("pk"), 1
    ):  # site: paper
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
        taxon.lineage() for taxon in Taxon.objects.filter(rank="genus").order_by("name")
    ]  # site: lineages
