"""The same question asked again: by several places, by one queryset, before and after."""

from clinic.models import Doctor, Drug, Insurer, Visit, Ward
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.shortcuts import render
from freight.models import Carrier, Depot, Shipment, TrackingEvent, Vehicle
from newsroom.models import Article, Comment, Desk, Tag
from school.models import Course, Guardian, Logbook, Option, Student
from situation import negative, positive

AGAIN = ("queryset-evaluated-twice", "uncached-lookup")


def desk_names():
    return [desk.name for desk in Desk.objects.order_by("name")]  # site: newsletter


def header():
    return " | ".join(desk_names())


def footer():
    return f"{len(desk_names())} desks: {', '.join(desk_names())}"


@positive("duplicate-query", also=AGAIN, model="newsroom.Desk", advice=("once|reuse|cache|pass",))
def newsletter():
    """Three parts of a page ask for the same list."""
    return f"{header()}\n…\n{footer()}"


def load_ward(name):
    return Ward.objects.get(name=name)  # site: ward-page


def ward_head(name):
    ward = load_ward(name)
    return ward.head_id


def ward_rooms(name):
    return [room.number for room in load_ward(name).rooms.all()]


@positive("duplicate-query", also=AGAIN, model="clinic.Ward", advice=("once|reuse|cache|pass",))
def ward_page():
    """One row, loaded by each helper anew."""
    ward = load_ward("Ward 3")
    return ward.name, ward_head("Ward 3"), ward_rooms("Ward 3")


@positive(
    "duplicate-query",
    also=(*AGAIN, "query-in-loop"),
    advice=("once|reuse|cache|pass",),
)
def course_card():
    """A property that asks, read three times of one object."""
    course = Course.objects.get(title="Course 11")
    # site: course-card
    if course.free_places <= 0:
        return "full"
    if course.free_places < 3:
        return f"only {course.free_places} left"
    return f"{course.free_places} of {course.capacity} places"


@positive("duplicate-query", also=AGAIN, model="clinic.Insurer", advice=("once|reuse|cache|pass",))
def tariff_form():
    """Two lines of one function."""
    # site: tariff-form
    choices = [(insurer.pk, insurer.name) for insurer in Insurer.objects.order_by("name")]
    labels = {insurer.pk: insurer.code for insurer in Insurer.objects.order_by("name")}  # site: tariff-form
    again = [insurer.name for insurer in Insurer.objects.order_by("name")]
    return choices, labels, again


@positive("duplicate-query", also=AGAIN, model="newsroom.Article", advice=("once|reuse|cache|pass",))
async def async_sidebar():
    # site: async-sidebar
    top = [article.headline async for article in Article.published.order_by("-views")[:5]]
    best = [article.slug async for article in Article.published.order_by("-views")[:5]]  # site: async-sidebar
    return top, best


@negative("duplicate-query", "something was written in between: the count may differ")
def count_around_write():
    before = Logbook.objects.count()
    Logbook.objects.create(text="Once more")
    return Logbook.objects.count() - before


@negative("duplicate-query", "one helper, asked for two things from two lines")
def two_wards():
    return load_ward("Ward 1").name, load_ward("Ward 2").name


@negative("duplicate-query", "content types, which Django caches", prepare=ContentType.objects.clear_cache)
def kinds_of_content():
    models = (Shipment, Vehicle, Shipment, Depot, Article, Comment, Student, Vehicle)
    return [ContentType.objects.get_for_model(model).pk for model in models]


@negative("duplicate-query", "two articles, and one count of each")
def two_different_counts():
    numbers = []
    numbers.append(Comment.objects.filter(article_id=1).count())
    numbers.append(Comment.objects.filter(article_id=2).count())
    return numbers


@negative("duplicate-query", "asked once, and passed on")
def names_passed_on():
    names = [desk.name for desk in Desk.objects.order_by("name")]
    return " | ".join(names), len(names), ", ".join(names)


# The same queryset, twice.


@positive(
    "queryset-evaluated-twice",
    also=("duplicate-query",),
    model="freight.Vehicle",
    advice=("list|once|twice",),
)
def fleet_report():
    """Each `.all()` is a queryset of its own."""
    vehicles = Vehicle.objects.filter(depot__isnull=False).order_by("plate")  # site: fleet-report
    total = sum(vehicle.mileage for vehicle in vehicles.all())
    return [(vehicle.plate, vehicle.mileage / total) for vehicle in vehicles.all()]


@positive(
    "queryset-evaluated-twice", also=("duplicate-query",), model="clinic.Doctor", advice=("list|once|twice",)
)
def first_and_rest():
    """Indexing asks each time; so does the loop."""
    doctors = Doctor.objects.order_by("name")  # site: first-and-rest
    chief = doctors[0].name
    room = doctors[0].room_number
    return chief, room, [doctor.name for doctor in doctors[:10]]


@positive(
    "queryset-evaluated-twice",
    also=("duplicate-query",),
    model="freight.Carrier",
    advice=("list|once|twice",),
)
def carriers_streamed_twice():
    """`iterator()` keeps nothing, so the second loop asks again."""
    carriers = Carrier.objects.order_by("name")  # site: carriers-streamed-twice
    longest = max(len(carrier.name) for carrier in carriers.iterator())
    return [carrier.name.ljust(longest) for carrier in carriers.iterator()]


