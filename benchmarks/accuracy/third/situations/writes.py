"""What is written row by row."""

from django.db.models import F
from exams.models import Reminder, Student, Waiver
from gear.models import Coupon, Listing, Message, Payout, Repair, Seller
from seedbank.models import Accession, Packet, Tag
from situation import positive
from ski.models import Booking, Insurance, Rental


@positive("write-in-loop", model="exams.Reminder", code_contains=("bulk_create(",))
def remind_all():
    for student in Student.objects.filter(tutor=None).order_by("pk")[:40]:
        Reminder.objects.create(student=student, kind="tutor")  # site: remind-all


@positive("write-in-loop", model="seedbank.Packet", code_contains=("bulk_update(|update(",))
def dry_packets():
    for packet in Packet.objects.filter(grams=7).order_by("pk")[:30]:
        packet.grams -= 1
        packet.save(update_fields=["grams"])  # site: dry-packets


@positive("write-in-loop", model="gear.Message", code_contains=("update(",))
def mark_read():
    """The same value in each."""
    for message in Message.objects.filter(is_read=False).order_by("pk")[:50]:  # site: mark-read
        message.is_read = True
        message.save()  # site: mark-read


@positive("write-in-loop", model="ski.Rental", code_contains=("delete(",), advice=("delete",))
def forget_old():
    old = (
        # site: forget-old
        Rental.objects.filter(item__state="worn").exclude(back_at=None).order_by("out_at")[:40]
    )
    for rental in old:
        rental.delete()  # site: forget-old


@positive("write-in-loop", advice=("bulk_create|add(*|set(|through",), beside=("query-in-loop", "n-plus-one"))
def tag_accessions():
    """`add()` of each, with the same tag."""
    tag = Tag.objects.get(name="tag3")
    for accession in Accession.objects.filter(status="drying").order_by("pk")[:40]:
        accession.tags.add(tag)  # site: tag-accessions


@positive("write-in-loop", model="gear.Listing", code_contains=("update(", "__in="))
def count_views():
    """An update() of one row each, with one expression."""
    seen = list(Listing.objects.order_by("-views").values_list("pk", flat=True)[:30])
    for pk in seen:
        Listing.objects.filter(pk=pk).update(views=F("views") + 1)  # site: count-views


@positive("write-in-loop", model="ski.Insurance", code_contains=("bulk_create(",))
def insure():
    """Built, then saved."""
    bookings = Booking.objects.filter(insurance=None).order_by("pk")[:35]
    policies = (Insurance(booking=b, policy=f"NEW{b.pk}") for b in bookings)
    for policy in policies:
        policy.save()  # site: insure


@positive(
    "write-in-loop",
    model="exams.Reminder",
    advice=("bulk_create|update_conflicts|in_bulk|__in",),
    also=("query-in-loop",),
    beside=("query-in-loop",),
)
def remind_once():
    """Two statements for each, none of them needed where it exists."""
    for student in Student.objects.order_by("pk")[:30]:
        Reminder.objects.get_or_create(student=student, kind="welcome")  # site: remind-once


@positive(
    "write-in-loop",
    model="gear.Coupon",
    advice=("bulk_create|update_conflicts|bulk_update",),
    beside=("query-in-loop",),
)
def import_coupons():
    feed = [{"code": f"K{n:04}", "percent": n % 30} for n in range(250, 300)]
    for row in feed:
        # site: import-coupons
        Coupon.objects.update_or_create(code=row["code"], defaults={"percent": row["percent"]})


# A signal asks for each that is saved.


@positive(
    "signal-query-per-save",
    advice=("signal|receiver|flag_large",),
    beside=("write-in-loop", "query-in-loop", "n-plus-one"),
)
def import_payouts():
    for seller in Seller.objects.order_by("pk")[:30]:
        Payout.objects.create(seller=seller, amount=50)  # site: import-payouts


@positive(
    "signal-query-per-save",
    advice=("signal|receiver|tell_owner",),
    beside=("write-in-loop", "query-in-loop", "n-plus-one"),
)
def close_repairs():
    for repair in Repair.objects.filter(state="open").order_by("pk")[:30]:
        repair.state = "done"
        repair.save()  # site: close-repairs


@positive(
    "signal-query-per-save",
    advice=("signal|receiver|note_on_student",),
    beside=("write-in-loop", "query-in-loop", "n-plus-one"),
)
def grant_waivers():
    for student in Student.objects.order_by("-pk")[:20]:
        Waiver.objects.create(student=student, reason="moved")  # site: grant-waivers
