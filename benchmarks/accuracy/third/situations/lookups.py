"""One question for each of many things."""

from collections import Counter

from django.db import connection
from django.db.models import Sum
from exams.models import Answer, Sitting, Student
from gear.models import Listing, Offer
from seedbank.models import Country, Packet, Trial
from situation import positive
from ski.models import Item, Pass, Rental, Scan, Slope


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
    sitting = Sitting.objects.order_by("pk").first()
    points = {}
    for registration in sitting.registrations.all():  # site: points-of-each
        # site: points-of-each
        total = Answer.objects.filter(registration=registration).aggregate(total=Sum("score"))
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
        (x.pk, _highest(x))
        # site: highest-bidders
        for x in Listing.objects.filter(status="sale").order_by("-views")[:40]
    ]


def _highest(listing):
    offer = Offer.objects.filter(listing_id=listing.pk).order_by("-amount").first()  # site: highest-bidders
    return offer.amount if offer else None


@positive("query-in-loop", model="exams.Student", code_contains=("__in=|in_bulk(",))
def import_marks():
    lines = [(f"M{n:05}", n % 100) for n in range(1, 61)]
    return [(Student.objects.get(number=number).pk, mark) for number, mark in lines]  # site: import-marks


@positive("query-in-loop", advice=("= any|in (|__in|one query|once",))
def raw_loop():
    depths = {}
    with connection.cursor() as cursor:
        for slope_id in Slope.objects.order_by("pk").values_list("pk", flat=True)[:50]:
            # site: raw-loop
            cursor.execute("SELECT max(depth) FROM ski_snowreport WHERE slope_id = %s", [slope_id])
            depths[slope_id] = cursor.fetchone()[0]
    return depths


@positive(
    "query-in-loop",
    model="ski.Rental|ski.Item",
    code_contains=("annotate(|__in=|Exists(",),
    also=("n-plus-one",),
)
def free_items():
    """`exists()` of each, in a filter of Python."""
    items = Item.objects.filter(state="worn").order_by("serial")[:45]  # site: free-items
    return [
        i.serial
        for i in items
        # site: free-items
        if not Rental.objects.filter(item=i, back_at__isnull=True).exists()
    ]


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
