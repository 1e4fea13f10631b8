"""What is written as it should be."""

from io import StringIO

from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from exams.forms import UniqueCourse
from exams.models import (
    Course,
    Department,
    Reminder,
    Student,
)
from gear.models import Coupon, Listing, Payout, Repair, Seller
from seedbank.models import Vault
from situation import negative
from ski.models import Item, Language, Pass


@negative("write-in-loop", "written at once, in batches")
def bulk_reminders():
    students = Student.objects.order_by("pk")[:300]
    Reminder.objects.bulk_create([Reminder(student=s, kind="bulk") for s in students], batch_size=50)


@negative("write-in-loop", "three objects of one form, made one after the other")
def new_course():
    department = Department.objects.get(name="Department 1")
    course = Course.objects.create(code="NEW1", title="New", department=department)
    course.requires.set(Course.objects.filter(code__in=["C001", "C002"]))
    return course.pk


@negative("write-in-loop", "two that differ, and each a line of its own")
def two_vaults():
    for name, celsius in (("North", -20), ("South", -18)):
        Vault.objects.create(name=name, celsius=celsius)


@negative("write-in-loop", "one statement for all")
def closing_command():
    call_command("close_sittings", stdout=StringIO())


@negative("write-in-loop", "a form validates, then saves the one")
def form_saved():
    department = Department.objects.get(name="Department 2")
    form = UniqueCourse({"code": "ZZ1", "title": "Weaving", "department": department.pk})
    assert form.is_valid(), form.errors
    return form.save().pk


@negative("write-in-loop", "retries until it fits, and stops")
def free_code():
    for attempt in range(5):
        try:
            with transaction.atomic():
                return Coupon.objects.create(code=f"K{attempt + 298:04}", percent=5).code
        except IntegrityError:
            continue
    return None


@negative("write-in-loop", "bulk_update after the rows were worked upon")
def ground_edges():
    items = list(Item.objects.filter(state="ok").order_by("pk")[:200])
    for n, item in enumerate(items):
        item.edges_ground_at = timezone.now()
        item.state = "ok" if n % 9 else "worn"
    Item.objects.bulk_update(items, ["edges_ground_at", "state"], batch_size=100)


@negative("write-in-loop", "one delete and its cascade")
def drop_listing():
    Listing.objects.filter(
        pk__in=list(Listing.objects.order_by("pk").values_list("pk", flat=True)[:3])
    ).delete()


@negative("write-in-loop", "get_or_create of the one that is asked for")
def language_of():
    language, is_new = Language.objects.get_or_create(name="Language 3")
    return language.name, is_new


@negative("write-in-loop", "a worker takes one after the other, so that others may work too")
def worker():
    done = 0
    while done < 4:
        with transaction.atomic():
            job = (
                Repair.objects.select_for_update(skip_locked=True, of=["self"])
                .filter(state="open")
                .order_by("pk")
                .first()
            )
            if job is None:
                break
            Repair.objects.filter(pk=job.pk).update(state="done")
            done += 1
    return done


@negative("signal-query-per-save", "a handler that asks nothing; one is saved")
def one_coupon():
    coupon = Coupon.objects.get(code="K0007")
    coupon.percent += 1
    coupon.save()
    return coupon.percent


@negative("signal-query-per-save", "one payout is made; its handler asks once")
def one_payout():
    seller = Seller.objects.order_by("pk")[3]
    return Payout.objects.create(seller=seller, amount=10).is_flagged


@negative("signal-query-per-save", "bulk_create sends no signals")
def payouts_at_once():
    sellers = Seller.objects.order_by("pk")[:40]
    Payout.objects.bulk_create(Payout(seller=s, amount=20, is_flagged=False) for s in sellers)


@negative("write-in-loop", "SQL joins and writes; Python only says which")
def expire_passes():
    return Pass.objects.filter(valid_until__lt="2025-02-01").update(price=F("price") / 2)
