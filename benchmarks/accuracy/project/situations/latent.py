"""N+1s that one row of test data hides, and rows that are single by nature."""

from datetime import UTC, datetime, timedelta

from clinic.models import Doctor, Patient, Visit
from django.shortcuts import render
from freight.models import Note, Shipment, Tour
from newsroom.models import Article, Desk
from rest_framework import generics, serializers
from school.models import Course, Ensemble, Guardian, Lesson
from situation import negative, positive

NOW = datetime(2025, 6, 2, 12, tzinfo=UTC)


@positive(
    "latent-n-plus-one",
    model="freight.Shipment",
    relations=("carrier",),
    code=('Shipment.objects.select_related("carrier")',),
)
def shipments_like():
    found = Shipment.objects.filter(reference__startswith="SH000042")  # site: shipments-like
    return [f"{shipment.reference}: {shipment.carrier.name}" for shipment in found]


@positive(
    "latent-n-plus-one",
    model="school.Ensemble",
    relations=("members",),
    code=('Ensemble.objects.prefetch_related("members")',),
)
def ensembles_called():
    found = []
    for ensemble in Ensemble.objects.filter(name__icontains="semble 17"):  # site: ensembles-called
        found.append((ensemble.name, [member.name for member in ensemble.members.all()]))
    return found


@positive(
    "latent-n-plus-one",
    model="clinic.Visit",
    relations=("patient__insurer",),
    code=('Visit.objects.select_related("patient__insurer")',),
)
def visits_of_the_hour():
    """Two steps, one row."""
    # site: visits-of-the-hour
    visits = Visit.objects.filter(started_at__gte=NOW - timedelta(minutes=50), patient__insurer__isnull=False)
    return [visit.patient.insurer.name for visit in visits]


@positive(
    "latent-n-plus-one",
    model="newsroom.Article",
    relations=("desk",),
    code=('Article.published.select_related("desk")', 'Article.objects.select_related("desk")'),
)
def search_headlines():
    """Through the manager and a helper."""
    hits = Article.objects.filter(headline="Headline 1234")  # site: search-headlines
    return [describe(article) for article in hits]


def describe(article):
    return f"{article.headline} ({article.desk.name if article.desk_id else 'none'})"


@positive(
    "latent-n-plus-one",
    model="freight.Note",
    relations=("target",),
    code=('Note.objects.prefetch_related("target")',),
)
def notes_saying():
    return [str(note.target) for note in Note.objects.filter(text="Note 77")]  # site: notes-saying


class LessonSerializer(serializers.ModelSerializer):
    teacher = serializers.CharField(source="course.teacher.name")

    class Meta:
        model = Lesson
        fields = ["topic", "teacher"]


@positive(
    "latent-n-plus-one",
    model="school.Lesson",
    relations=("course__teacher",),
    code=('Lesson.objects.select_related("course__teacher")',),
)
class LessonsOnTopic(generics.ListAPIView):
    """An API's list, visited with one row."""

    queryset = Lesson.objects.filter(topic="Lesson 321")  # site: lessons-on-topic
    serializer_class = LessonSerializer


@positive(
    "latent-n-plus-one",
    model="clinic.Visit",
    relations=("patient", "room__ward"),
    code=('Visit.objects.select_related("patient", "room__ward")',),
)
def quiet_ward(request):
    """A template's loop over one row."""
    # site: quiet-ward
    visits = Visit.objects.filter(status="open", room__isnull=False).filter(pk__lte=20)[:40]
    return render(request, "clinic/ward_board.html", {"visits": visits})


@positive(
    "latent-n-plus-one",
    model="school.Guardian",
    relations=("children__courses",),
    code=('Guardian.objects.prefetch_related("children__courses")',),
)
def families_named():
    """Two steps down, over one row each."""
    found = {}
    for guardian in Guardian.objects.filter(name__endswith="Guardian 398"):  # site: families-named
        for child in guardian.children.all():
            found[child.name] = [course.title for course in child.courses.all()]
    return found


@negative("latent-n-plus-one", "filtered by its key, a queryset can't return many")
def visit_by_key():
    return [visit.patient.name for visit in Visit.objects.filter(pk=77)]


@negative("latent-n-plus-one", "filtered by a unique field, a queryset can't return many")
def shipment_by_reference():
    return [f"{shipment} {shipment.carrier}" for shipment in Shipment.objects.filter(reference="SH000123")]


@negative("latent-n-plus-one", "one row by its key: `get()` can't return many")
def visit_card():
    visit = Visit.objects.get(pk=Visit.objects.values_list("pk", flat=True).first())
    return f"{visit.patient.name} sees {visit.doctor.name}"


@negative("latent-n-plus-one", "`first()` gives one row")
def newest_shipment():
    shipment = Shipment.objects.order_by("-booked_at").first()
    return f"{shipment.reference} of {shipment.carrier.name}"


@negative("latent-n-plus-one", "one object, read through many of its own relations")
def patient_page():
    patient = Patient.objects.get(name="Patient 0011")
    visits = [visit.fee for visit in patient.visits.all()]
    allergies = [drug.name for drug in patient.allergies.all()]
    return patient.insurer_name(), patient.family_doctor.title, visits, allergies


@negative("latent-n-plus-one", "a slice of one is meant to be one")
def lead_story():
    (article,) = Article.objects.order_by("-views")[:1]
    return f"{article.headline} {article.topic.name}"


@negative("latent-n-plus-one", "the one row came with what is read of it")
def one_course():
    courses = Course.objects.filter(title="Course 7").select_related("teacher", "instrument")
    return [f"{course.teacher.name} {course.instrument.name}" for course in courses]


@negative("latent-n-plus-one", "`latest()` and `earliest()` give one row each")
def first_and_last_lesson():
    first, last = Lesson.objects.earliest("starts_at"), Lesson.objects.latest("starts_at")
    return first.course.title, last.course.title


@negative("latent-n-plus-one", "one chosen desk, then its own members")
def desk_page():
    desk = Desk.objects.get(name="Desk 4")
    chief = desk.chief
    return chief.phone, [journalist.phone for journalist in desk.journalists.all()]


@negative("latent-n-plus-one", "looked up by a unique name and taken by `get()`, then a to-many of its own")
def tour_page():
    tour = Tour.objects.select_related("vehicle").get(name="Tour 3")
    doctor = Doctor.objects.filter(name="Doctor 1").first()
    return [depot.code for depot in tour.stops.all()], tour.vehicle.plate, doctor.room_number
