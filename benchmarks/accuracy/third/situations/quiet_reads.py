"""Reads that a reviewer would leave as they are."""

import asyncio
import time
from itertools import islice

from asgiref.sync import sync_to_async
from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import F, OuterRef, Prefetch, Subquery
from django.shortcuts import render
from django.views.generic import DetailView
from exams.forms import RoomForm
from exams.models import (
    Account,
    Grade,
)
from gear.models import (
    Category,
    Coupon,
    Listing,
    Maker,
    Offer,
    Purchase,
    Repair,
)
from seedbank.models import Accession, Packet
from situation import negative
from ski.models import Instructor, Rental, Resort, Slope


@negative("n-plus-one", "paged, and joined already")
def page_of_listings():
    page = Paginator(Listing.objects.on_sale().with_seller().newest(), 20).get_page(4)
    return [f"{x.title} {x.seller.account.username}" for x in page], page.has_next()


@admin.register(Grade)
@negative("n-plus-one", "list_select_related says all that the columns read")
class GradeAdmin(admin.ModelAdmin):
    list_display = ["points", "student"]
    list_select_related = ["registration__student__account"]
    list_per_page = 50

    def student(self, grade):
        return grade.registration.student.full_name


@negative("n-plus-one", "the key is followed in a rare case, for two of eighty")
def rare_branch():
    lines = []
    for n, rental in enumerate(Rental.objects.order_by("pk")[:80]):
        if rental.back_at is None and n % 36 == 0 and n:
            lines.append(f"{rental.pk} is late: {rental.skier.email}")
        else:
            lines.append(f"{rental.pk}")
    return lines


@negative("n-plus-one", "the choices of a form, joined as their names need")
def room_form(request):
    return render(request, "exams/form.html", {"form": RoomForm()})


@negative("n-plus-one", "the child of a multi-table inheritance has its parent's columns")
def instructors_mails():
    return [f"{i.name} <{i.email}> {i.speciality}" for i in Instructor.objects.order_by("name")[:50]]


@negative("n-plus-one", "prefetches within prefetches, with columns and joins of their own")
def resort_plan():
    slopes = Slope.objects.select_related("lift").only("name", "zone_id", "lift__name").order_by("name")
    resorts = Resort.objects.prefetch_related(
        Prefetch("zones__slopes", queryset=slopes), "instructors__languages"
    )
    plan = {}
    for resort in resorts:
        for zone in resort.zones.all():
            plan[zone.name] = [(s.name, s.lift.name if s.lift else "") for s in zone.slopes.all()]
        plan[resort.name] = [[x.name for x in i.languages.all()] for i in resort.instructors.all()]
    return plan


@negative("n-plus-one", "names by a subquery and by values()")
def flat_rows():
    newest = Offer.objects.filter(listing=OuterRef("pk")).order_by("-made_at")
    rows = Listing.objects.annotate(
        last=Subquery(newest.values("amount")[:1]), who=F("seller__account__username")
    )
    return list(rows.order_by("pk").values("title", "last", "who", "maker__name")[:50])


@negative("n-plus-one", "a generic relation, prefetched")
def notes_ready():
    return [
        (a.number, [n.text for n in a.notes.all()])
        for a in Accession.objects.prefetch_related("notes").order_by("number")[:30]
    ]


@negative("n-plus-one", "three different questions, asked together")
async def dashboard():
    async def number(queryset):
        return await sync_to_async(queryset.count)()

    return await asyncio.gather(
        number(Repair.objects.filter(state="open")), number(Coupon.objects.all()), number(Maker.objects.all())
    )


@negative("n-plus-one", "one listing's own lists and their joined neighbours", runs=({"pk": 3}, {"pk": 4}))
class ListingPage(DetailView):
    template_name = "gear/listing.html"

    def get_object(self, queryset=None):
        return Listing.objects.select_related("seller__account", "maker").get(
            title=f"Instrument {self.kwargs['pk']}"
        )

    def get_context_data(self, **kwargs):
        return super().get_context_data(offers=self.object.offers.select_related("buyer"), **kwargs)


@negative("n-plus-one", "FKs are set by hand from one IN")
def sewn_together():
    offers = list(Offer.objects.filter(state="open").order_by("pk")[:50])
    buyers = Account.objects.in_bulk({o.buyer_id for o in offers})
    for offer in offers:
        offer.buyer = buyers[offer.buyer_id]
    return [offer.buyer.username for offer in offers]


@negative("query-in-loop", "one query for each database")
def each_branch():
    return sum(
        Coupon.objects.using(alias).filter(percent__gt=5).count() for alias in ("north", "south", "west")
    )


@negative("query-in-loop", "slices of a long IN list, five hundred keys at a time")
def in_chunks():
    keys = iter(Packet.objects.order_by("pk").values_list("pk", flat=True)[:2000])
    grams = 0
    while chunk := list(islice(keys, 500)):
        grams += sum(Packet.objects.filter(pk__in=chunk).values_list("grams", flat=True))
    return grams


@negative("query-in-loop", "keyset pages, each of many rows")
def offers_by_key():
    last = 0
    while batch := list(Offer.objects.filter(pk__gt=last).order_by("pk")[:1500]):
        yield from (f"{offer.pk};{offer.amount}" for offer in batch)
        last = batch[-1].pk


@negative("query-in-loop", "polls until another process is done, and pauses")
def wait_for_payment():
    purchase = Purchase.objects.order_by("pk").first()
    for _ in range(6):
        purchase.refresh_from_db(fields=["state"])
        if purchase.state == "delivered":
            return True
        time.sleep(0.06)
    return False


@negative("query-in-loop", "tries names until one is free")
def free_slug():
    stem, number = "category", 1
    while Category.objects.filter(slug=f"{stem}-{number}").exists():
        number += 58 if number < 60 else 1
    return f"{stem}-{number}"
