"""Pages of the ski resort."""

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.shortcuts import render
from django.template import engines
from django.views.generic import ListView
from situation import positive
from ski.desk import WithSlope, describe, recent_bookings
from ski.models import Course, Incident, Instructor, Lift, OpenLift, Person, Resort, Skier, Slope


@positive(
    "n-plus-one",
    model="ski.Lift",
    relations=("zone",),
    code=('Lift.objects.select_related("zone")', 'Lift.objects.prefetch_related("zone")'),
)
def board():
    """`__str__`, in a join of strings."""
    return ", ".join(str(lift) for lift in Lift.objects.running()[:40])  # site: board


@positive(
    "n-plus-one",
    model="ski.OpenLift",
    relations=("zone__resort",),
    code=(
        'OpenLift.objects.select_related("zone__resort")',
        'OpenLift.objects.prefetch_related("zone__resort")',
        'super().get_queryset().select_related("zone__resort")',
    ),
)
def morning_call():
    """A proxy with a manager of its own."""
    lines = []
    for lift in OpenLift.objects.order_by("name"):  # site: morning-call
        lines.append(f"{lift.name}: {lift.zone.resort.name}")
    return lines


@positive(
    "n-plus-one",
    model="ski.Person",
    relations=("instructor",),
    code=('Person.objects.select_related("instructor")', 'Person.objects.prefetch_related("instructor")'),
)
def who_teaches():
    """From the parent to the child of a multi-table inheritance; most aren't."""
    found = []
    for person in Person.objects.order_by("-pk")[:90]:  # site: who-teaches
        try:
            found.append(person.instructor.speciality)
        except Instructor.DoesNotExist:
            continue
    return found


@positive(
    "n-plus-one",
    model="ski.Course",
    code_contains=("annotate(", "Count(", 'select_related("instructor")|prefetch_related("instructor")'),
    also=("query-in-loop",),
    beside=("n-plus-one",),
)
def courses(request):
    """A method of the model counts; the template reads a relation besides."""
    found = Course.objects.order_by("-starts_at", "pk")  # site: courses
    return render(request, "ski/courses.html", {"page": Paginator(found, 30).get_page(2)})


@positive(
    "n-plus-one",
    model="ski.Course",
    relations=("skiers",),
    code=('Course.objects.prefetch_related("skiers")',),
)
def rosters():
    return {
        c.title: [s.name for s in c.skiers.all()]
        # site: rosters
        for c in Course.objects.filter(capacity=12).order_by("pk")[:30]
    }


@positive(
    "n-plus-one",
    model="ski.Booking",
    relations=("insurance", "skier"),
    code=(
        'Booking.objects.select_related("skier", "insurance")',
        'Booking.objects.select_related("skier").prefetch_related("insurance")',
    ),
)
def booking_slips(request):
    """An include reads a reverse one-to-one that is often missing."""
    return render(request, "ski/bookings.html", {"bookings": recent_bookings()[:40]})


@positive(
    "n-plus-one",
    model="ski.Incident",
    relations=("leader", "slope__zone"),
    code=(
        'Incident.objects.select_related("slope__zone", "leader")',
        'Incident.objects.select_related("slope__zone").prefetch_related("leader")',
    ),
)
def incident_log():
    """Jinja2."""
    incidents = list(Incident.objects.filter(severity=5).order_by("-at")[:50])  # site: incident-log
    return engines["jinja2"].get_template("ski/incidents.html.j2").render({"incidents": incidents})


@positive(
    "n-plus-one",
    model="ski.Slope",
    relations=("webcams",),
    code=('Slope.objects.prefetch_related("webcams")',),
)
class Webcams(ListView):
    model = Slope  # site: webcams
    template_name = "ski/webcams.html"
    paginate_by = 40
    ordering = "name"


@positive(
    "n-plus-one",
    model="ski.Skier",
    relations=("guardian",),
    code=('Skier.objects.select_related("guardian")', 'Skier.objects.prefetch_related("guardian")'),
)
async def emergency_contacts():
    out = []
    async for skier in Skier.objects.exclude(guardian=None).order_by("pk")[:50]:  # site: emergency-contacts
        guardian = await _guardian(skier)
        out.append((skier.name, guardian.email))
    return out


async def _guardian(skier):
    from asgiref.sync import sync_to_async

    return await sync_to_async(lambda: skier.guardian)()


@positive(
    "n-plus-one",
    model="ski.Incident|ski.Slope",
    code_contains=('select_related("leader")|"incidents__leader"|prefetch_related("leader")',),
)
def slope_safety():
    """The inner queryset of the prefetch lacks the leader."""
    severe = Incident.objects.filter(severity__gte=4)  # site: slope-safety
    # site: slope-safety
    slopes = Slope.objects.prefetch_related(
        Prefetch("incidents", queryset=severe, to_attr="severe")
    ).order_by("name")
    return {s.name: [i.leader.name for i in s.severe if i.leader] for s in slopes[:60]}


@positive(
    "n-plus-one",
    model="ski.Resort",
    relations=("zones__lifts",),
    code=(
        'Resort.objects.prefetch_related("zones__lifts")',
        'Resort.objects.prefetch_related("zones", "zones__lifts")',
    ),
)
def lift_map():
    """The first half is prefetched."""
    tree = {}
    for resort in Resort.objects.prefetch_related("zones"):  # site: lift-map
        for zone in resort.zones.all():
            tree[resort.name, zone.name] = sorted(lift.name for lift in zone.lifts.all())
    return tree


@positive(
    "n-plus-one",
    model="ski.Course",
    relations=("slope__zone__resort",),
    code=(
        'Course.objects.select_related("slope__zone__resort")',
        'Course.objects.prefetch_related("slope__zone__resort")',
    ),
)
class SlopedCourses(WithSlope, ListView):
    """The queryset comes from a mixin of another module."""

    template_name = "ski/sloped.html"
    paginate_by = 25


@positive(
    "n-plus-one",
    model="ski.Incident",
    relations=("reported_by", "slope"),
    code=(
        'Incident.objects.select_related("slope", "reported_by")',
        'Incident.objects.select_related("slope").prefetch_related("reported_by")',
    ),
)
def incident_digest():
    recent = Incident.objects.order_by("-at")[:40]  # site: incident-digest
    return "\n".join(map(describe, recent))


@positive("n-plus-one", model="ski.Instructor", code_contains=('"courses__bookings"',))
def income():
    """Two levels of reverse keys, in a nested comprehension."""
    team = Instructor.objects.filter(resort__name="Resort 2")  # site: income
    return {i.name: sum(b.is_paid for c in i.courses.all() for b in c.bookings.all()) for i in team}
