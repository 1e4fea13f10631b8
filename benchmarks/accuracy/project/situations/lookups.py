"""Queries of no relation, in a loop: look-ups by key, raw SQL, grouped counts, refreshes."""

from clinic.models import Doctor, Drug, Maker, Patient, Visit
from django.db import connection
from django.db.models import Sum
from freight.models import Carrier, Customer, Depot, Shipment, TrackingEvent, Vehicle
from newsroom.models import Article, Comment, Desk, Tag
from school.models import Course, Guardian, Payment, Student
from situation import negative, positive

DELIVERY = [f"D{number:03}" for number in range(0, 90, 3)]
IN_BULK = "in_bulk(|__in="


@positive(
    "query-in-loop", also=("n-plus-one",), model="clinic.Drug", code_contains=(IN_BULK,), advice=("code",)
)
def check_delivery():
    """A file's lines, each looked up by a unique code."""
    names = []
    for code in DELIVERY:
        names.append(Drug.objects.get(code=code).name)  # site: check-delivery
    return names


@positive("query-in-loop", also=("n-plus-one",), model="clinic.Patient", code_contains=(IN_BULK,))
def merge_candidates():
    ids = list(Visit.objects.filter(fee=219).values_list("patient_id", flat=True))
    return [Patient.objects.get(pk=pk).name for pk in ids]  # site: merge-candidates


@positive(
    "query-in-loop",
    also=("n-plus-one",),
    model="freight.Customer|freight.Shipment",
    code_contains=(f'{IN_BULK}|prefetch_related("customer")',),
)
def customers_that_are_left():
    """`.filter(pk=…).first()`, for keys that may point to nothing."""
    names = []
    # site: customers-that-are-left
    for shipment in Shipment.objects.filter(status="late", customer_id__isnull=False)[:30]:
        customer = Customer.objects.filter(pk=shipment.customer_id).first()  # site: customers-that-are-left
        if customer:
            names.append(customer.name)
    return names


def depot_named(code):
    return Depot.objects.get(code=code)  # site: read-manifest


@positive(
    "query-in-loop", also=("n-plus-one", "uncached-lookup"), model="freight.Depot", code_contains=(IN_BULK,)
)
def read_manifest():
    """The look-up stands in a helper."""
    manifest = [(f"DP{number:03}", number * 7) for number in range(40)]
    return [(depot_named(code).name, weight) for code, weight in manifest]


@positive("query-in-loop", advice=("any(|__in|in_bulk|one query|single",))
def mileage_by_hand():
    """Raw SQL."""
    plates = [f"QS-{number:04}" for number in range(30)]
    miles = {}
    with connection.cursor() as cursor:
        for plate in plates:
            # site: mileage-by-hand
            cursor.execute("SELECT mileage FROM freight_vehicle WHERE plate = %s", [plate])
            miles[plate] = cursor.fetchone()[0]
    return miles


@positive(
    "query-in-loop",
    also=("n-plus-one",),
    model="newsroom.Article|newsroom.Tag",
    code_contains=("__in=|prefetch_related(|in_bulk(",),
)
def best_of_each_tag():
    """IN-lists of varying length, one query for each."""
    best = {}
    chosen = {
        f"tag{number}": [f"headline-{number * n}" for n in range(1, 2 + number)] for number in range(1, 20)
    }
    for name, slugs in chosen.items():
        found = Article.objects.filter(slug__in=slugs)  # site: best-of-each-tag
        best[name] = sum(article.views for article in found)
    return best


@positive(
    "query-in-loop",
    also=("n-plus-one",),
    model="freight.Shipment|freight.Carrier",
    code_contains=("annotate(", "Count("),
)
def shipments_by_carrier():
    """A count for each foreign id."""
    table = []
    # site: shipments-by-carrier
    for carrier in Carrier.objects.order_by("name"):
        number = Shipment.objects.filter(carrier=carrier, status="late").count()  # site: shipments-by-carrier
        table.append((carrier.name, number))
    return table


@positive(
    "query-in-loop",
    also=("n-plus-one",),
    model="school.Payment|school.Guardian",
    code_contains=("annotate(", "Sum("),
)
def open_balances():
    """A sum for each."""
    balances = {}
    # site: open-balances
    for guardian in Guardian.objects.filter(phone__endswith="3"):
        # site: open-balances
        unpaid = Payment.objects.filter(guardian=guardian, is_settled=False)
        balances[guardian.name] = unpaid.aggregate(total=Sum("amount"))["total"] or 0
    return balances


