"""Large tables and transactions, treated well."""

import random
import time

from django.core.paginator import Paginator
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef
from exams.forms import SeatFormSet
from exams.models import (
    AccessLog,
    Sitting,
)
from gear.models import (
    Click,
    Coupon,
    Courier,
    Listing,
    Offer,
    Purchase,
    Repair,
    Seller,
)
from seedbank.models import (
    Packet,
    Shelf,
)
from situation import negative


@negative("deep-offset", "the third page")
def third_page():
    page = Paginator(Packet.objects.order_by("barcode"), 50).get_page(3)
    return [p.barcode for p in page]


@negative("deep-offset", "the last page of a small table")
def last_page():
    page = Paginator(Shelf.objects.order_by("label"), 20).get_page(8)
    return [s.label for s in page]


@negative("deep-offset", "by key, from where the last page ended")
def keyset_page():
    last = Click.objects.order_by("-pk").values_list("pk", flat=True)[0]
    return [c.listing_id for c in Click.objects.filter(pk__lt=last - 200_000).order_by("-pk")[:50]]


@negative("random-order", "a dozen rows, shuffled by whom you like")
def a_courier():
    return Courier.objects.order_by("?").first().name


@negative("random-order", "keys are drawn in Python")
def drawn():
    keys = list(Coupon.objects.values_list("pk", flat=True))
    return [c.code for c in Coupon.objects.filter(pk__in=random.sample(keys, 5))]


@negative("expensive-count", "an index finds the few that are counted")
def clicks_of_one():
    return Click.objects.filter(listing_id=77).count()


@negative("expensive-count", "the planner's estimate")
def about_how_many():
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE relname = 'exams_accesslog'")
        return cursor.fetchone()[0]


@negative("expensive-count", "no COUNT: one row more than the page shows")
def has_next():
    rows = list(AccessLog.objects.order_by("-pk")[:51])
    return [r.path for r in rows[:50]], len(rows) > 50


@negative("distinct-after-join", "the filter goes to one row, the values repeat")
def cities():
    return list(
        Seller.objects.filter(account__faculty__name="Faculty 1").values_list("city", flat=True).distinct()
    )


@negative("distinct-after-join", "EXISTS already")
def with_offers():
    return list(
        Listing.objects.filter(
            Exists(Offer.objects.filter(listing=OuterRef("pk"), amount__gt=2400))
        ).values_list("pk")[:60]
    )


@negative("query-in-loop", "the forms of three rows, from one query")
def seat_formset():
    sitting = Sitting.objects.order_by("pk").first()
    forms = SeatFormSet(queryset=sitting.registrations.order_by("pk")[:3])
    return len(forms.forms)


# Transactions.


def _forget_imported():
    Coupon.objects.filter(code__startswith="IMP").delete()


@negative(
    "transaction-per-row",
    "one that fails must not take the others along",
    is_autocommit=True,
    clean=_forget_imported,
)
def each_for_itself():
    failed = []
    for number in (1, 2, 3, 3, 4, 5, 5, 6, 7, 8, 9, 10):
        try:
            with transaction.atomic():
                Coupon.objects.create(code=f"IMP{number}", percent=number)
        except IntegrityError as error:
            failed.append((number, str(error)))
    return failed


@negative("transaction-per-row", "a hundred rows in each", is_autocommit=True)
def in_batches():
    keys = list(Offer.objects.order_by("pk").values_list("pk", flat=True)[:400])
    for start in range(0, 400, 100):
        with transaction.atomic():
            Offer.objects.filter(pk__in=keys[start : start + 100]).update(amount=F("amount"))


def _reopen():
    Repair.objects.filter(state="taken").update(state="open")


@negative(
    "transaction-per-row",
    "a queue: each job is taken, done and let go",
    is_autocommit=True,
    clean=_reopen,
)
def take_jobs():
    costs = []
    for _ in range(5):
        with transaction.atomic():
            jobs = Repair.objects.select_for_update(skip_locked=True).filter(state="open")
            job = jobs.order_by("pk").first()
            Repair.objects.filter(pk=job.pk).update(state="taken")
            costs.append(job.cost)
    return costs


@negative("long-transaction", "the slow part comes after the commit", is_autocommit=True)
def slow_after():
    with transaction.atomic():
        courier = Courier.objects.select_for_update().order_by("pk").first()
        Courier.objects.filter(pk=courier.pk).update(name=courier.name)
        transaction.on_commit(lambda: time.sleep(1.3))
    return courier.name


@negative("long-transaction", "slow, and no transaction is open", is_autocommit=True)
def slow_without():
    courier = Courier.objects.order_by("pk").first()
    time.sleep(1.3)
    return courier.name


@negative("long-transaction", "several statements, done in no time", is_autocommit=True)
def short_one():
    with transaction.atomic():
        purchase = Purchase.objects.select_for_update().order_by("-pk").first()
        Purchase.objects.filter(pk=purchase.pk).update(state=purchase.state)
        Listing.objects.filter(pk=purchase.listing_id).update(status="sold")
