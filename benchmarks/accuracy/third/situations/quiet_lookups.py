"""Look-ups, trees and prefetches as they should be."""

from django.db import connection
from django.db.models import F, Prefetch, prefetch_related_objects
from exams.cache import minimum
from exams.models import Account, Grade, Sitting, Student
from gear.models import Category, Listing, Rate, Seller, Story
from seedbank.models import Accession, Vault
from situation import negative
from ski.models import Booking, Item, Pass, Rental, Tariff
from ski.models import Course as Lesson


@negative("uncached-lookup", "each code is asked once, then kept")
def minima():
    minimum.cache_clear()
    return [
        minimum("ABC"[points % 3])
        for points in Grade.objects.order_by("pk").values_list("points", flat=True)[:60]
    ]


@negative("uncached-lookup", "a dictionary remembers")
def rates_remembered():
    known = {}
    total = 0
    for n in range(50):
        currency = ("USD", "SEK")[n % 2]
        if currency not in known:
            known[currency] = Rate.objects.get(currency=currency).value
        total += known[currency] * n
    return total


@negative("uncached-lookup", "loaded once, as a dictionary")
def tariffs_once():
    tariffs = Tariff.objects.in_bulk(field_name="code")
    return [
        p.price * tariffs[f"T{p.pk % 3}"].percent for p in Pass.objects.filter(kind="day").order_by("pk")[:60]
    ]


@negative("membership-in-loop", "a set of keys, once")
def watched():
    account = Account.objects.get(username="user5")
    mine = set(account.watched.values_list("pk", flat=True))
    return [x.title for x in Listing.objects.order_by("pk")[:60] if x.pk in mine]


@negative("membership-in-loop", "asked once, of one")
def is_watched():
    listing = Listing.objects.get(title="Instrument 0")
    account = Account.objects.get(username="user0")
    return listing.watchers.contains(account)


@negative("membership-in-loop", "prefetched, and looked up in what is there")
def who_is_watched():
    account = Account.objects.get(username="user0")
    return [
        x.pk
        for x in Listing.objects.prefetch_related("watchers").order_by("pk")[:30]
        if account in x.watchers.all()
    ]


@negative("one-query-per-instance-prefetch", "once, with the whole list")
def prefetched_late():
    items = list(Item.objects.filter(state="worn").order_by("pk")[:40])
    prefetch_related_objects(items, Prefetch("rentals", Rental.objects.select_related("skier")))
    return [[r.skier.name for r in item.rentals.all()] for item in items]


@negative("one-query-per-instance-prefetch", "there is but one")
def prefetched_for_one():
    vault = Vault.objects.get(name="Vault 1")
    prefetch_related_objects([vault], "shelves__accessions")
    return {s.label: [a.number for a in s.accessions.all()] for s in vault.shelves.all()}


@negative("tree-walk", "a recursive statement")
def descendants():
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE t AS (SELECT id FROM gear_category WHERE slug = 'category-0' UNION ALL"
            " SELECT c.id FROM gear_category c JOIN t ON c.parent_id = t.id) SELECT count(*) FROM t"
        )
        return cursor.fetchone()[0]


@negative("tree-walk", "two levels, by two prefetches")
def two_levels():
    roots = Category.objects.filter(parent=None).prefetch_related("children__children")
    return [[(c.name, [g.name for g in c.children.all()]) for c in root.children.all()] for root in roots]


@negative("refiltered-prefetch", "sorted and filtered in Python, from what was prefetched")
def sorted_here():
    out = {}
    for seller in Seller.objects.filter(city="City 2").prefetch_related("listings"):
        sold = [x for x in seller.listings.all() if x.status == "sold"]
        out[seller.pk] = [x.title for x in sorted(sold, key=lambda x: -x.price)[:3]]
    return out


@negative("refiltered-prefetch", "the count of a prefetched relation asks nothing")
def counted_here():
    sittings = Sitting.objects.prefetch_related("registrations").order_by("pk")[:20]
    return [(s.registrations.count(), [r.state for r in s.registrations.all()]) for s in sittings]


@negative("refiltered-prefetch", "only of the chosen one is more asked")
def chosen_one():
    students = list(Student.objects.prefetch_related("registrations").order_by("number")[:30])
    busiest = max(students, key=lambda s: len(s.registrations.all()))
    return [r.sitting.starts_at for r in busiest.registrations.filter(state="open").select_related("sitting")]


@negative("refiltered-prefetch", "one relation under two names, each filtered ahead")
def two_names():
    paid = Prefetch("bookings", Booking.objects.filter(is_paid=True), to_attr="paid")
    due = Prefetch("bookings", Booking.objects.filter(is_paid=False), to_attr="due")
    return [
        (len(c.paid), [b.skier_id for b in c.due], [b.pk for b in c.paid])
        for c in Lesson.objects.prefetch_related(paid, due).order_by("pk")[:30]
    ]


@negative("deferred-field-read", "one object, opened for its long text")
def one_story():
    stories = list(Story.objects.only("headline").order_by("pk")[:20])
    return [s.headline for s in stories], stories[3].body[:50]


@negative("deferred-field-read", "what was left out is not read")
def slim():
    return [(x.number, x.grams) for x in Accession.objects.only("number", "grams").order_by("number")[:60]]


@negative("deferred-field-read", "a counter is read anew on purpose, after F()")
def bump():
    listing = Listing.objects.only("title", "views").get(title="Instrument 8")
    listing.views = F("views") + 1
    listing.save(update_fields=["views"])
    listing.refresh_from_db(fields=["views"])
    return listing.title, listing.views
