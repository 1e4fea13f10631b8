"""Too much at once: whole tables, deep pages, random orders, counts, duplicates to sort out, trees."""

import random

from clinic.models import Doctor, Visit
from django.contrib import admin
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Avg, Exists, OuterRef
from django.http import JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.generic import ListView
from freight.models import Carrier, Region, Shipment, TrackingEvent
from newsroom.models import Article, Comment, Topic
from rest_framework import generics, pagination, serializers
from school.models import Attendance, Student, Tariff
from situation import negative, positive

WHOLE = ("paginat|limit|slice|iterator|annotate|aggregate|values(",)


@positive("unbounded-result", model="freight.TrackingEvent", advice=WHOLE, beside=("unread-columns",))
def all_events(request):
    """A page with thirty thousand rows."""
    events = TrackingEvent.objects.order_by("-at")  # site: all-events
    return JsonResponse([{"kind": event.kind, "at": event.at} for event in events], safe=False)


@positive("unbounded-result", model="newsroom.Comment", advice=WHOLE, beside=("unread-columns",))
class AllComments(ListView):
    """Without `paginate_by`."""

    queryset = Comment.objects.order_by("-created_at")  # site: all-comments
    template_name = "newsroom/names.html"
    context_object_name = "articles"


class AttendanceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Attendance
        fields = ["lesson", "student", "is_present"]


@positive("unbounded-result", model="school.Attendance", advice=WHOLE)
class AllAttendances(generics.ListAPIView):
    """An API without pagination."""

    queryset = Attendance.objects.all()  # site: all-attendances
    serializer_class = AttendanceSerializer


@positive("unbounded-result", model="freight.TrackingEvent", advice=WHOLE, beside=("unread-columns",))
def busiest_depots():
    """All rows are loaded and counted in Python."""
    counts = {}
    for event in TrackingEvent.objects.filter(kind="out"):  # site: busiest-depots
        counts[event.depot_id] = counts.get(event.depot_id, 0) + 1
    return sorted(counts, key=counts.get)[-5:]


@negative("unbounded-result", "streamed with `iterator()`: an export is meant to be whole")
def export_events(request):
    events = TrackingEvent.objects.order_by("pk").values_list("kind", "at").iterator(chunk_size=5000)
    return StreamingHttpResponse(f"{kind};{at}\n" for kind, at in events)


@negative("unbounded-result", "a table that stays small")
def all_carriers(request):
    return JsonResponse([carrier.name for carrier in Carrier.objects.order_by("name")], safe=False)


@negative("unbounded-result", "a page of fifty")
def newest_events(request):
    events = TrackingEvent.objects.order_by("-at")[:50]
    return JsonResponse([event.kind for event in events], safe=False)


@negative("unbounded-result", "the database sums up: one row")
def average_fee():
    return Visit.objects.aggregate(average=Avg("fee"))["average"]


@positive("deep-offset", model="freight.TrackingEvent", advice=("__gt|__lt|keyset",))
def page_of_events():
    page = 580
    events = TrackingEvent.objects.order_by("pk")[page * 50 : page * 50 + 50]  # site: page-of-events
    return [event.kind for event in events]


@positive("deep-offset", model="school.Attendance", advice=("__gt|__lt|keyset",), beside=("expensive-count",))
def last_page():
    # site: last-page
    return [row.is_present for row in Paginator(Attendance.objects.order_by("-pk"), 100).page(295)]


class Slices(pagination.LimitOffsetPagination):
    default_limit = 50


@positive(
    "deep-offset",
    model="school.Attendance",
    advice=("__gt|__lt|keyset|cursor",),
    beside=("expensive-count",),
    runs=({"offset": 28_000},),
)
class DeepApi(generics.ListAPIView):
    queryset = Attendance.objects.order_by("pk")  # site: deep-api
    serializer_class = AttendanceSerializer
    pagination_class = Slices


@negative("deep-offset", "the second page", beside=("expensive-count",))
def second_page():
    events = TrackingEvent.objects.order_by("-pk")[50:100]
    return [event.kind for event in events]


