"""Transactions for each row, transactions that stay open, and those as they should be."""

from clinic.models import LabResult, Room
from django.db import transaction
from freight.models import Driver, Stop
from newsroom.models import Tag
from school.models import Course, Lesson, Logbook, Option, Payment, Tariff
from situation import negative, positive

ENTRIES = [(f"Imported {number}", number) for number in range(30)]


def _remove_imports():
    Logbook.objects.filter(text__startswith="Imported").delete()
    Option.objects.filter(key__startswith="imported").delete()
    Tag.objects.filter(name__startswith="imported").delete()


BESIDE_TRANSACTIONS = ("write-in-loop", "query-in-loop", "n-plus-one")


@positive(
    "transaction-per-row",
    beside=BESIDE_TRANSACTIONS,
    advice=("transaction|atomic|bulk_create",),
    is_autocommit=True,
    clean=_remove_imports,
)
def import_pairs():
    """Each row is a transaction of its own."""
    for text, amount in ENTRIES:  # site: import-pairs
        with transaction.atomic():  # site: import-pairs
            Logbook.objects.create(text=text, amount=amount)  # site: import-pairs
            Option.objects.create(key=f"imported {amount}", value=text)


@transaction.atomic
def take_over(text, amount):  # site: import-by-function
    Logbook.objects.create(text=text, amount=amount)  # site: import-by-function
    Tag.objects.create(name=f"imported {amount}")


@positive(
    "transaction-per-row",
    beside=BESIDE_TRANSACTIONS,
    advice=("transaction|atomic|bulk_create",),
    is_autocommit=True,
    clean=_remove_imports,
)
def import_by_function():
    """The decorator of a helper opens one for each call."""
    for text, amount in ENTRIES:
        take_over(text, amount)  # site: import-by-function


@positive(
    "transaction-per-row",
    beside=BESIDE_TRANSACTIONS,
    advice=("transaction|atomic|update(",),
    is_autocommit=True,
)
def recount_courses():
    """Read, computed and written, with a commit for each course."""
    for course in Course.objects.order_by("pk")[:25]:  # site: recount-courses
        with transaction.atomic():  # site: recount-courses
            locked = Course.objects.select_for_update().get(pk=course.pk)
            locked.capacity = 40
            locked.save(update_fields=["capacity"])  # site: recount-courses


@positive(
    "write-in-loop",
    beside=("transaction-per-row",),
    model="school.Logbook",
    code_contains=("bulk_create(",),
    is_autocommit=True,
    clean=_remove_imports,
)
def import_bare():
    """No transaction: every INSERT commits by itself."""
    for text, amount in ENTRIES:
        Logbook.objects.create(text=text, amount=amount)  # site: import-bare


@negative(
    "transaction-per-row",
    "one transaction around a bulk insert",
    is_autocommit=True,
    clean=_remove_imports,
)
def import_at_once():
    with transaction.atomic():
        Logbook.objects.bulk_create(Logbook(text=text, amount=amount) for text, amount in ENTRIES)
        Option.objects.bulk_create(Option(key=f"imported {amount}", value=text) for text, amount in ENTRIES)


@negative(
    "transaction-per-row",
    "five transactions of two hundred rows each, so that none gets too long",
    is_autocommit=True,
    clean=_remove_imports,
)
def import_by_chunks():
    entries = [Logbook(text=f"Imported {number}") for number in range(1000)]
    for start in range(0, 1000, 200):
        with transaction.atomic():
            Logbook.objects.bulk_create(entries[start : start + 200])


@negative(
    "transaction-per-row",
    "a worker commits each job, so that it isn't done twice",
    is_autocommit=True,
    prepare=lambda: Logbook.objects.bulk_create(Logbook(text=f"Imported job {n}") for n in range(6)),
    clean=_remove_imports,
)
def work_off_jobs():
    while True:
        with transaction.atomic():
            jobs = Logbook.objects.select_for_update(skip_locked=True).filter(text__startswith="Imported job")
            job = jobs.first()
            if job is None:
                return
            Logbook.objects.filter(pk=job.pk).update(text=f"Imported done {job.pk}")


def ask_the_bank(seconds):
    """Stands for a request to another machine."""
    import time

    time.sleep(seconds)
    return True


@positive(
    "long-transaction",
    advice=("transaction",),
    is_autocommit=True,
    clean=_remove_imports,
)
def pay_by_card():
    """The row stays locked while the bank is asked."""
    with transaction.atomic():  # site: pay-by-card
        payment = Payment.objects.select_for_update().filter(is_settled=False).first()
        if ask_the_bank(2.5):
            Logbook.objects.create(text=f"Imported payment {payment.reference}")


@positive(
    "long-transaction",
    advice=("transaction",),
    is_autocommit=True,
)
@transaction.atomic  # site: print-labels
def print_labels():
    """The decorator opens it for the whole function, and the printer is slow."""
    # site: print-labels
    drivers = list(Driver.objects.order_by("pk")[:3])
    Tariff.objects.filter(code="A").update(price=30)
    for driver in drivers:
        ask_the_bank(0.8)
    return [driver.name for driver in drivers]


@positive("long-transaction", advice=("transaction",), is_autocommit=True, clean=_remove_imports)
def tell_customers():
    """Mails are sent one by one between two writes."""
    with transaction.atomic():  # site: tell-customers
        first = Logbook.objects.create(text="Imported mails")
        for _ in range(5):
            ask_the_bank(0.5)
        Logbook.objects.filter(pk=first.pk).update(amount=5)


@negative(
    "long-transaction",
    "the bank is asked before the transaction begins",
    is_autocommit=True,
    clean=_remove_imports,
)
def pay_then_lock():
    if ask_the_bank(2.5):
        with transaction.atomic():
            payment = Payment.objects.select_for_update().filter(is_settled=False).first()
            Logbook.objects.create(text=f"Imported payment {payment.reference}")


@negative(
    "long-transaction", "three statements in a few milliseconds", is_autocommit=True, clean=_remove_imports
)
def short_transaction():
    with transaction.atomic():
        room = Room.objects.select_for_update().get(number="101")
        Logbook.objects.create(text=f"Imported room {room.number}")
        LabResult.objects.filter(pk=1).update(is_flagged=True)


@negative("long-transaction", "slow work, and nothing but reads that hold no transaction", is_autocommit=True)
def slow_report():
    lessons = list(Lesson.objects.filter(topic__endswith="77").values_list("topic", flat=True))
    ask_the_bank(2.5)
    stops = Stop.objects.filter(position=0).count()
    return lessons, stops
