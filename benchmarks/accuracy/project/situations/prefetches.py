"""Prefetched rows that are asked for again, prefetched one by one, or prefetched as they should be."""

from clinic.models import Patient, Visit
from django.core.paginator import Paginator
from django.db.models import Prefetch, prefetch_related_objects
from django.shortcuts import render
from freight.models import Shipment, Tour, TrackingEvent, Vehicle
from newsroom.models import Article, Comment, Journalist
from rest_framework import serializers, viewsets
from school.models import Course, Ensemble, Guardian, Lesson
from situation import negative, positive

REFILTERED = {"also": ("n-plus-one", "query-in-loop"), "beside": ("unused-prefetch-related",)}


@positive(
    "refiltered-prefetch",
    **REFILTERED,
    model="newsroom.Article",
    code_contains=('Prefetch("comments"', "is_approved=True"),
)
def approved_only():
    """The filter asks again, whatever was prefetched."""
    pages = {}
    articles = Article.objects.prefetch_related("comments").order_by("-views")[:25]  # site: approved-only
    for article in articles:
        pages[article.slug] = [comment.text for comment in article.comments.filter(is_approved=True)]
    return pages


@positive(
    "refiltered-prefetch",
    **REFILTERED,
    model="newsroom.Article",
    code_contains=('Prefetch("comments"', "is_approved=True"),
)
def approved_in_template(request):
    """The same, behind a method that the template calls."""
    # site: approved-in-template
    articles = Article.objects.prefetch_related("comments").filter(views__gt=9_900)
    return render(request, "newsroom/approved.html", {"articles": articles})


@positive(
    "refiltered-prefetch",
    **REFILTERED,
    model="clinic.Patient",
    code_contains=('Prefetch("visits"', "-started_at"),
)
def last_visits():
    """Ordered again."""
    found = []
    for patient in Patient.objects.filter(born__year=1960).prefetch_related("visits"):  # site: last-visits
        newest = patient.visits.order_by("-started_at")[:1]
        found.extend((patient.name, visit.started_at) for visit in newest)
    return found


@positive(
    "refiltered-prefetch",
    **REFILTERED,
    model="freight.Vehicle",
    code_contains=('Prefetch("notes"|prefetch_related("notes")',),
    advice=("first",),
)
def first_notes():
    """`.first()` orders by key what has no order, and asks again."""
    vehicles = Vehicle.objects.prefetch_related("notes").filter(depot__isnull=True)  # site: first-notes
    notes = (vehicle.notes.first() for vehicle in vehicles)  # site: first-notes
    return [note.text for note in notes if note]


@positive(
    "refiltered-prefetch",
    **REFILTERED,
    model="freight.Shipment",
    code_contains=('Prefetch("events"|annotate(', 'kind="hold"'),
)
def times_held():
    """A count of some of the prefetched rows."""
    shipments = Shipment.objects.late().prefetch_related("events").order_by("pk")[:30]  # site: times-held
    return {shipment.reference: shipment.events.filter(kind="hold").count() for shipment in shipments}


class CourseSerializer(serializers.ModelSerializer):
    passed = serializers.SerializerMethodField()

    class Meta:
        model = Course
        fields = ["title", "passed"]

    def get_passed(self, course):
        return [enrolment.grade for enrolment in course.enrolments.exclude(grade__lt=4)]


@positive(
    "refiltered-prefetch",
    **REFILTERED,
    model="school.Course",
    code_contains=('Prefetch("enrolments"', "grade__lt=4"),
)
class CoursesPassed(viewsets.ReadOnlyModelViewSet):
    """The viewset prefetches, a method field of the serializer excludes."""

    queryset = Course.objects.prefetch_related("enrolments").filter(tariff_code="C")  # site: courses-passed
    serializer_class = CourseSerializer


@positive(
    "refiltered-prefetch",
    **REFILTERED,
    model="school.Ensemble",
    advice=("all()|to_attr|only(|cache",),
)
def line_up():
    """`values_list` of prefetched rows asks again; the rows are there."""
    ensembles = Ensemble.objects.prefetch_related("members")  # site: line-up
    # site: line-up
    return {ensemble.name: list(ensemble.members.values_list("name", flat=True)) for ensemble in ensembles}


@negative(
    "refiltered-prefetch", "`all()`, `count()`, `exists()` and indexing are served from the prefetched rows"
)
def served_from_cache():
    lines = []
    for article in Article.objects.prefetch_related("comments").order_by("-views")[:20]:
        if article.comments.exists():
            lines.append((article.comments.all()[0].text, article.comments.count()))
    return lines


@negative(
    "refiltered-prefetch", "`.first()` of a relation with an ordering is served from the prefetched rows"
)
def latest_revisions():
    articles = Article.objects.prefetch_related("revisions").order_by("pk")[:20]
    return [article.revisions.first().summary for article in articles]


@negative("refiltered-prefetch", "`Prefetch(to_attr=…)` with the filter in it, and read from there")
def held_prefetched():
    holds = Prefetch("events", queryset=TrackingEvent.objects.filter(kind="hold"), to_attr="holds")
    shipments = Shipment.objects.under_way().prefetch_related(holds).order_by("pk")[:30]
    return {shipment.reference: [event.at for event in shipment.holds] for shipment in shipments}


