"""Rows written one by one, signals that ask at each save, and rows written as they should be."""

from clinic.models import Patient, Prescription, Visit
from django.db import IntegrityError, transaction
from django.db.models import F
from freight.models import Shipment, Tour, TrackingEvent, Vehicle
from newsroom.models import Alert, Article, Comment, Tag
from rest_framework import serializers
from school.models import Enrolment, Ensemble, Logbook, Option, Payment, Student
from situation import negative, positive

ENTRIES = [(f"Imported {number}", number) for number in range(30)]


@positive("write-in-loop", model="school.Logbook", code_contains=("bulk_create(",))
def import_log():
    for text, amount in ENTRIES:
        Logbook.objects.create(text=text, amount=amount)  # site: import-log


@positive("write-in-loop", model="freight.TrackingEvent", code_contains=("bulk_create(",))
def scan_in():
    """Made, then saved."""
    events = []
    for shipment in Shipment.objects.filter(weight=700):
        # site: scan-in
        event = TrackingEvent(
            shipment=shipment, depot_id=shipment.origin_id, kind="scan", at=shipment.booked_at
        )
        event.save()  # site: scan-in
        events.append(event)
    return len(events)


@positive("write-in-loop", model="clinic.Visit", code_contains=("update(",))
def close_visits():
    """The same value for every row."""
    for visit in Visit.objects.filter(status="open", fee__lt=60):  # site: close-visits
        visit.status = "closed"
        visit.save(update_fields=["status"])  # site: close-visits


@positive(
    "write-in-loop", model="freight.Vehicle", code_contains=("update(|bulk_update(",), advice=("mileage",)
)
def add_mileage():
    """A value that follows from the row's own."""
    for vehicle in Vehicle.objects.filter(driver__isnull=True):  # site: add-mileage
        vehicle.mileage += 120
        vehicle.save()  # site: add-mileage


@positive("write-in-loop", model="school.Enrolment", code_contains=("bulk_update(",))
def enter_grades():
    """Another value for each."""
    # site: enter-grades
    enrolments = list(Enrolment.objects.filter(course_id=4, is_active=True))
    for position, enrolment in enumerate(enrolments):
        enrolment.grade = 1 + position % 6
        enrolment.save(update_fields=["grade"])  # site: enter-grades


@positive("write-in-loop", model="newsroom.Comment", code_contains=("delete(",))
def delete_spam():
    for comment in Comment.objects.filter(is_approved=False, name="Reader 6"):  # site: delete-spam
        comment.delete()  # site: delete-spam


@positive(
    "write-in-loop",
    advice=("through", "bulk_create"),
    also=("n-plus-one",),
    beside=("n-plus-one", "query-in-loop"),
)
def tag_archive():
    tag = Tag.objects.get(name="tag7")
    for article in Article.objects.filter(status="draft", views__lt=500):  # site: tag-archive
        article.tags.add(tag)  # site: tag-archive


@positive(
    "write-in-loop",
    also=("query-in-loop",),
    beside=("query-in-loop",),
    model="newsroom.Tag",
    code_contains=("bulk_create(",),
    advice=("ignore_conflicts|update_conflicts|__in",),
)
def make_tags():
    """`get_or_create` asks, then writes."""
    for name in [f"region-{number}" for number in range(20)]:
        Tag.objects.get_or_create(name=name)  # site: make-tags


@positive(
    "write-in-loop",
    also=("query-in-loop",),
    beside=("query-in-loop",),
    model="school.Option",
    code_contains=("bulk_create(", "update_conflicts"),
)
def save_options():
    """`update_or_create`, by a unique key."""
    wanted = {f"option-{number}": str(number * 2) for number in range(25)}
    for key, value in wanted.items():
        Option.objects.update_or_create(key=key, defaults={"value": value})  # site: save-options


@positive("write-in-loop", model="school.Student", code_contains=("bulk_update(|Case(|update(",))
def move_up():
    """One UPDATE for each key."""
    levels = {pk: 1 + pk % 4 for pk in Student.objects.filter(level=5).values_list("pk", flat=True)[:30]}
    for pk, level in levels.items():
        Student.objects.filter(pk=pk).update(level=level)  # site: move-up


@positive("write-in-loop", model="school.Logbook", code_contains=("bulk_create(",))
async def log_async():
    for number in range(15):
        await Logbook.objects.acreate(text=f"Async {number}")  # site: log-async


@positive("write-in-loop", model="freight.Stop", code_contains=("bulk_create(",))
def lay_out_tour():
    """Through a related manager."""
    tour = Tour.objects.create(name="New tour", vehicle=Vehicle.objects.get(plate="QS-0010"))
    for position, depot in enumerate(range(1, 25)):
        tour.stop_list.create(depot_id=depot, position=position)  # site: lay-out-tour


class EntrySerializer(serializers.ModelSerializer):
    class Meta:
        model = Logbook
        fields = ["text", "amount"]


@positive("write-in-loop", model="school.Logbook", advice=("bulk_create",))
def receive_entries():
    """A serializer with `many=True` creates one by one; no line of ours does."""
    serializer = EntrySerializer(data=[{"text": text, "amount": n} for text, n in ENTRIES], many=True)
    serializer.is_valid(raise_exception=True)
    serializer.save()  # site: receive-entries


