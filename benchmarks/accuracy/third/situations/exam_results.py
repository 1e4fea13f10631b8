"""Results, and who gave them."""

from django.db.models import Avg
from exams.models import Examiner, Grade, Registration, Sitting, Student
from situation import positive


@positive(
    "n-plus-one",
    model="exams.Sitting",
    code_contains=("annotate(", "Avg("),
    also=("query-in-loop",),
)
def averages():
    held = Sitting.objects.filter(state="held").order_by("-starts_at")[:30]  # site: averages
    return {s.pk: s.registrations.aggregate(mean=Avg("grade__points"))["mean"] for s in held}


@positive(
    "n-plus-one",
    model="exams.Student",
    code_contains=("annotate(", "Count(", "filter="),
    also=("query-in-loop",),
)
def busy_students():
    found = Student.objects.filter(tutor=None).order_by("number")[:40]  # site: busy-students
    return sorted(found, key=lambda s: s.registrations.filter(state="open").count(), reverse=True)[:5]


@positive(
    "n-plus-one",
    model="exams.Sitting",
    relations=("course__department__faculty",),
    code=('Sitting.objects.select_related("course__department__faculty")',),
)
def faculty_days():
    """The queryset method joins the course alone, and one page needs more."""
    days = {}
    for sitting in Sitting.objects.upcoming().with_course()[:60]:  # site: faculty-days
        days.setdefault(sitting.course.department.faculty.name, []).append(sitting.starts_at)
    return days


@positive(
    "n-plus-one",
    model="exams.Registration",
    relations=("student__account",),
    code=('Registration.objects.select_related("student__account")',),
)
def attendance_sheet():
    names = []
    for registration in (
        # site: attendance-sheet
        Registration.objects.filter(seat=3).order_by("pk")[:80].iterator()
    ):
        names.append(registration.student.full_name)
    return names


@positive(
    "n-plus-one",
    model="exams.Grade",
    relations=("graded_by__department",),
    code=(
        'Grade.objects.select_related("graded_by__department")',
        'Grade.objects.prefetch_related("graded_by__department")',
    ),
)
def strictness():
    from collections import defaultdict

    totals = defaultdict(list)
    for grade in Grade.objects.filter(points__lt=3).order_by("pk")[:60]:  # site: strictness
        totals[grade.graded_by.department.name].append(grade.points)
    return dict(totals)


@positive(
    "n-plus-one",
    model="exams.Examiner",
    relations=("sittings", "watches"),
    code=('Examiner.objects.prefetch_related("sittings", "watches")',),
)
def workload():
    lines = []
    for examiner in Examiner.objects.order_by("pk")[:45]:  # site: workload
        own = [sitting.starts_at for sitting in examiner.sittings.all()]
        lines.append((examiner.title, own, [watch.starts_at for watch in examiner.watches.all()]))
    return lines
