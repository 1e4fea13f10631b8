"""Django's admin: change lists, their methods, forms and inlines."""

from clinic.models import LabResult, Patient, Visit
from django.contrib import admin
from freight.models import Leg, Shipment, Stop, Tour, Vehicle
from newsroom.models import Article, Desk, Photo, Revision
from school.models import Course, Lesson, Payment, Student, Teacher
from situation import negative, positive


@positive(
    "n-plus-one",
    model="clinic.Visit",
    relations=("patient__insurer",),
    code=(
        'list_select_related = ("patient__insurer",)',
        'list_select_related = ["patient__insurer"]',
        'super().get_queryset(request).select_related("patient__insurer")',
    ),
)
@admin.register(Visit)
class VisitAdmin(admin.ModelAdmin):  # site: visit-admin
    """A method of the list reads two keys."""

    list_display = ["started_at", "status", "insurer"]
    list_per_page = 40

    def insurer(self, visit):
        return visit.patient.insurer_name()


@positive(
    "n-plus-one",
    model="freight.Vehicle",
    relations=("legs",),
    code=(
        'super().get_queryset(request).prefetch_related("legs")',
        'Vehicle.objects.prefetch_related("legs")',
    ),
)
@admin.register(Vehicle)
class VehicleAdmin(admin.ModelAdmin):  # site: vehicle-admin
    list_display = ["plate", "distance"]
    list_per_page = 30

    @admin.display(description="km")
    def distance(self, vehicle):
        return sum(leg.km for leg in vehicle.legs.all())


@positive(
    "n-plus-one",
    model="newsroom.Revision",
    relations=("article__desk",),
    code=(
        'list_select_related = ("article__desk",)',
        'list_select_related = ["article", "article__desk"]',
        'super().get_queryset(request).select_related("article__desk")',
    ),
)
@admin.register(Revision)
class RevisionAdmin(admin.ModelAdmin):  # site: revision-admin
    """Django joins the keys in `list_display`; what a method reads behind them is left to the page."""

    list_display = ["number", "article", "section"]
    list_per_page = 30

    def get_queryset(self, request):
        return super().get_queryset(request).filter(article__desk__isnull=False)  # site: revision-admin

    def section(self, revision):
        return revision.article.desk.name


@positive(
    "n-plus-one",
    also=("query-in-loop",),
    model="school.Teacher",
    code_contains=("annotate(", 'Count("courses"'),
)
@admin.register(Teacher)
class TeacherAdmin(admin.ModelAdmin):  # site: teacher-admin
    list_display = ["name", "number_of_courses"]

    def number_of_courses(self, teacher):
        return teacher.courses.count()


@positive(
    "n-plus-one",
    model="freight.Leg",
    relations=("shipment__carrier", "vehicle__driver"),
    code=(
        'list_select_related = ("shipment__carrier", "vehicle__driver")',
        'list_select_related = ["shipment", "shipment__carrier", "vehicle__driver"]',
        'list_select_related = ["shipment__carrier", "vehicle__driver"]',
    ),
)
@admin.register(Leg)
class LegAdmin(admin.ModelAdmin):  # site: leg-admin
    """`list_select_related` is there, and has to be extended."""

    list_display = ["position", "carrier", "driver"]
    list_select_related = ["shipment"]  # site: leg-admin
    list_per_page = 30

    def carrier(self, leg):
        return leg.shipment.carrier.name

    def driver(self, leg):
        return leg.vehicle.driver.name if leg.vehicle.driver_id else "–"


class StopInline(admin.TabularInline):  # site: tour-admin
    model = Stop
    extra = 0


@positive(
    "n-plus-one",
    site="tour-admin",
    model="freight.Depot",
    relations=("region",),
    kinds=("select_related", "rewrite", "prefetch_related"),
    advice=("region",),
    also=("duplicate-query",),
    beside=("duplicate-query",),
    runs=({"pk": 1},),
)
@admin.register(Tour)
class TourAdmin(admin.ModelAdmin):
    """Each row of the inline has a select of all depots, and each label asks for a region."""

    fields = ["name"]
    inlines = [StopInline]


# What looks like it.


@negative("n-plus-one", "the list is joined as its methods need it")
@admin.register(Shipment)
class ShipmentAdmin(admin.ModelAdmin):
    list_display = ["reference", "carrier", "route"]
    list_select_related = ["carrier", "origin", "destination"]
    list_per_page = 30

    def route(self, shipment):
        return shipment.route_name


@negative("n-plus-one", "what `__str__` of a key in `list_display` reads is joined")
@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin):
    list_display = ["headline", "author"]
    list_select_related = ["author__user"]
    list_per_page = 30


@negative("n-plus-one", "a key in `list_display` is joined by Django itself")
@admin.register(Course)
class CourseAdmin(admin.ModelAdmin):
    list_display = ["title", "teacher", "instrument"]
    list_per_page = 30


@negative("n-plus-one", "the count is an annotation of its queryset")
@admin.register(Desk)
class DeskAdmin(admin.ModelAdmin):
    list_display = ["name", "size"]

    def get_queryset(self, request):
        from django.db.models import Count

        return super().get_queryset(request).annotate(number=Count("journalists"))

    def size(self, desk):
        return desk.number


@negative("expensive-count", "the admin counts its list twice by design, and the table is small")
@admin.register(Student)
class StudentAdmin(admin.ModelAdmin):
    list_display = ["name", "level"]
    search_fields = ["name"]
    list_per_page = 30


for plain in (LabResult, Patient, Photo, Lesson, Payment):
    admin.site.register(plain)
