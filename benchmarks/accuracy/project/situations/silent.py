"""Pages that ask much and waste nothing: whatever is reported of them is a false alarm."""

from importlib import import_module

from clinic.models import Doctor, Patient, Visit, Ward
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.db.models import Count, F, OuterRef, Prefetch, Subquery
from django.shortcuts import render
from freight.models import Depot, Note, Shipment, Tour, TrackingEvent, Vehicle
from newsroom.models import Article, Comment, Desk, Journalist
from school.models import Course, Guardian, Lesson, Logbook, Student
from situation import negative


@negative("n-plus-one", "keys that are NULL ask for nothing")
def without_room():
    visits = Visit.objects.filter(room__isnull=True, fee=150)
    return [visit.room.number if visit.room else "–" for visit in visits]


@negative("n-plus-one", "the rows of a related manager know whose they are")
def known_parent():
    patient = Patient.objects.get(name="Patient 0021")
    return [f"{visit.patient.name} {visit.fee}" for visit in patient.visits.all()]


@negative("n-plus-one", "prefetched rows know whose they are")
def known_parents():
    desks = Desk.objects.prefetch_related("journalists").order_by("name")
    return [f"{person.desk.name} {person.phone}" for desk in desks for person in desk.journalists.all()]


@negative("n-plus-one", "read once, a key is kept on its object")
def asked_once():
    course = Course.objects.get(title="Course 3")
    return [course.teacher.name for _ in range(20)]


@negative("n-plus-one", "annotations stand in for relations")
def annotated():
    newest = TrackingEvent.objects.filter(shipment=OuterRef("pk")).order_by("-at").values("kind")[:1]
    shipments = Shipment.objects.late().annotate(last=Subquery(newest), number=Count("events"))
    names = shipments.annotate(carrier_name=F("carrier__name")).order_by("pk")[:40]
    return [(shipment.reference, shipment.last, shipment.number, shipment.carrier_name) for shipment in names]


@negative("n-plus-one", "rows as dictionaries, with what was joined")
def as_values():
    rows = Visit.objects.filter(status="open").values("patient__name", "doctor__name", "fee")[:40]
    return [f"{row['patient__name']} {row['doctor__name']}" for row in rows]


@negative("n-plus-one", "one query for each of three branches, which are servers of their own")
def every_branch():
    return {alias: Logbook.objects.using(alias).count() for alias in ("north", "south", "west", "default")}


@negative("n-plus-one", "a session, loaded and saved for a request")
def session():
    store = SessionStore()
    store["basket"] = [1, 2, 3]
    store.save()
    again = SessionStore(session_key=store.session_key)
    again["basket"] = [*again["basket"], 4]
    again.save()
    return again["basket"]


@negative("n-plus-one", "permissions: two queries, kept on the user")
def permissions():
    user = User.objects.get(username="user3")
    names = (
        "clinic.view_visit",
        "clinic.add_visit",
        "freight.view_tour",
        "school.add_lesson",
        "school.view_room",
    )
    return [user.has_perm(name) for name in names]


@negative("write-in-loop", "savepoints, one for each of a few imports, around bulk inserts")
def savepoints():
    for number in range(5):
        with transaction.atomic():
            Logbook.objects.bulk_create(Logbook(text=f"{number}/{part}") for part in range(50))


@negative("write-in-loop", "a factory of the tests makes its rows one by one")
def rows_for_tests():
    from school.tests.factories import make_class

    return len(make_class())


@negative("n-plus-one", "the loop is a test's body")
def a_tests_own_loop():
    from school.tests.test_courses import test_every_course_has_a_teacher

    test_every_course_has_a_teacher()


@negative("write-in-loop", "a migration runs once")
def a_migration():
    from django.apps import apps

    import_module("school.migrations.0001_levels").move_up(apps, None)


@negative("n-plus-one", "the prefetch of mixed kinds: one query for each kind")
def notes_prefetched():
    return [str(note.target) for note in Note.objects.prefetch_related("target").order_by("pk")[:60]]