@negative("deep-offset", "keyset: it goes on after the last key")
def after_key():
    last = TrackingEvent.objects.order_by("-pk").values_list("pk", flat=True)[0] - 800
    return [event.kind for event in TrackingEvent.objects.filter(pk__gt=last).order_by("pk")[:50]]


@positive("random-order", model="newsroom.Comment", advice=("random|sample",))
def some_comments():
    return [comment.text for comment in Comment.objects.order_by("?")[:5]]  # site: some-comments


@positive("random-order", model="freight.Shipment", advice=("random|sample",))
def spot_check():
    shipment = Shipment.objects.filter(status="arrived").order_by("?").first()  # site: spot-check
    return shipment.reference


@positive("random-order", model="newsroom.Article", advice=("random|sample",))
class Lucky(ListView):
    """A page that is another one at each visit."""

    queryset = Article.objects.filter(status="published").order_by("?")[:10]  # site: lucky
    template_name = "newsroom/plain.html"
    context_object_name = "articles"


@negative("random-order", "keys are drawn in Python")
def some_students():
    keys = list(Student.objects.values_list("pk", flat=True))
    return [student.name for student in Student.objects.filter(pk__in=random.Random(3).sample(keys, 5))]


@negative("random-order", "three rows in any order cost nothing")
def any_tariff():
    return Tariff.objects.order_by("?").first().code


@positive("expensive-count", model="freight.TrackingEvent", advice=("count",))
def events_paged(request):
    """The paginator counts thirty thousand rows for each page."""
    # site: events-paged
    page = Paginator(TrackingEvent.objects.order_by("-at"), 50).get_page(request.GET.get("page"))
    return JsonResponse([event.kind for event in page], safe=False)


@positive("expensive-count", model="school.Attendance", advice=("count",), runs=({"page": 1}, {"page": 2}))
class AttendancePages(ListView):
    queryset = Attendance.objects.order_by("pk")  # site: attendance-pages
    paginate_by = 50
    template_name = "newsroom/names.html"
    context_object_name = "articles"


@positive("expensive-count", model="freight.TrackingEvent", advice=("count",))
@admin.register(TrackingEvent)
class TrackingEventAdmin(admin.ModelAdmin):  # site: tracking-event-admin
    """The admin counts all rows for its pages, and once more for "show all"."""

    list_display = ["kind", "at"]
    list_per_page = 25
    ordering = ["-pk"]


@negative("expensive-count", "the paginator counts eight hundred rows")
def students_paged():
    return [student.name for student in Paginator(Student.objects.order_by("name"), 50).page(3)]


@negative("expensive-count", "a count by an index, of a handful of rows")
def events_of_shipment():
    return TrackingEvent.objects.filter(shipment_id=17).count()


@positive(
    "distinct-after-join",
    model="newsroom.Article",
    code_contains=("Exists(|__in=",),
    beside=("unbounded-result",),
)
def tagged_articles():
    articles = (
        # site: tagged-articles
        Article.objects.filter(tags__name__in=["tag1", "tag2", "tag3"]).distinct().order_by("-views")[:30]
    )
    return [article.headline for article in articles]


@positive("distinct-after-join", model="clinic.Doctor", code_contains=("Exists(|__in=",))
def doctors_with_open_visits():
    doctors = Doctor.objects.filter(visits__status="open").distinct()  # site: doctors-with-open-visits
    return [doctor.name for doctor in doctors]


class StudentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Student
        fields = ["name"]


@positive("distinct-after-join", model="school.Student", code_contains=("Exists(|__in=",))
class AbsentStudents(generics.ListAPIView):
    serializer_class = StudentSerializer

    def get_queryset(self):
        students = Student.objects.filter(attendances__is_present=False)  # site: absent-students
        return students.distinct().order_by("name")


@negative("distinct-after-join", "distinct values of a column, without a join")
def statuses():
    return list(Shipment.objects.order_by("status").values_list("status", flat=True).distinct())


