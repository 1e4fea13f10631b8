"""N+1s as they are met from day to day: tags, commands, locks, exports, generic code, several visits of one page."""

import asyncio
import logging
from functools import cached_property

from asgiref.sync import sync_to_async
from clinic.models import Doctor, Patient, Visit
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, call_command
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, render
from freight.models import Carrier, Licence, Note, Shipment, Vehicle
from newsroom.models import Article, Revision
from rest_framework import generics, serializers
from school.models import Building, Course, Enrolment, Ensemble, Lesson, Student
from situation import positive

log = logging.getLogger(__name__)


@positive(
    "n-plus-one",
    model="freight.Shipment",
    relations=("carrier", "invoice"),
    code=('Shipment.objects.select_related("carrier", "invoice")',),
    runs=({"show": "amounts"}, {"show": "carriers"}),
)
def invoice_page(request):
    """One visit reads this, another one that: the queryset needs both."""
    # site: invoice-page
    shipments = Shipment.objects.filter(invoice__isnull=False, status="late")[:25]
    return render(request, "freight/invoices.html", {"shipments": shipments, "show": request.GET["show"]})


@positive(
    "n-plus-one",
    model="newsroom.Article",
    relations=("author__user",),
    code=('Article.objects.select_related("author__user")',),
)
def signed_page(request):
    """A filter of the template library reads what a page of a paginator holds."""
    articles = Article.objects.filter(views__gt=9_000).order_by("headline")  # site: signed-page
    page = Paginator(articles, 20).get_page(request.GET.get("page"))
    return render(request, "newsroom/signed.html", {"page": page})


@positive(
    "n-plus-one",
    also=("query-in-loop",),
    model="newsroom.Article",
    code_contains=('"author__user"', "annotate(|prefetch_related(", "Subquery(|Prefetch("),
)
def tagged_page(request):
    """A filter reads a key, and a tag asks for the newest comment."""
    articles = Article.objects.filter(status="draft").order_by("-views")[:20]  # site: tagged-page
    return render(request, "newsroom/tagged.html", {"page": articles})


