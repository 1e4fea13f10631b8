"""Eager loads that nobody reads, over all visits of a page; and those that somebody does."""

import pickle

from clinic.models import Patient, Visit
from django.core import serializers as django_serializers
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import render
from django.views.generic import ListView
from freight.models import Depot, Shipment, Vehicle
from newsroom.models import Article
from rest_framework import generics, serializers
from school.models import Ensemble, Lesson, Student
from situation import negative, positive

REMOVE = ("remove", "rewrite", "select_related", "prefetch_related")


@positive(
    "unused-select-related",
    model="clinic.Patient",
    code=('Patient.objects.select_related("insurer")',),
    advice=("family_doctor",),
)
def insurance_cards():
    """Two are joined, one is read."""
    # site: insurance-cards
    patients = Patient.objects.select_related("insurer", "family_doctor").filter(born__year=1970)
    return [(patient.name, patient.insurer_name()) for patient in patients]


@positive(
    "unused-select-related",
    model="freight.Shipment",
    kinds=REMOVE,
    advice=("carrier",),
    runs=({"status": "late"}, {"status": "booked"}),
)
def weights_by_carrier(status):
    """Joined for its key, which is a column of the row."""
    totals = {}
    # site: weights-by-carrier
    for shipment in Shipment.objects.select_related("carrier").filter(status=status, weight__gt=850):
        totals[shipment.carrier_id] = totals.get(shipment.carrier_id, 0) + shipment.weight
    return totals


@positive(
    "unused-select-related",
    model="school.Lesson",
    code=('Lesson.objects.select_related("course")', 'Lesson.objects.select_related("course", "course")'),
    advice=("teacher",),
)
def lesson_titles():
    """The path is longer than what is read of it."""
    # site: lesson-titles
    lessons = Lesson.objects.select_related("course__teacher__room").order_by("-starts_at")[:50]
    return [f"{lesson.course.title}: {lesson.topic}" for lesson in lessons]


@positive(
    "unused-select-related", model="newsroom.Article", kinds=REMOVE, advice=("photo",), runs=({}, {"page": 2})
)
class Headlines(ListView):
    queryset = Article.objects.select_related("photo").order_by("-published_at")  # site: headlines
    template_name = "newsroom/plain.html"
    context_object_name = "articles"
    paginate_by = 40


@positive(
    "unused-select-related",
    model="newsroom.Article",
    kinds=REMOVE,
    advice=("topic",),
    runs=({"show": "tags"}, {"show": "nothing"}),
)
@positive("unused-prefetch-related", model="newsroom.Article", kinds=REMOVE, advice=("see_also",))
def cards(request):
    """A join that no visit needed; a prefetch that one visit needed, and another that none did."""
    # site: cards
    articles = Article.objects.select_related("topic").prefetch_related("tags", "see_also").order_by("-views")
    context = {"articles": articles[:20], "show_tags": request.GET["show"] == "tags"}
    return render(request, "newsroom/cards.html", context)


@negative(
    "unused-select-related",
    "one visit takes the branch that reads it",
    runs=({"show": "nothing"}, {"show": "topic"}),
)
def cards_with_topic(request):
    articles = Article.objects.select_related("topic").order_by("-views")[:20]
    context = {"articles": articles, "show_topic": request.GET["show"] == "topic"}
    return render(request, "newsroom/cards.html", context)


@negative(
    "unused-select-related",
    "nothing was found, so nothing could be read",
    runs=({"name": "x"}, {"name": "y"}),
)
def search_patients(name):
    patients = Patient.objects.select_related("insurer").filter(name=name)
    return [patient.insurer_name() for patient in patients]


@negative("unused-select-related", "the page ended in an error before it could read")
def refused_page():
    visits = list(Visit.objects.select_related("patient", "doctor").filter(status="open")[:20])
    if all(visit.status == "open" for visit in visits):
        raise Http404
    return [(visit.patient.name, visit.doctor.name) for visit in visits]


