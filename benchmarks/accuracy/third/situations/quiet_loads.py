"""Loads that are needed."""

from django.db import transaction
from django.db.models import Avg, Prefetch
from django.forms import model_to_dict
from django.shortcuts import render
from exams.models import Registration, Script, Sitting
from gear.models import Listing, Offer, Payout, Story
from seedbank.models import Climate, Country, Packet, Passport, Trial
from situation import negative
from ski.models import Incident, Rental, Slope, SnowReport


@negative("unused-select-related", "read on some visits, not on others", runs=({"full": ""}, {"full": "1"}))
def maybe_full(request):
    trials = Trial.objects.select_related("lab").order_by("pk")[:30]
    if request.GET["full"]:
        return [(t.rate, t.lab.name) for t in trials]
    return [t.rate for t in trials]


@negative("unused-select-related", "nothing was found, so nothing was read")
def nothing_found():
    return [
        r.item.serial for r in Rental.objects.select_related("item").filter(skier__email="nobody@ski.example")
    ]


@negative("unused-select-related", "each of the keys is NULL")
def all_null():
    return [
        i.leader.name if i.leader else "–"
        for i in Incident.objects.select_related("leader").filter(leader=None)[:30]
    ]


@negative("unused-select-related", "joined so that both rows are locked")
def both_locked():
    with transaction.atomic():
        listing = Listing.objects.select_for_update().select_related("seller").get(title="Instrument 2")
        listing.price += 1
        listing.save(update_fields=["price"])
        Payout.objects.filter(seller_id=listing.seller_id).update(amount=3)
    return listing.price


@negative("unused-prefetch-related", "read by a template, one level down")
def cards_prefetched(request):
    listings = Listing.objects.prefetch_related("offers__buyer").order_by("pk")[:20]
    return render(request, "gear/offers_plain.html", {"listings": listings})


@negative("unused-prefetch-related", "there are none of them")
def no_webcams():
    return [
        [w.image.url for w in s.webcams.all()]
        for s in Slope.objects.prefetch_related("webcams").order_by("-pk")[:30]
    ]


@negative("unused-prefetch-related", "an attribute of the model's property")
def seats(request):
    sittings = Sitting.objects.prefetch_related(
        Prefetch(
            "registrations", Registration.objects.exclude(seat=None).only("sitting", "seat"), to_attr="seated"
        )
    )
    return [max((r.seat for r in s.seated), default=0) for s in sittings.order_by("pk")[:25]]


@negative("unread-columns", "one row, whose page shows a part")
def one_passport():
    passport = Passport.objects.get(accession__number="AC00004")
    return passport.title, passport.habitat[:200]


@negative("unread-columns", "the whole row is dumped")
def dump_reports():
    return [model_to_dict(r) for r in SnowReport.objects.order_by("pk")[:30]]


@negative("unread-columns", "the wide ones are left out")
def titles_only():
    titles = [p.title for p in Passport.objects.defer("habitat", "field_notes", "scan").order_by("pk")[:60]]
    heads = [s.headline for s in Story.objects.only("headline").order_by("pk")[:60]]
    return titles, heads, list(Script.objects.order_by("pk").values_list("pages", flat=True)[:60])


@negative("unread-columns", "narrow rows: a few unread numbers cost nothing")
def narrow():
    return [o.amount for o in Offer.objects.order_by("pk")[:100]]


@negative("unread-columns", "every text is searched in Python")
def search_bulletins():
    words = ("avalanche", "river")
    found = []
    for report in SnowReport.objects.defer("measurements").order_by("pk")[:60]:
        if any(word in report.bulletin for word in words):
            found.append(report.pk)
    return found


@negative("unbounded-result", "streamed, a chunk at a time")
def export():
    for packet in Packet.objects.order_by("barcode").iterator(chunk_size=2000):
        yield f"{packet.barcode},{packet.grams}\n"


@negative("unbounded-result", "a small table that stays small")
def all_countries():
    return [(c.iso, c.name) for c in Country.objects.order_by("name")]


@negative("unbounded-result", "grouped in SQL: a row for each vault")
def averages_of_vaults():
    return list(Climate.objects.values("vault").annotate(mean=Avg("celsius")).order_by("vault"))