def grown_up(students):
    return [student.name for student in students.filter(level__gte=4)]


@positive(
    "queryset-evaluated-twice",
    also=("duplicate-query",),
    model="school.Student",
    advice=("list|once|twice",),
)
def two_lists():
    """Filtered alike by two calls."""
    students = Student.objects.filter(mentor__isnull=True).order_by("name")  # site: two-lists
    names = grown_up(students)
    count = len(grown_up(students))
    return names, count


@negative("queryset-evaluated-twice", "the second loop is served by the queryset's own cache")
def looped_twice():
    doctors = Doctor.objects.order_by("name")
    longest = max(len(doctor.name) for doctor in doctors)
    return [doctor.name.ljust(longest) for doctor in doctors]


@negative("queryset-evaluated-twice", "two different slices of one queryset")
def two_halves():
    depots = Depot.objects.order_by("code")
    return [depot.code for depot in depots[:10]], [depot.name for depot in depots[50:60]]


@negative("queryset-evaluated-twice", "the same base, narrowed in two ways")
def by_level():
    students = Student.objects.filter(mentor__isnull=False)
    return [s.name for s in students.filter(level=1)], [s.name for s in students.filter(level=2)]


@negative("queryset-evaluated-twice", "evaluated again after a write")
def before_and_after():
    tags = Tag.objects.filter(name__startswith="tag4").order_by("name")
    before = [tag.name for tag in tags]
    Tag.objects.create(name="tag4x")
    return before, [tag.name for tag in tags.all()]


# Counted, tested.


@positive("count-then-iterate", also=("queryset-evaluated-twice",), model="clinic.Visit", advice=("len",))
def open_fees():
    visits = Visit.objects.filter(status="open", fee__gt=100)  # site: open-fees
    lines = [f"{visits.count()} open visits"]
    for visit in visits:
        lines.append(str(visit.fee))
    return lines


@positive("count-then-iterate", also=("queryset-evaluated-twice",), model="newsroom.Article", advice=("len",))
def drafts():
    articles = Article.objects.filter(status="draft", views__lt=1000)  # site: drafts
    if articles.count() == 0:
        return "nothing to do"
    return "\n".join(article.headline for article in articles)


@positive("count-then-iterate", also=("queryset-evaluated-twice",), model="newsroom.Tag", advice=("len",))
def tag_cloud(request):
    """Counted in the view, looped over in the template."""
    tags = Tag.objects.order_by("name")  # site: tag-cloud
    context = {"articles": tags, "number": tags.count()}
    return render(request, "newsroom/names.html", context)


@negative("count-then-iterate", "the count is of all, the rows are of one page")
def first_page():
    shipments = Shipment.objects.late().order_by("pk")
    return shipments.count(), [shipment.reference for shipment in shipments[:20]]


@negative("count-then-iterate", "a paginator's count and page")
def paginated():
    page = Paginator(Student.objects.order_by("name"), 25).page(2)
    return page.paginator.count, [student.name for student in page]


@negative("count-then-iterate", "counted after the loop: from the queryset's cache")
def counted_after():
    doctors = Doctor.objects.order_by("name")
    names = [doctor.name for doctor in doctors]
    return names, doctors.count()


@negative("count-then-iterate", "the count says that there are too many, and nothing is loaded")
def too_many():
    events = TrackingEvent.objects.filter(kind="in")
    if events.count() > 1000:
        return "too many"
    return [event.at for event in events]


@positive("exists-then-get", model="clinic.Drug", advice=("first|DoesNotExist|get",))
def drug_or_none():
    # site: drug-or-none
    if Drug.objects.filter(code="D017").exists():
        return Drug.objects.get(code="D017").name  # site: drug-or-none
    return None


@positive("exists-then-get", model="school.Guardian", advice=("first|DoesNotExist|get",))
def by_phone():
    found = Guardian.objects.filter(phone="444-0042")  # site: by-phone
    if not found.exists():
        return "unknown"
    return found.first().name


@positive(
    "exists-then-get",
    also=("queryset-evaluated-twice", "count-then-iterate"),
    model="freight.Shipment",
    advice=("exists",),
)
def late_list():
    """`exists()`, then all rows: they tell by themselves whether there are any."""
    shipments = Shipment.objects.late().filter(weight__gt=800)  # site: late-list
    if shipments.exists():
        return [shipment.reference for shipment in shipments]
    return ["all on time"]


@negative("exists-then-get", "it isn't there, and nothing is loaded")
def new_code():
    if Drug.objects.filter(code="X1").exists():
        return Drug.objects.get(code="X1").name
    return "free"


@negative("exists-then-get", "one asks about tags, the other one loads articles")
def tag_exists():
    if Tag.objects.filter(name="tag3").exists():
        return Article.objects.get(slug="headline-3").headline
    return None


@negative("exists-then-get", "`exists()` guards a write")
def add_option():
    if not Option.objects.filter(key="new").exists():
        Option.objects.create(key="new", value="1")