@positive("query-in-loop", also=("n-plus-one",), model="clinic.Visit", code_contains=("__in=|in_bulk(",))
def reload_visits():
    visits = list(Visit.objects.filter(status="open", fee__gt=150)[:25])
    Visit.objects.filter(status="open", fee__gt=150).update(status="seen")
    for visit in visits:
        visit.refresh_from_db()  # site: reload-visits
    return [visit.status for visit in visits]


@positive("query-in-loop", also=("n-plus-one",), model="school.Student", code_contains=(IN_BULK,))
async def invite_by_mail():
    """Awaited one after the other in an async view."""
    addresses = [f"student{number}@school.example" for number in range(0, 60, 2)]
    names = []
    for address in addresses:
        student = await Student.objects.aget(email=address)  # site: invite-by-mail
        names.append(student.name)
    return names


@positive(
    "query-in-loop",
    also=("n-plus-one",),
    model="newsroom.Comment",
    code_contains=("__in=|annotate(|values(",),
)
def does_anyone_comment():
    """`.exists()` for each key of a list."""
    keys = list(Article.objects.order_by("-pk").values_list("pk", flat=True)[:30])
    # site: does-anyone-comment
    return [key for key in keys if Comment.objects.filter(article_id=key, is_approved=False).exists()]


@positive("query-in-loop", also=("n-plus-one",), model="freight.Vehicle", code_contains=(IN_BULK,))
def plates_to_drivers():
    drivers = {}
    for row in ({"plate": f"QS-{number:04}"} for number in range(1, 100, 4)):
        try:
            # site: plates-to-drivers
            vehicle = Vehicle.objects.select_related("driver").get(plate=row["plate"])
        except Vehicle.DoesNotExist:
            continue
        drivers[vehicle.plate] = vehicle.driver.name if vehicle.driver else None
    return drivers


# What looks like it.


@negative("query-in-loop", "a thousand keys go in chunks of 250, each one query for many rows")
def names_in_chunks():
    keys = list(Patient.objects.values_list("pk", flat=True))
    names = []
    for start in range(0, len(keys), 250):
        found = Patient.objects.filter(pk__in=keys[start : start + 250])
        names.extend(patient.name for patient in found)
    return names


@negative("query-in-loop", "keyset pages: each query takes up where the last one ended")
def walk_by_key():
    last, total = 0, 0
    while page := list(Shipment.objects.filter(pk__gt=last, status="late").order_by("pk")[:200]):
        total += sum(shipment.weight for shipment in page)
        last = page[-1].pk
    return total


def maker_of(code):
    return Maker.objects.filter(drugs__code=code).get().name


@negative("query-in-loop", "one helper, called from two lines")
def compare_two_drugs():
    first = maker_of("D001")
    second = maker_of("D002")
    return first == second


@negative("query-in-loop", "a worker that takes one job after the other, with SKIP LOCKED")
def work_off_the_queue():
    done = []
    for _ in range(8):
        waiting = Comment.objects.select_for_update(skip_locked=True).filter(is_approved=False)
        job = waiting.order_by("pk").first()
        if job is None:
            break
        Comment.objects.filter(pk=job.pk).delete()
        done.append(job.text)
    return done


@negative("query-in-loop", "a fixed handful of different questions, each on a line of its own")
def office_numbers():
    numbers = {}
    numbers["doctors"] = Doctor.objects.count()
    numbers["makers"] = Maker.objects.count()
    numbers["desks"] = Desk.objects.count()
    numbers["tags"] = Tag.objects.count()
    numbers["courses"] = Course.objects.count()
    return numbers


@negative("query-in-loop", "`in_bulk` once, then a dictionary")
def check_delivery_at_once():
    drugs = Drug.objects.in_bulk(DELIVERY, field_name="code")
    return [drugs[code].name for code in DELIVERY]


@negative("query-in-loop", "polling: the same question again after a pause, since another process answers it")
def wait_for_arrival():
    import time

    for _ in range(4):
        if TrackingEvent.objects.filter(shipment_id=1, kind="arrived").exists():
            return True
        time.sleep(0.05)
    return False
