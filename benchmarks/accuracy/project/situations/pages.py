"""Views and templates: loops of the template language, includes, generic views, forms, feeds, streams."""

import csv

from clinic.models import Doctor, Patient, Visit
from django import forms
from django.contrib.sitemaps import Sitemap
from django.contrib.syndication.views import Feed
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views import View
from django.views.generic import DetailView, ListView, TemplateView
from freight.models import Shipment, Tour, Vehicle
from newsroom.models import Article
from school.models import Course, Lesson, Room
from situation import negative, positive


@positive(
    "n-plus-one",
    model="clinic.Visit",
    relations=("patient", "room__ward"),
    code=('Visit.objects.select_related("patient", "room__ward")',),
)
def ward_board(request):
    """A plain view; the template reads a key, and `__str__` of another."""
    visits = Visit.objects.filter(status="open", room__isnull=False)[:40]  # site: ward-board
    return render(request, "clinic/ward_board.html", {"visits": visits})


@positive(
    "n-plus-one",
    model="clinic.Visit",
    relations=("prescriptions", "prescriptions__drug"),
    code=(
        'Visit.objects.prefetch_related("prescriptions__drug")',
        'Visit.objects.prefetch_related(Prefetch("prescriptions", queryset=Prescription.objects.select_related("drug")))',
    ),
)
def visit_sheets(request):
    """The loop stands in an included template."""
    visits = Visit.objects.filter(fee=150)[:20]  # site: visit-sheets
    return render(request, "clinic/visit_sheets.html", {"visits": visits})


@positive(
    "n-plus-one",
    model="clinic.Patient",
    relations=("insurer",),
    code=('Patient.objects.select_related("insurer")', 'Patient.objects.prefetch_related("insurer")'),
)
def insured_patients():
    """`regroup` reads the key."""
    # site: insured-patients
    patients = Patient.objects.filter(insurer__isnull=False).order_by("insurer__name")[:50]
    return render_to_string("clinic/insured.html", {"patients": patients})


@positive(
    "n-plus-one",
    also=("query-in-loop",),
    model="freight.Shipment",
    code_contains=("annotate(", 'Count("events"'),
)
def event_totals(request):
    """A count in the template."""
    shipments = Shipment.objects.late().order_by("booked_at")[:30]  # site: event-totals
    return render(request, "freight/event_totals.html", {"shipments": shipments})


@positive(
    "n-plus-one",
    model="freight.Vehicle",
    relations=("driver__licence",),
    code=('Vehicle.objects.select_related("driver__licence")',),
)
def vehicle_board(request):
    """Forward, then back over a one-to-one that may be missing."""
    context = {"vehicles": Vehicle.objects.filter(driver__isnull=False)[:40]}  # site: vehicle-board
    return render(request, "freight/vehicle_list.html", context)


@positive(
    "n-plus-one",
    model="freight.Tour",
    relations=("stop_list", "vehicle"),
    code=('Tour.objects.select_related("vehicle").prefetch_related("stop_list")',),
)
def tours_in_jinja(request):
    tours = Tour.objects.order_by("name")[:15]  # site: tours-in-jinja
    return HttpResponse(render_to_string("freight/tours.html.j2", {"tours": tours}, using="jinja2"))


@positive(
    "n-plus-one",
    model="newsroom.Article",
    relations=("author__desk", "author__user", "tags"),
    code=('Article.objects.select_related("author__desk", "author__user").prefetch_related("tags")',),
)
def section_page(request):
    """In a block of an extended template; a property and a many-to-many."""
    articles = Article.objects.filter(desk__name="Desk 3").order_by("-published_at")  # site: section-page
    return render(request, "newsroom/section.html", {"articles": articles[:15]})


@positive(
    "n-plus-one",
    model="newsroom.Article",
    relations=("correction",),
    code=('Article.objects.select_related("correction")',),
)
def corrections_page(request):
    """`{% if article.correction %}` for articles that mostly have none."""
    articles = Article.objects.order_by("pk")[:40]  # site: corrections-page
    return render(request, "newsroom/corrections.html", {"articles": articles})


@positive(
    "n-plus-one",
    model="clinic.Patient",
    relations=("family_doctor__speciality",),
    code=('Patient.objects.select_related("family_doctor__speciality")',),
)
class OldPatients(ListView):
    queryset = Patient.objects.filter(born__lt="1943-01-01")  # site: old-patients
    template_name = "clinic/patient_list.html"


@positive(
    "n-plus-one",
    model="school.Course",
    relations=("teacher",),
    code=('Course.objects.select_related("teacher")', 'queryset = Course.objects.select_related("teacher")'),
)
class CourseList(ListView):
    """`model` alone: no queryset is written anywhere."""

    model = Course  # site: course-list
    paginate_by = 30
    ordering = "title"
    template_name = "school/course_list.html"


@positive(
    "n-plus-one",
    model="freight.Shipment",
    relations=("carrier", "origin__region"),
    code=('Shipment.objects.select_related("carrier", "origin__region")',),
)
class ShipmentsTooLate(ListView):
    template_name = "freight/shipment_list.html"
    context_object_name = "shipment_list"

    def get_queryset(self):
        return Shipment.objects.late().order_by("-booked_at")[:30]  # site: shipments-too-late