@negative("distinct-after-join", "DISTINCT ON: the newest row of each")
def newest_of_each():
    events = (
        TrackingEvent.objects.filter(shipment_id__lt=40)
        .order_by("shipment_id", "-at")
        .distinct("shipment_id")
    )
    return [event.kind for event in events]


@negative("distinct-after-join", "`Exists()` it is")
def doctors_by_exists():
    visits = Visit.objects.filter(doctor=OuterRef("pk"), status="open")
    return [doctor.name for doctor in Doctor.objects.filter(Exists(visits))]


# Trees.

TREE = ("n-plus-one", "query-in-loop")


def branch(region, depth=0):
    lines = [f"{'  ' * depth}{region.name}"]
    for child in region.children.order_by("name"):  # site: region-tree
        lines.extend(branch(child, depth + 1))
    return lines


@positive(
    "tree-walk",
    also=TREE,
    beside=("n-plus-one", "latent-n-plus-one"),
    model="freight.Region",
    advice=("recursive|memory|all at once|once|prefetch",),
)
def region_tree():
    """Down, by recursion: a query for each node."""
    # site: region-tree
    return [line for root in Region.objects.filter(parent=None) for line in branch(root)]


@positive(
    "tree-walk",
    also=TREE,
    beside=("n-plus-one", "latent-n-plus-one"),
    model="freight.Region",
    advice=("recursive|memory|all at once|once|prefetch",),
)
def full_names():
    """Up, in a loop, for each row; a join helps one step only."""
    return [region.full_name() for region in Region.objects.order_by("pk")]  # site: full-names


def depth_of(topic):
    depth = 0
    while topic.parent_id:
        topic = Topic.objects.get(pk=topic.parent_id)  # site: topic-depths
        depth += 1
    return depth


@positive(
    "tree-walk",
    also=TREE,
    beside=("n-plus-one", "query-in-loop", "duplicate-query"),
    model="newsroom.Topic",
    advice=("recursive|memory|all at once|once|in_bulk",),
)
def topic_depths():
    """Up, by keys."""
    # site: topic-depths
    return {topic.name: depth_of(topic) for topic in Topic.objects.all()}


def all_below(region):
    waiting, found = [region], []
    while waiting:
        current = waiting.pop()
        below = list(Region.objects.filter(parent=current))  # site: below
        found.extend(below)
        waiting.extend(below)
    return found


@positive(
    "tree-walk",
    also=TREE,
    beside=("n-plus-one", "latent-n-plus-one"),
    model="freight.Region",
    advice=("recursive|memory|all at once|once",),
)
def below():
    """Down, with a stack."""
    return [region.name for region in all_below(Region.objects.get(name="Region 1"))]


@negative("tree-walk", "the whole tree in one query, linked in memory")
def tree_in_memory():
    children = {}
    for region in Region.objects.order_by("name"):
        children.setdefault(region.parent_id, []).append(region)

    def lines(parent, depth):
        for region in children.get(parent, []):
            yield f"{'  ' * depth}{region.name}"
            yield from lines(region.pk, depth + 1)

    return list(lines(None, 0))


@negative("tree-walk", "a fixed depth, by nested prefetches")
def two_levels():
    roots = Region.objects.filter(parent=None).prefetch_related("children__children")
    return [
        (root.name, child.name, grandchild.name)
        for root in roots
        for child in root.children.all()
        for grandchild in child.children.all()
    ]


@negative("tree-walk", "a recursive query")
def tree_by_cte():
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE tree AS (SELECT id, name FROM freight_region WHERE parent_id IS NULL "
            "UNION ALL SELECT r.id, r.name FROM freight_region r JOIN tree ON r.parent_id = tree.id) "
            "SELECT name FROM tree"
        )
        return [name for (name,) in cursor.fetchall()]


@negative("tree-walk", "level by level: one query for all nodes of a level")
def tree_by_level(request):
    level, names = list(Topic.objects.filter(parent=None)), []
    while level:
        names.extend(topic.name for topic in level)
        level = list(Topic.objects.filter(parent__in=level))
    return render(request, "newsroom/names.html", {"number": len(names), "articles": []})