@negative("n-plus-one", "a prefetch with a filter, a join and an attribute of its own")
def everything_prefetched(request):
    holds = TrackingEvent.objects.filter(kind="hold").select_related("depot")
    shipments = (
        Shipment.objects.under_way()
        .select_related("origin__region", "carrier")
        .prefetch_related(Prefetch("events", queryset=holds, to_attr="holds"), "legs__vehicle")
        .order_by("pk")[:20]
    )
    lines = []
    for shipment in shipments:
        places = [event.depot.code for event in shipment.holds]
        plates = [leg.vehicle.plate for leg in shipment.legs.all()]
        lines.append({"name": f"{shipment.origin} {shipment.carrier} {places} {plates}"})
    return render(request, "newsroom/names.html", {"number": len(lines), "articles": lines})


@negative("n-plus-one", "two lists of one model, of which each asks once")
def two_columns():
    old = [student.name for student in Student.objects.filter(level=5).order_by("name")[:20]]
    new = [student.name for student in Student.objects.filter(level=1).order_by("name")[:20]]
    return old, new


@negative("n-plus-one", "a tour's depots by one IN for all tours")
def joined_in_python():
    tours = list(Tour.objects.order_by("name")[:20])
    vehicles = Vehicle.objects.in_bulk({tour.vehicle_id for tour in tours})
    return [f"{tour.name} {vehicles[tour.vehicle_id].plate}" for tour in tours]


@negative("n-plus-one", "the foreign key of a single row, and that one's, and that one's")
def one_long_chain():
    lesson = Lesson.objects.filter(room__isnull=False).first()
    return lesson.course.instrument.family.name, lesson.room.building.name, lesson.course.teacher.room_id


@negative("duplicate-query", "one helper, four lines, four depots")
def four_depots():
    first = depot_name("DP001")
    second = depot_name("DP002")
    third = depot_name("DP003")
    fourth = depot_name("DP004")
    return first, second, third, fourth


def depot_name(code):
    return Depot.objects.values_list("name", flat=True).get(code=code)


@negative("query-in-loop", "two questions, each of many rows")
def yearly_totals():
    totals = {}
    for status in ("open", "closed"):
        totals[status] = sum(Visit.objects.filter(status=status).values_list("fee", flat=True)[:500])
    return totals


@negative("n-plus-one", "an async page whose rows came with everything")
async def async_joined():
    found = []
    async for person in Journalist.objects.select_related("user", "desk").order_by("pk")[:40]:
        found.append(f"{person} {person.desk.name}")
    return found


@negative("n-plus-one", "`iterator()` with a join")
def iterator_joined():
    visits = Visit.objects.select_related("patient__insurer").filter(status="open")
    return [visit.patient.insurer_name() for visit in visits.iterator(chunk_size=50)]


@negative("count-then-iterate", "a count of one thing, the rows of another")
def counts_beside():
    waiting = Comment.objects.filter(is_approved=False).count()
    articles = Article.objects.order_by("-views")[:10]
    return waiting, [article.headline for article in articles]


@negative("query-in-loop", "a loop that ends at the first answer")
def first_free_name():
    for number in range(1, 6):
        name = f"Ward {number + 8}"
        if not Ward.objects.filter(name=name).exists():
            return name
    return None


@negative("refiltered-prefetch", "the filter is asked of one object, not of the prefetched many")
def one_of_many():
    guardians = list(Guardian.objects.prefetch_related("children").filter(phone__endswith="4"))
    names = {guardian.name: [child.name for child in guardian.children.all()] for guardian in guardians}
    eldest = guardians[0].children.order_by("-level").first()
    return names, eldest and eldest.name


@negative("n-plus-one", "a doctor's page: one object, four lists of its own")
def doctors_page():
    doctor = Doctor.objects.select_related("speciality").get(name="Doctor 2")
    return (
        doctor.title,
        [trainee.name for trainee in doctor.trainees.all()],
        [patient.name for patient in doctor.family_patients.all()[:20]],
        [ward.name for ward in doctor.headed_wards.all()],
        doctor.visits.count(),
    )
