"""N+1s that narrow, count, test or sum up a relation: annotations and Prefetch, not mere eager loading."""

from clinic.models import Patient
from freight.models import Shipment
from newsroom.models import Article
from school.models import Course
from situation import positive


@positive(
    "n-plus-one",
    also=("query-in-loop",),
    model="freight.Shipment",
    code_contains=('Prefetch("events"', 'kind="hold"'),
)
def held_shipments():
    """A relation that is narrowed in the loop: a Prefetch with that very filter."""
    held = {}
    for shipment in Shipment.objects.under_way().order_by("pk")[:30]:  # site: held-shipments
        held[shipment.reference] = [event.at for event in shipment.events.filter(kind="hold")]
    return held


@positive(
    "n-plus-one",
    also=("query-in-loop",),
    model="newsroom.Article",
    code_contains=('Prefetch("comments"', "is_approved=True"),
)
def comment_pages():
    """The same, behind a method of the model."""
    pages = {}
    for article in Article.objects.filter(views__gt=9_900):  # site: comment-pages
        pages[article.slug] = [comment.text for comment in article.approved_comments()]
    return pages


@positive(
    "n-plus-one",
    also=("query-in-loop",),
    model="freight.Shipment",
    code_contains=("annotate(", 'Count("events"'),
)
def event_counts():
    return [
        (shipment.reference, shipment.events.count())
        for shipment in Shipment.objects.late().order_by("pk")[:40]  # site: event-counts
    ]


@positive(
    "n-plus-one",
    also=("query-in-loop",),
    model="newsroom.Article",
    code_contains=("annotate(", 'Count("comments"', 'Count("revisions"', "distinct=True|Subquery"),
)
def activity_table():
    """Two counts: two joins would multiply, so each has to be distinct."""
    table = []
    for article in Article.objects.order_by("-published_at")[:30]:  # site: activity-table
        table.append((article.headline, article.comments.count(), article.revisions.count()))
    return table


@positive(
    "n-plus-one",
    also=("query-in-loop",),
    model="clinic.Patient",
    code_contains=("annotate(", "Exists("),
)
def patients_with_open_visits():
    patients = Patient.objects.filter(name__endswith="7").order_by("name")  # site: patients-with-open-visits
    return [patient.name for patient in patients if patient.has_open_visits()]


@positive(
    "n-plus-one",
    also=("query-in-loop",),
    model="clinic.Patient",
    code_contains=("annotate(|prefetch_related(", "Subquery(|Max(|Prefetch("),
)
def recall_list():
    """The latest row of each."""
    recall = []
    for patient in Patient.objects.filter(born__year=1950)[:30]:  # site: recall-list
        last = patient.last_visit()
        if last is not None:
            recall.append((patient.name, last.started_at))
    return recall


@positive(
    "n-plus-one",
    also=("query-in-loop",),
    model="freight.Shipment",
    code_contains=("annotate(|prefetch_related(", "Subquery(|Max(|Prefetch("),
)
def where_is_it():
    found = {}
    for shipment in Shipment.objects.filter(status="under way", weight__lt=60):  # site: where-is-it
        found[shipment.reference] = shipment.last_event.kind
    return found


@positive(
    "n-plus-one",
    also=("query-in-loop",),
    model="school.Course",
    code_contains=("annotate(", 'Count("enrolments"'),
)
def free_places():
    """A count behind a property."""
    # site: free-places
    return {course.title: course.free_places for course in Course.objects.filter(tariff_code="B")}