@negative("refiltered-prefetch", "filtered in Python, over the prefetched rows")
def approved_in_python():
    pages = {}
    for article in Article.objects.prefetch_related("comments").order_by("-views")[:20]:
        pages[article.slug] = [comment.text for comment in article.comments.all() if comment.is_approved]
    return pages


@negative("refiltered-prefetch", "sorted in Python, over the prefetched rows")
def sorted_in_python():
    guardians = Guardian.objects.prefetch_related("children").filter(phone__endswith="1")
    return [sorted(child.name for child in guardian.children.all()) for guardian in guardians]


# One by one.


@positive(
    "one-query-per-instance-prefetch",
    also=("n-plus-one",),
    model="newsroom.Article",
    advice=("prefetch_related",),
)
def tags_one_by_one():
    lines = []
    for article in Article.objects.order_by("-published_at")[:20]:  # site: tags-one-by-one
        prefetch_related_objects([article], "tags")  # site: tags-one-by-one
        lines.append(article.tag_line())
    return lines


def card(tour):
    prefetch_related_objects([tour], "stop_list__depot")  # site: tour-cards
    return f"{tour.name}: {' '.join(stop.depot.code for stop in tour.stop_list.all())}"


@positive(
    "one-query-per-instance-prefetch",
    also=("n-plus-one",),
    model="freight.Tour",
    advice=("prefetch_related", "stop_list__depot"),
)
def tour_cards():
    """A helper that is meant for one tour, called for many."""
    return [card(tour) for tour in Tour.objects.filter(name__contains="2")]  # site: tour-cards


@positive(
    "one-query-per-instance-prefetch",
    also=("query-in-loop", "n-plus-one"),
    beside=("query-in-loop",),
    model="clinic.Visit",
    advice=("__in|in_bulk|once|prefetch_related",),
)
def sheets_by_number():
    """Each is loaded by its key, with a prefetch of its own."""
    numbers = list(Visit.objects.filter(fee=33).values_list("pk", flat=True)[:20])
    sheets = []
    for number in numbers:
        visit = Visit.objects.prefetch_related("prescriptions").get(pk=number)  # site: sheets-by-number
        sheets.append([item.dose for item in visit.prescriptions.all()])
    return sheets


@negative("one-query-per-instance-prefetch", "once, with the whole list")
def tags_at_once():
    articles = list(Article.objects.order_by("-published_at")[:20])
    prefetch_related_objects(articles, "tags")
    return [article.tag_line() for article in articles]


@negative("one-query-per-instance-prefetch", "`iterator()` prefetches once for each chunk, by design")
def stream_in_chunks():
    found = []
    lessons = Lesson.objects.filter(room__isnull=True).prefetch_related("attendances")
    for lesson in lessons.iterator(chunk_size=100):
        found.append(sum(attendance.is_present for attendance in lesson.attendances.all()))
    return found


@negative("one-query-per-instance-prefetch", "once for each page of a hundred", beside=("expensive-count",))
def page_by_page():
    seen = 0
    people = Patient.objects.filter(pk__lte=500).prefetch_related("visits").order_by("pk")
    for page in Paginator(people, 100):
        for patient in page:
            seen += len(patient.visits.all())
    return seen


# Prefetches as they should be.


@negative("n-plus-one", "two prefetches into one table, three queries in all")
def two_ways_into_comments():
    good = Prefetch("comments", queryset=Comment.objects.filter(is_approved=True), to_attr="good")
    bad = Prefetch("comments", queryset=Comment.objects.filter(is_approved=False), to_attr="bad")
    articles = Article.objects.order_by("-views").prefetch_related(good, bad)[:20]
    found = []
    for article in articles:
        found.append(([comment.text for comment in article.good], [comment.name for comment in article.bad]))
    return found


@negative("n-plus-one", "prefetches that come back empty are prefetches still")
def nothing_there():
    visits = Visit.objects.filter(fee=0, room__isnull=True)[:20].prefetch_related("lab_results__lab")
    none = Shipment.objects.filter(reference__startswith="none").prefetch_related("legs__vehicle")
    return [[result.kind for result in visit.lab_results.all()] for visit in visits if visit.fee], list(none)


@negative("n-plus-one", "a key below a prefetch, joined in the prefetch's own queryset")
def journalists_with_articles():
    recent = Article.objects.select_related("desk").filter(desk__isnull=False, views__gt=9_000)
    people = Journalist.objects.select_related("user").prefetch_related(Prefetch("articles", queryset=recent))
    return [
        (str(person), [f"{article.headline} {article.desk.name}" for article in person.articles.all()])
        for person in people
    ]


@negative("n-plus-one", "rows and their relations are linked by hand from two queries")
def linked_by_hand():
    guardians = {guardian.pk: guardian for guardian in Guardian.objects.filter(phone__endswith="2")}
    lines = []
    from school.models import Student

    for student in Student.objects.filter(guardian__in=guardians):
        student.guardian = guardians[student.guardian_id]
        lines.append(f"{student.name} {student.guardian.name}")
    return lines