class RemindCommand(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--level", type=int, default=1)

    def handle(self, *args, level, **options):
        students = Student.objects.filter(level=level, mentor__isnull=False)[:30]  # site: remind-mentors
        for student in students:
            self.remind(student)

    def remind(self, student):
        log.debug("To %s about %s", student.mentor.name, student.name)


@positive(
    "n-plus-one",
    model="school.Student",
    relations=("mentor",),
    code=('Student.objects.select_related("mentor")', 'Student.objects.prefetch_related("mentor")'),
)
def remind_mentors():
    """A management command."""
    call_command(RemindCommand(), level=3)


@positive(
    "n-plus-one",
    model="freight.Vehicle",
    code_contains=('prefetch_related("depot")|of=("self",',),
)
def lock_vehicles():
    """FOR UPDATE refuses the outer join that a key that may be null needs."""
    plates = []
    # site: lock-vehicles
    for vehicle in Vehicle.objects.select_for_update().filter(depot__isnull=False)[:25]:
        plates.append((vehicle.plate, vehicle.depot.code))
    return plates


COLUMNS = ("reference", "carrier.name", "origin.region.name")


def value_of(row, dotted):
    for name in dotted.split("."):
        row = getattr(row, name)
    return row


@positive(
    "n-plus-one",
    model="freight.Shipment",
    relations=("carrier", "origin__region"),
    code=('Shipment.objects.select_related("carrier", "origin__region")',),
)
def spreadsheet():
    """Generic code: the columns are data."""
    shipments = Shipment.objects.filter(weight__lt=14)  # site: spreadsheet
    return [[value_of(shipment, column) for column in COLUMNS] for shipment in shipments]


def relations_for(kind):
    return {"short": ["patient"], "long": ["patient", "doctor"]}[kind]  # site: report-of-kind


@positive(
    "n-plus-one",
    model="clinic.Visit",
    code_contains=('"doctor"',),
)
def report_of_kind(kind="short"):
    """The list of relations is built at run time."""
    visits = Visit.objects.filter(fee=90).select_related(*relations_for(kind))  # site: report-of-kind
    return [f"{visit.patient.name} {visit.doctor.name}" for visit in visits]


def count_statements(execute, sql, params, many, context):
    return execute(sql, params, many, context)


@positive(
    "n-plus-one",
    model="school.Lesson",
    relations=("course",),
    code=('Lesson.objects.select_related("course")',),
)
def watched_lessons():
    """A wrapper of the application's own stands between the ORM and the database."""
    with connection.execute_wrapper(count_statements):
        lessons = Lesson.objects.order_by("-pk")[:30]  # site: watched-lessons
        return [lesson.course.title for lesson in lessons]


@positive(
    "n-plus-one",
    model="freight.Note",
    code_contains=('"target"|GenericPrefetch(',),
    code_lacks=('"target__origin"',),
)
def notes_with_origin():
    """What is noted on is of two kinds, and only one of them has an origin."""
    lines = []
    for note in Note.objects.order_by("pk")[:40]:  # site: notes-with-origin
        target = note.target
        place = target.origin.code if isinstance(target, Shipment) else target.plate
        lines.append(f"{place}: {note.text}")
    return lines


@positive(
    "n-plus-one",
    model="auth.User",
    relations=("journalist__desk",),
    code=(
        'get_user_model().objects.select_related("journalist__desk")',
        'User.objects.select_related("journalist__desk")',
    ),
)
def accounts():
    """A model of Django's, back over a one-to-one."""
    users = get_user_model().objects.filter(last_name__contains="5")  # site: accounts
    return {user.username: user.journalist.desk.name for user in users}


@positive(
    "n-plus-one",
    model="school.Ensemble",
    relations=("members__guardian",),
    code=(
        'Ensemble.objects.prefetch_related("members__guardian")',
        'Ensemble.objects.prefetch_related("members", "members__guardian")',
        'Ensemble.objects.prefetch_related(Prefetch("members", queryset=Student.objects.select_related("guardian")))',
    ),
)
def emergency_numbers():
    """A key below a many-to-many that is prefetched."""
    numbers = {}
    # site: emergency-numbers
    for ensemble in Ensemble.objects.prefetch_related("members").filter(name__contains="1"):
        numbers[ensemble.name] = [
            member.guardian.phone for member in ensemble.members.all() if member.guardian_id
        ]
    return numbers


class Fare:
    def __init__(self, shipment):
        self.shipment = shipment

    @cached_property
    def country(self):
        return self.shipment.carrier.country

    def total(self):
        return self.shipment.weight * (2 if self.country == "DE" else 3)


@positive(
    "n-plus-one",
    model="freight.Shipment",
    relations=("carrier",),
    code=('Shipment.objects.select_related("carrier")',),
)
def fares():
    """A cached property of another class, once for each."""
    return sum(Fare(shipment).total() for shipment in Shipment.objects.filter(weight=77))  # site: fares


@positive(
    "n-plus-one",
    model="clinic.Visit",
    relations=("doctor",),
    code=('Visit.objects.select_related("doctor")',),
)
async def gathered():
    """Awaited all together."""
    visits = [visit async for visit in Visit.objects.filter(fee=44)[:20]]  # site: gathered
    return await asyncio.gather(*(sync_to_async(lambda one=visit: one.doctor.name)() for visit in visits))


@positive(
    "n-plus-one",
    model="clinic.Patient",
    relations=("family_doctor",),
    code=(
        'Patient.objects.select_related("family_doctor")',
        'Patient.objects.prefetch_related("family_doctor")',
    ),
)
def either_or():
    """Two conditions in one, with an annotation."""
    patients = (
        Patient.objects.filter(Q(born__year=1961) | Q(born__year=1962))  # site: either-or
        .exclude(family_doctor=None)
        .annotate(number=Count("visits"))
        .order_by("-number")
    )
    return [(patient.name, patient.number, patient.family_doctor.name) for patient in patients[:30]]


@positive(
    "n-plus-one",
    model="clinic.Visit",
    relations=("doctor",),
    code=('Visit.objects.select_related("doctor")',),
)
def combined():
    """Two querysets joined by `|`: the first one is the root."""
    dear = Visit.objects.filter(fee=199)  # site: combined
    cheap = Visit.objects.filter(fee=21)
    return [visit.doctor.name for visit in dear | cheap]


@positive(
    "n-plus-one",
    model="freight.Shipment",
    relations=("invoice",),
    code=('Shipment.objects.select_related("invoice")',),
)
def unpaid():
    """`DoesNotExist` is an answer too, and each costs a query."""
    missing = []
    for shipment in Shipment.objects.filter(status="arrived", weight__in=(23, 28)):  # site: unpaid
        try:
            if not shipment.invoice.is_paid:
                missing.append(shipment.reference)
        except Shipment.invoice.RelatedObjectDoesNotExist:
            missing.append(f"{shipment.reference}: none")
    return missing


@positive(
    "n-plus-one",
    model="school.Enrolment",
    relations=("course__instrument", "student"),
    code=('Enrolment.objects.select_related("course__instrument", "student")',),
)
def class_list():
    """The rows between two models."""
    active = Enrolment.objects.filter(is_active=True, grade=6).order_by("pk")[:30]  # site: class-list
    return {f"{row.student.name}: {row.course.instrument.name}" for row in active}


class BuildingSerializer(serializers.ModelSerializer):
    class Meta:
        model = Building
        fields = ["name"]

    def to_representation(self, building):
        data = super().to_representation(building)
        data["rooms"] = [
            {"name": room.name, "teachers": [teacher.name for teacher in room.teachers.all()]}
            for room in building.rooms.all()
        ]
        return data


@positive(
    "n-plus-one",
    model="school.Building",
    relations=("rooms", "rooms__teachers"),
    code=('Building.objects.prefetch_related("rooms__teachers")',),
)
class BuildingList(generics.ListAPIView):
    """`to_representation` goes two to-many steps down."""

    queryset = Building.objects.order_by("name")  # site: building-list
    serializer_class = BuildingSerializer


@positive(
    "n-plus-one",
    model="newsroom.Revision",
    relations=("editor__desk",),
    code=('article.revisions.select_related("editor__desk")',),
    prepare=lambda: Revision.objects.filter(number=1).update(article=Article.objects.get(slug="headline-40")),
)
def revision_page(request):
    """One article, its many revisions, their editors' desks."""
    article = get_object_or_404(Article, slug="headline-40")
    revisions = article.revisions.all()[:30]  # site: revision-page
    names = [{"name": revision.editor.desk.name} for revision in revisions]
    return render(request, "newsroom/names.html", {"number": len(names), "articles": names})


@positive(
    "n-plus-one",
    model="freight.Carrier",
    relations=("drivers__licence",),
    code=(
        'Carrier.objects.prefetch_related("drivers__licence")',
        'Carrier.objects.prefetch_related(Prefetch("drivers", queryset=Driver.objects.select_related("licence")))',
    ),
)
def licences_by_carrier():
    """To-many, then back over a one-to-one that some don't have."""
    numbers = {}
    for carrier in Carrier.objects.filter(country="PL"):  # site: licences-by-carrier
        for driver in carrier.drivers.all():
            try:
                numbers.setdefault(carrier.name, []).append(driver.licence.number)
            except Licence.DoesNotExist:
                continue
    return numbers


@positive(
    "n-plus-one",
    model="clinic.Doctor",
    relations=("headed_wards__rooms",),
    code=('Doctor.objects.prefetch_related("headed_wards__rooms")',),
)
def rooms_of_heads():
    found = []
    for doctor in Doctor.objects.filter(headed_wards__isnull=False):  # site: rooms-of-heads
        found.extend(room.number for ward in doctor.headed_wards.all() for room in ward.rooms.all())
    return found


@positive(
    "n-plus-one",
    model="school.Course",
    relations=("instrument", "teacher"),
    code=('Course.objects.select_related("instrument", "teacher")',),
)
@positive(
    "n-plus-one",
    site="two-lists-on-a-page-two",
    model="school.Lesson",
    relations=("room",),
    code=('Lesson.objects.select_related("room")',),
)
def two_lists_on_a_page():
    """Two querysets, two findings."""
    courses = Course.objects.filter(tariff_code="C")[:25]  # site: two-lists-on-a-page
    lessons = Lesson.objects.filter(room__isnull=False).order_by("pk")[:25]  # site: two-lists-on-a-page-two
    lines = [f"{course.title}, {course.teacher.name}, {course.instrument.name}" for course in courses]
    return lines + [f"{lesson.topic} in {lesson.room.name}" for lesson in lessons]
