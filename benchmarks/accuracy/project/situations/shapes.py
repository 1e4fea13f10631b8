"""N+1s in the shapes that code takes: helpers, sorting, generators, threads, managers, unions, iterators."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count, groupby
from operator import attrgetter

from asgiref.sync import sync_to_async
from clinic.models import Doctor, Patient, Prescription, Visit
from django.db import connection
from freight.models import Leg, Shipment, TrackingEvent, Vehicle
from newsroom.models import Article, Comment, Essay
from school.models import Attendance, Course, Enrolment, Lesson, Student
from situation import positive


@positive(
    "n-plus-one",
    model="clinic.Visit",
    relations=("patient",),
    code=('Visit.objects.select_related("patient")',),
)
def waiting_room():
    visits = Visit.objects.open().filter(room__isnull=True)[:40]  # site: waiting-room
    return [visit.pk for visit in sorted(visits, key=lambda visit: visit.patient.name)]


def line_of(prescription):
    return f"{prescription.drug.name} ({prescription.drug.maker.country}) {prescription.dose}"


@positive(
    "n-plus-one",
    model="clinic.Prescription",
    relations=("drug__maker",),
    code=('Prescription.objects.select_related("drug__maker")',),
)
def pharmacy_order():
    """A helper of the module reads what the caller loaded."""
    wanted = Prescription.objects.filter(days=28).order_by("pk")[:40]  # site: pharmacy-order
    return list(map(line_of, wanted))


def heavy_shipments():
    return Shipment.objects.filter(weight__gte=895)  # site: heavy-load-list


def not_arrived(shipments):
    return shipments.exclude(status="arrived")


@positive(
    "n-plus-one",
    model="freight.Shipment",
    relations=("carrier",),
    code=('Shipment.objects.select_related("carrier")',),
)
def heavy_load_list():
    """One function begins the queryset, another narrows it, the page reads it."""
    return [f"{shipment} {shipment.carrier}" for shipment in not_arrived(heavy_shipments()).order_by("pk")]


@dataclass
class Row:
    reference: str
    depot: str
    region: str


def load_legs():
    return list(Leg.objects.filter(km__gt=696, vehicle__depot__isnull=False))  # site: leg-report


def to_rows(legs):
    return [Row(leg.shipment.reference, leg.vehicle.depot.name, leg.vehicle.depot.code) for leg in legs]


@positive(
    "n-plus-one",
    model="freight.Leg",
    relations=("shipment", "vehicle__depot"),
    code=('Leg.objects.select_related("shipment", "vehicle__depot")',),
)
def leg_report():
    """Loaded in one function, read in another, joined by a third."""
    rows = to_rows(load_legs())
    return "\n".join(f"{row.reference};{row.depot};{row.region}" for row in rows)


def export_lines(status):
    for shipment in Shipment.objects.filter(status=status).order_by("pk")[:40]:  # site: customs-export
        yield f"{shipment.reference};{shipment.origin.code};{shipment.destination.code}"


@positive(
    "n-plus-one",
    model="freight.Shipment",
    relations=("destination", "origin"),
    code=('Shipment.objects.select_related("destination", "origin")',),
)
def customs_export():
    """Written by a generator."""
    return "\n".join(export_lines("booked"))


@positive(
    "n-plus-one",
    model="school.Lesson",
    relations=("course__teacher",),
    code=('Lesson.objects.select_related("course__teacher")',),
)
def lessons_by_teacher():
    lessons = Lesson.objects.order_by("course__teacher_id", "starts_at")[:60]  # site: lessons-by-teacher
    return {
        name: [lesson.topic for lesson in group]
        for name, group in groupby(lessons, key=attrgetter("course.teacher.name"))
    }


def weigh(shipment):
    try:
        return shipment.carrier.name, shipment.weight
    finally:
        connection.close()


@positive(
    "n-plus-one",
    model="freight.Shipment",
    relations=("carrier",),
    code=('Shipment.objects.select_related("carrier")',),
    is_autocommit=True,
)
def weigh_in_parallel():
    """The rows are read in other threads than they were loaded in."""
    shipments = list(Shipment.objects.filter(weight=500))  # site: weigh-in-parallel
    with ThreadPoolExecutor(max_workers=3) as pool:
        return dict(pool.map(weigh, shipments))


@positive(
    "n-plus-one",
    model="newsroom.Article",
    relations=("tags",),
    code=('Article.objects.prefetch_related("tags")',),
)
async def tag_feed():
    """An async view over async iterators."""
    entries = []
    async for article in Article.objects.order_by("-published_at")[:20]:  # site: tag-feed
        entries.append((article.slug, [tag.name async for tag in article.tags.all()]))
    return entries


@positive(
    "n-plus-one",
    model="newsroom.Article",
    relations=("author__user",),
    code=('Article.objects.select_related("author__user")',),
)
async def async_bylines():
    articles = [article async for article in Article.objects.order_by("views")[:15]]  # site: async-bylines
    describe = sync_to_async(lambda: [str(article.author) for article in articles])
    return await describe()


@positive(
    "n-plus-one",
    model="school.Attendance",
    relations=("student",),
    code=('Attendance.objects.select_related("student")',),
)
def absent_today():
    """`iterator()` keeps no rows, and a join is all it needs."""
    missing = Attendance.objects.filter(is_present=False, lesson_id__lt=120)  # site: absent-today
    return [attendance.student.email for attendance in missing.iterator()]


@positive(
    "n-plus-one",
    model="freight.Vehicle",
    relations=("legs",),
    code_contains=('prefetch_related("legs")|Sum("legs__km")',),
    advice=("chunk_size|Sum(",),
)
def mileage_check():
    """`iterator()` with a to-many relation: prefetching needs its chunk_size."""
    report = {}
    vehicles = Vehicle.objects.filter(depot__isnull=True).order_by("plate")  # site: mileage-check
    for vehicle in vehicles.iterator():
        report[vehicle.plate] = sum(leg.km for leg in vehicle.legs.all())
    return report


@positive(
    "n-plus-one",
    model="clinic.Visit",
    code_contains=('"patient"',),
    advice=("union|both|each|prefetch_related",),
)
def urgent_visits():
    """Two querysets in a union: eager loading belongs to both."""
    # site: urgent-visits
    open_ones = Visit.objects.open().filter(fee__gt=190)
    dear_ones = Visit.objects.filter(fee=219)  # site: urgent-visits
    return [visit.patient.name for visit in open_ones.union(dear_ones)]


@positive(
    "n-plus-one",
    model="school.Course",
    relations=("teacher__room",),
    code=('Course.objects.select_related("teacher__room")',),
)
def course_cards():
    """`in_bulk` gives a dictionary, and its values are read later."""
    chosen = Enrolment.objects.filter(grade=6).values_list("course_id", flat=True)[:60]
    courses = Course.objects.in_bulk(chosen)  # site: course-cards
    cards = []
    for pk in sorted(courses):
        room = courses[pk].teacher.room
        cards.append((courses[pk].title, room.name if room else "at home"))
    return cards


@positive(
    "n-plus-one",
    model="clinic.Visit",
    relations=("patient",),
    code=('Visit.billable.select_related("patient")',),
)
def billing_run():
    """A manager of its own begins the queryset: the page's line or the manager's."""
    due = Visit.billable.filter(status="open")[:40]  # site: billing-run
    return [(visit.patient.name, visit.fee) for visit in due]


@positive(
    "n-plus-one",
    model="newsroom.Article",
    relations=("author__desk", "author__user"),
    code=('Article.published.select_related("author__desk", "author__user")',),
)
def front_page():
    latest = Article.published.order_by("-published_at")[:12]  # site: front-page
    return [{"headline": article.headline, "byline": article.byline} for article in latest]


@positive(
    "n-plus-one",
    model="clinic.Patient",
    relations=("insurer",),
    code=('Patient.objects.prefetch_related("insurer")', 'prefetch_related("insurer")'),
)
def oldest_patients():
    """Raw SQL gives instances too; it can be prefetched, not joined."""
    oldest = Patient.objects.raw(  # site: oldest-patients
        "SELECT * FROM clinic_patient WHERE insurer_id IS NOT NULL ORDER BY born LIMIT 30"
    )
    return [f"{patient.name}: {patient.insurer.name}" for patient in oldest]


@positive(
    "n-plus-one",
    model="clinic.Visit",
    relations=("patient",),
    code=('doctor.visits.select_related("patient")',),
)
def doctors_day():
    """The queryset begins at a related manager."""
    doctor = Doctor.objects.get(name="Doctor 3")
    visits = doctor.visits.order_by("-started_at")[:25]  # site: doctors-day
    return [f"{visit.started_at:%H:%M} {visit.patient.name}" for visit in visits]


class Invoicer:
    """Keeps what it loaded and works on it step by step."""

    def __init__(self, level):
        # site: invoices
        self.students = list(Student.objects.filter(level=level, guardian__isnull=False)[:30])
        self.lines = []

    def run(self):
        for index in range(len(self.students)):
            self.add(index)
        return self.lines

    def add(self, index):
        self.lines.append(f"{self.students[index].guardian.name}: {self.students[index].name}")


@positive(
    "n-plus-one",
    model="school.Student",
    relations=("guardian",),
    code=('Student.objects.select_related("guardian")',),
)
def invoices():
    """Kept on an object, read by index in a method."""
    return Invoicer(level=4).run()


@positive(
    "n-plus-one",
    model="newsroom.Essay",
    relations=("author__user",),
    code=('Essay.objects.select_related("author__user")',),
)
def essay_index():
    """`defer()` is there already, and stays."""
    essays = Essay.objects.defer("body", "rendered").order_by("headline")[:40]  # site: essay-index
    return [f"{essay.headline} – {essay.author}" for essay in essays]


@positive(
    "n-plus-one",
    model="newsroom.Comment",
    relations=("article",),
    code=('Comment.objects.select_related("article")',),
)
def moderation_queue():
    """Read in a while loop that takes rows off a list."""
    # site: moderation-queue
    queue = list(Comment.objects.filter(is_approved=False).order_by("created_at")[:30])
    seen = []
    while queue:
        comment = queue.pop()
        seen.append((comment.article.headline, comment.text))
    return seen


@positive(
    "n-plus-one",
    model="freight.TrackingEvent",
    relations=("depot__region", "shipment__carrier"),
    code=('TrackingEvent.objects.select_related("depot__region", "shipment__carrier")',),
)
def event_stream():
    """A generator around a generator; only the first forty rows are taken."""

    def events():
        yield from TrackingEvent.objects.filter(kind="hold").order_by("-at")[:40]  # site: event-stream

    def described():
        for event in events():
            yield f"{event.depot} {event.shipment.carrier.name} {event.at}"

    return list(described())


spans = count(1)


def mark_statement(execute, sql, params, many, context):
    return execute(f"{sql} /*traceparent='00-{next(spans):032x}-01'*/", params, many, context)


@positive(
    "n-plus-one",
    model="freight.Vehicle",
    relations=("carrier",),
    code=('Vehicle.objects.select_related("carrier")',),
)
def marked_statements():
    """A comment in each statement, which differs each time."""
    with connection.execute_wrapper(mark_statement):
        vehicles = Vehicle.objects.filter(mileage__gt=180_000)  # site: marked-statements
        return [f"{vehicle.plate} {vehicle.carrier.name}" for vehicle in vehicles]
