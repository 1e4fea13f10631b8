"""What the examinations office looks at."""

from io import StringIO

from django.contrib import admin
from django.core.management import call_command
from django.shortcuts import render
from django.views.generic import DetailView, ListView
from exams.forms import SittingForm
from exams.models import Course, Department, Sitting, Student
from exams.queries import Transcript, open_appeals, sittings_of
from situation import positive


@positive(
    "n-plus-one",
    model="exams.Student",
    relations=("account", "programme", "tutor__account"),
    code=(
        'Student.objects.select_related("account", "programme", "tutor__account")',
        'Student.objects.select_related("account", "programme").prefetch_related("tutor__account")',
    ),
)
class StudentList(ListView):
    model = Student  # site: student-list
    template_name = "exams/students.html"
    context_object_name = "students"
    paginate_by = 25

    def get_queryset(self):
        return super().get_queryset().order_by("number")  # site: student-list


@positive(
    "n-plus-one",
    model="exams.Sitting",
    relations=("examiner__account", "invigilators"),
    code=(
        'self.object.sittings.select_related("examiner__account").prefetch_related("invigilators")',
        'self.object.sittings.prefetch_related("invigilators", "examiner__account")',
    ),
    runs=({"pk": 3}, {"pk": 5}),
)
class CoursePage(DetailView):
    model = Course
    template_name = "exams/course.html"

    def get_object(self, queryset=None):
        return Course.objects.get(code=f"C00{self.kwargs['pk']}")

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            sittings=self.object.sittings.order_by("starts_at"),  # site: course-page
            **kwargs,
        )


@admin.register(Course)
@positive(
    "n-plus-one",
    model="exams.Course",
    relations=("lead__account",),
    code=(
        'list_select_related = ("lead__account",)',
        'list_select_related = ["lead__account"]',
        'Course.objects.select_related("lead__account")',
        'super().get_queryset(request).select_related("lead__account")',
    ),
)
class CourseAdmin(admin.ModelAdmin):  # site: course-admin
    list_display = ["code", "title", "head"]  # site: course-admin
    list_per_page = 40

    @admin.display(description="Head")
    def head(self, course):
        return str(course.lead) if course.lead else "–"


@admin.register(Sitting)
@positive(
    "n-plus-one",
    model="exams.Sitting",
    code_contains=("annotate(", 'Count("registrations"'),
    also=("query-in-loop",),
)
class SittingAdmin(admin.ModelAdmin):
    list_display = ["starts_at", "course_code", "people"]
    list_select_related = ["course"]
    list_per_page = 30

    def get_queryset(self, request):
        return super().get_queryset(request).filter(state="planned")  # site: sitting-admin

    def course_code(self, sitting):
        return sitting.course.code

    def people(self, sitting):
        return sitting.registrations.count()


@positive(
    "n-plus-one",
    model="exams.Examiner",
    relations=("account",),
    code=('Examiner.objects.select_related("account")',),
)
def plan_sitting(request):
    """The choices of a form are named by `__str__`."""
    return render(request, "exams/form.html", {"form": SittingForm()})


@positive(
    "n-plus-one",
    model="exams.Grade",
    relations=("registration__sitting__course", "registration__student__account"),
    code=('Grade.objects.select_related("registration__sitting__course", "registration__student__account")',),
)
def send_results():
    call_command("send_results", limit=40, stdout=StringIO())


@positive(
    "n-plus-one",
    model="exams.Course",
    relations=("required_by", "requires"),
    code=('Course.objects.prefetch_related("requires", "required_by")',),
)
def prerequisites():
    """A many-to-many to itself, from both ends."""
    graph = {}
    for course in Course.objects.filter(pk__gt=0).order_by("code")[:40]:  # site: prerequisites
        graph[course.code] = (
            {c.code for c in course.requires.all()},
            {c.code for c in course.required_by.all()},
        )
    return graph


@positive(
    "n-plus-one",
    model="exams.Sitting",
    relations=("examiner__account", "room"),
    code=(
        'Sitting.objects.select_related("examiner__account", "room")',
        'Sitting.objects.select_related("examiner__account").prefetch_related("room")',
    ),
)
def department_calendar():
    department = Department.objects.get(name="Department 5")
    events = []
    for sitting in sittings_of(department):
        place = sitting.room.name if sitting.room else "tba"
        events.append({"where": place, "who": sitting.examiner.account.email})
    return events


@positive(
    "n-plus-one",
    model="exams.Appeal",
    relations=("grade", "handler__account"),
    code=(
        'Appeal.objects.select_related("grade", "handler__account")',
        'Appeal.objects.select_related("grade").prefetch_related("handler__account")',
    ),
)
def appeal_desk(request):
    """A soft-deleting manager, and `regroup`."""
    return render(request, "exams/appeals.html", {"appeals": open_appeals()[:60]})


@positive(
    "n-plus-one",
    model="exams.Registration",
    relations=("grade", "sitting__course"),
    code=(
        'self.student.registrations.select_related("sitting__course", "grade")',
        'self.student.registrations.select_related("sitting__course").prefetch_related("grade")',
    ),
)
def transcript():
    student = Student.objects.get(number="M00007")
    return list(Transcript(student))