@negative("write-in-loop", "batches: each INSERT brings two hundred rows")
def import_in_batches():
    entries = [Logbook(text=f"Batch {number}") for number in range(1000)]
    for start in range(0, len(entries), 200):
        Logbook.objects.bulk_create(entries[start : start + 200])


@negative("write-in-loop", "`bulk_update` splits its rows into batches")
def grades_in_bulk():
    enrolments = list(Enrolment.objects.filter(is_active=True)[:300])
    for enrolment in enrolments:
        enrolment.grade = 2
    Enrolment.objects.bulk_update(enrolments, ["grade"], batch_size=100)


@negative("write-in-loop", "one delete, whose cascade needs several statements")
def remove_shipment():
    Shipment.objects.get(reference="SH000033").delete()


@negative("write-in-loop", "one form, three different things to save")
def admit_patient():
    patient = Patient.objects.create(name="New patient", born="1980-05-05")
    visit = Visit.objects.create(
        patient=patient, doctor_id=1, started_at="2025-06-02 10:00Z", status="open", fee=30
    )
    Prescription.objects.create(visit=visit, drug_id=3, dose="1 mg", days=3)
    return visit.pk


@negative("write-in-loop", "one UPDATE that adds in the database")
def add_mileage_at_once():
    return Vehicle.objects.filter(driver__isnull=True).update(mileage=F("mileage") + 120)


def _old_alerts():
    article = Article.objects.exclude(desk=None)[0]
    Alert.objects.bulk_create(
        [Alert(article=article, desk=article.desk, text=f"Old {number}") for number in range(160)]
    )


@negative("write-in-loop", "deletes in chunks of many rows, so that locks stay short", prepare=_old_alerts)
def purge_in_chunks():
    removed = 0
    while True:
        keys = list(Alert.objects.filter(text__startswith="Old").values_list("pk", flat=True)[:50])
        if not keys:
            return removed
        removed += Alert.objects.filter(pk__in=keys).delete()[0]


@negative("write-in-loop", "`m2m.set` with a whole list writes once")
def seat_ensemble():
    ensemble = Ensemble.objects.get(name="Ensemble 3")
    ensemble.members.set(Student.objects.filter(level=1)[:40])


@negative("write-in-loop", "a write is tried again when it was refused")
def unique_reference():
    for attempt in range(4):
        try:
            with transaction.atomic():
                return Payment.objects.create(reference=f"P{attempt:06}", guardian_id=1, amount=10)
        except IntegrityError:
            continue
    return Payment.objects.create(reference="P-NEW", guardian_id=1, amount=10)


# Signals.


@positive(
    "signal-query-per-save",
    also=("query-in-loop",),
    beside=("write-in-loop", "query-in-loop", "duplicate-query", "n-plus-one"),
    advice=("tell_the_desk|signal",),
    site="comment-import",
)
def comment_import():
    """A handler of `post_save` asks for the desk and writes an alert, for each row."""
    for number, pk in enumerate(Article.objects.exclude(desk=None).values_list("pk", flat=True)[:20]):
        # site: comment-import
        Comment.objects.create(
            article_id=pk,
            name=f"Importer {number}",
            text="…",
            is_approved=False,
            created_at="2025-06-01 10:00Z",
        )


@positive(
    "signal-query-per-save",
    also=("query-in-loop",),
    beside=("write-in-loop", "query-in-loop", "duplicate-query", "n-plus-one"),
    advice=("settle_balance|signal",),
    site="settle-payments",
)
def settle_payments():
    for payment in Payment.objects.filter(is_settled=False)[:20]:  # site: settle-payments
        payment.is_settled = True
        payment.save()  # site: settle-payments


@positive(
    "signal-query-per-save",
    also=("query-in-loop",),
    beside=("write-in-loop", "query-in-loop", "duplicate-query", "n-plus-one"),
    advice=("refuse_a_full_course|signal",),
    site="enrol-class",
)
def enrol_class():
    """A handler of `pre_save` counts."""
    for student in Student.objects.filter(level=1)[:20]:
        Enrolment.objects.create(student=student, course_id=9)  # site: enrol-class


@negative("signal-query-per-save", "one save and what its signal asks")
def one_comment():
    article = Article.objects.exclude(desk=None)[0]
    Comment.objects.create(
        article=article, name="One", text="…", is_approved=False, created_at="2025-06-01 10:00Z"
    )


@negative("signal-query-per-save", "`bulk_create` sends no signals")
def comments_in_bulk():
    keys = Article.objects.values_list("pk", flat=True)[:30]
    Comment.objects.bulk_create(
        Comment(article_id=pk, name="Bulk", text="…", is_approved=False, created_at="2025-06-01 10:00Z")
        for pk in keys
    )


@negative("signal-query-per-save", "two saves of a form's two rows")
def pay_twice():
    first, second = Payment.objects.filter(is_settled=False)[:2]
    first.is_settled = True
    first.save()
    second.amount = 11
    second.save()