class OwnPatients(DetailView):
    model = Doctor
    template_name = "clinic/doctor_detail.html"

    def get_context_data(self, **kwargs):
        visits = self.object.visits.filter(status="closed")[:25]  # site: doctor-page
        return super().get_context_data(visits=visits, **kwargs)


@positive(
    "n-plus-one",
    model="clinic.Visit",
    relations=("patient",),
    code=('self.object.visits.select_related("patient")',),
)
def doctor_page(request):
    """One object, and many of another model in its context."""
    return OwnPatients.as_view()(request, pk=Doctor.objects.values_list("pk", flat=True)[0])


@positive(
    "n-plus-one",
    model="clinic.Visit",
    relations=("doctor",),
    code=('Visit.objects.select_related("doctor")',),
)
class Timeline(TemplateView):
    template_name = "newsroom/plain.html"

    def get_context_data(self, **kwargs):
        entries = []
        for visit in Visit.objects.filter(fee=77).order_by("started_at"):  # site: timeline
            entries.append({"headline": visit.doctor.name, "author_id": visit.fee})
        return super().get_context_data(articles=entries, **kwargs)


class LessonForm(forms.Form):
    room = forms.ModelChoiceField(queryset=Room.objects.order_by("name"))  # site: lesson-form-page
    topic = forms.CharField()


@positive(
    "n-plus-one",
    model="school.Room",
    relations=("building",),
    code=('Room.objects.select_related("building")',),
)
def lesson_form_page(request):
    """The choices of a form: `__str__` of each row asks for its building."""
    return render(request, "school/lesson_form.html", {"form": LessonForm()})


class LatestArticles(Feed):
    title = "Latest"
    link = "/latest/"

    def items(self):
        return Article.objects.order_by("-published_at")[:20]  # site: feed

    def item_title(self, item):
        return item.headline

    def item_description(self, item):
        return item.teaser

    def item_author_name(self, item):
        return str(item.author)

    def item_link(self, item):
        return f"/{item.slug}/"


@positive(
    "n-plus-one",
    model="newsroom.Article",
    relations=("author__user",),
    code=('Article.objects.select_related("author__user")',),
)
def feed(request):
    """Django's feed calls a method for each item."""
    from unittest.mock import patch

    with patch("django.contrib.syndication.views.get_current_site", lambda request: _Site()):
        return LatestArticles()(request)


class _Site:
    domain = "news.example"
    name = "News"


class DepotMap(Sitemap):
    def items(self):
        return Vehicle.objects.filter(depot__isnull=False).order_by("plate")[:40]  # site: site-map

    def location(self, item):
        return f"/{item.depot.code}/{item.plate}/"


@positive(
    "n-plus-one",
    model="freight.Vehicle",
    relations=("depot",),
    code=('Vehicle.objects.select_related("depot")',),
)
def site_map():
    return [entry["location"] for entry in DepotMap().get_urls(site=_Site(), protocol="https")]


class Echo:
    def write(self, value):
        return value


@positive(
    "n-plus-one",
    model="school.Lesson",
    relations=("course__teacher",),
    code=('Lesson.objects.select_related("course__teacher")',),
)
class LessonExport(View):
    """Streamed as CSV, row by row, after the view has returned."""

    def get(self, request):
        lessons = Lesson.objects.filter(room__isnull=True)[:40]  # site: lesson-export
        writer = csv.writer(Echo())
        rows = (writer.writerow([lesson.topic, lesson.course.teacher.name]) for lesson in lessons)
        return StreamingHttpResponse(rows, content_type="text/csv")


# What looks like it.


@negative("n-plus-one", "everything that the template reads came with the rows")
def ward_board_joined(request):
    visits = Visit.objects.select_related("patient", "room__ward").filter(status="open", room__isnull=False)
    return render(request, "clinic/ward_board.html", {"visits": visits[:40]})


@negative("n-plus-one", "the included template reads what was prefetched")
def visit_sheets_prefetched(request):
    visits = Visit.objects.prefetch_related("prescriptions__drug").filter(fee=151)[:20]
    return render(request, "clinic/visit_sheets.html", {"visits": visits})


@negative("n-plus-one", "`_id` is a column of the row")
def plain_page(request):
    articles = Article.objects.order_by("headline")[:50]
    return render(request, "newsroom/plain.html", {"articles": articles})


@negative("n-plus-one", "a page and its count, both needed", runs=({"page": 1}, {"page": 2}))
class PagedCourses(ListView):
    queryset = Course.objects.select_related("teacher").order_by("title")
    paginate_by = 20
    template_name = "school/course_list.html"


@negative("n-plus-one", "the choices came with what their labels read")
def lesson_form_joined(request):
    form = LessonForm()
    form.fields["room"].queryset = Room.objects.select_related("building").order_by("name")
    return render(request, "school/lesson_form.html", {"form": form})