@negative("unused-select-related", "read for some of the rows is read")
def some_carriers():
    lines = []
    for shipment in Shipment.objects.select_related("carrier").filter(weight__gt=890):
        lines.append(shipment.carrier.name if shipment.status == "late" else shipment.reference)
    return lines


@negative(
    "unused-select-related", "the rows were pickled for a cache: whoever unpickles them may read it all"
)
def cached_board():
    visits = list(Visit.objects.select_related("patient").filter(status="open")[:30])
    return pickle.dumps(visits)


@negative("unused-select-related", "named in `only()`, and read")
def slim_rows():
    visits = Visit.objects.select_related("patient").only("started_at", "patient__name").filter(status="open")
    return [f"{visit.started_at:%H:%M} {visit.patient.name}" for visit in visits[:40]]


@positive("unused-prefetch-related", model="freight.Shipment", kinds=REMOVE, advice=("legs",))
def references():
    shipments = Shipment.objects.prefetch_related("legs").filter(weight=300)  # site: references
    return [shipment.reference for shipment in shipments]


@positive(
    "unused-prefetch-related",
    model="school.Student",
    code=('Student.objects.prefetch_related("courses")',),
    advice=("ensembles",),
)
def course_choices():
    # site: course-choices
    students = Student.objects.prefetch_related("courses", "ensembles").filter(level=2)[:40]
    return {student.name: [course.title for course in student.courses.all()] for student in students}


@positive(
    "unused-prefetch-related",
    model="clinic.Patient",
    code=('Patient.objects.prefetch_related("visits")',),
    advice=("prescriptions",),
)
def visit_dates():
    """Prefetched one step further than anybody reads."""
    # site: visit-dates
    patients = Patient.objects.prefetch_related("visits__prescriptions").filter(born__year=1971)
    return {patient.name: [visit.started_at for visit in patient.visits.all()] for patient in patients}


@positive("unused-prefetch-related", model="freight.Vehicle", kinds=REMOVE, advice=("tours|planned",))
def plates():
    """Into an attribute that nobody reads."""
    # site: plates
    vehicles = Vehicle.objects.prefetch_related(Prefetch("tours", to_attr="planned")).filter(
        mileage__lt=30_000
    )
    return [vehicle.plate for vehicle in vehicles]


class DepotSerializer(serializers.ModelSerializer):
    class Meta:
        model = Depot
        fields = ["name", "code"]


@positive("unused-prefetch-related", model="freight.Depot", kinds=REMOVE, advice=("vehicles",), runs=({}, {}))
class DepotList(generics.ListAPIView):
    """The serializer once listed the vehicles too."""

    queryset = Depot.objects.prefetch_related("vehicles").filter(code__lt="DP050")  # site: depot-list
    serializer_class = DepotSerializer


@negative(
    "unused-prefetch-related",
    "one visit takes the branch that reads it",
    runs=({"show": "nothing"}, {"show": "tags"}),
)
def cards_with_tags(request):
    articles = Article.objects.prefetch_related("tags").order_by("-views")[:20]
    context = {"articles": articles, "show_tags": request.GET["show"] == "tags"}
    return render(request, "newsroom/cards.html", context)


@negative("unused-prefetch-related", "no rows, no reading", runs=({"name": "a"}, {"name": "b"}))
def search_ensembles(name):
    ensembles = Ensemble.objects.prefetch_related("members").filter(name=name)
    return [[member.name for member in ensemble.members.all()] for ensemble in ensembles]


@negative("unused-prefetch-related", "`count()` of a prefetched relation reads the prefetched rows")
def sizes():
    return {
        ensemble.name: ensemble.members.count() for ensemble in Ensemble.objects.prefetch_related("members")
    }


@negative("unused-prefetch-related", "Django's own serializer reads the prefetched keys")
def dump():
    articles = Article.objects.prefetch_related("tags", "see_also").order_by("-views")[:20]
    return django_serializers.serialize("json", articles)
