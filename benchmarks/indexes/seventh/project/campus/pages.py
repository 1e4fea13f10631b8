"""The registrar's office, the timetable, admissions and fees."""

import datetime as dt

from django.db import transaction
from django.db.models import Avg, Count, Exists, F, Max, Min, OuterRef, Q, Sum, Window
from django.db.models.functions import Lower, RowNumber, TruncMonth

from campus import timetable
from campus.models import (
    Application,
    Attendance,
    Booking,
    Course,
    Enrolment,
    Fee,
    Programme,
    Room,
    Section,
    Student,
)

THIS_TERM = 20253
EXCELLENT = 1590


def undone(change):
    with transaction.atomic():
        done = change()
        transaction.set_rollback(True)
    return done


def transcript(student):
    """A student's sections; the primary key begins with the section."""
    mine = Enrolment.objects.filter(student=student).select_related("section__course")
    return [(one.section.course.title, one.grade) for one in mine.order_by("section__term", "section_id")]


def last_chances():
    """Who tries something for the fourth time."""
    found = Enrolment.objects.filter(attempt__gte=4, state=Enrolment.State.ACTIVE)
    return list(found.values_list("student__matric", "section_id").order_by("student_id"))


def graded_since(moment):
    new = Enrolment.objects.filter(graded_at__gte=moment).order_by("graded_at")
    return [(one.student_id, one.section_id, one.grade) for one in new[:100]]


def grader(short, term):
    """What somebody graded in a term."""
    done = Enrolment.objects.filter(graded_by=short, section__term=term)
    return done.aggregate(n=Count("student"), mean=Avg("grade"))


def places_in_line(courses):
    """The waiting lists of some courses, with everybody's place."""
    place = Window(RowNumber(), partition_by="section", order_by="student")
    found = Enrolment.objects.filter(state=Enrolment.State.WAITING, section__course__in=courses)
    return list(found.annotate(place=place).values_list("section_id", "student_id", "place"))


def absent(student, first, until):
    missed = Attendance.objects.filter(student=student, on__gte=first, on__lt=until)
    return list(missed.exclude(mark=Attendance.Mark.PRESENT).order_by("on").values("on", "section", "mark"))


def absent_on(day):
    """A day's list for the office."""
    missed = Attendance.objects.filter(on=day, mark=Attendance.Mark.ABSENT)
    return list(missed.values("section").annotate(n=Count("pk")).order_by("-n", "section"))


def rooms_at(lower, upper, seats):
    return list(timetable.free_rooms((lower, upper), seats))


def running(moment):
    """What goes on right now, in all houses."""
    now = Booking.objects.filter(during__contains=moment, is_cancelled=False)
    return list(now.order_by("room__building", "room__number", "pk").values("kind", "booked_by"))


def exams(first, until):
    """A rare kind, between two days by its beginning."""
    found = Booking.objects.filter(kind="exam", during__startswith__gte=first, during__startswith__lt=until)
    return list(found.order_by("during__startswith").select_related("room"))


def bookings_of(address, first):
    """By an address, however it is written."""
    mine = Booking.objects.filter(booked_by__iexact=address, during__startswith__gte=first)
    return list(mine.order_by("-during__startswith")[:25])


def taught_in(room, term, weekday, hour):
    return list(timetable.in_room(room, term, weekday, dt.time(hour)))


def teaches(short, term):
    return list(Section.objects.filter(staff__contains=[short], term=term).order_by("weekday", "starts"))


def terms_of(course):
    """How often a course was given."""
    given = Section.objects.filter(course=course).values("term")
    return list(given.annotate(n=Count("pk"), places=Sum("capacity")).order_by("-term"))


def find(text):
    """A box for names and numbers."""
    found = Student.objects.filter(Q(family__istartswith=text) | Q(matric__istartswith=text))
    return list(found.order_by("family", "given", "pk")[:20])


def domain(name):
    return list(Student.objects.filter(email__iendswith=f"@{name}").order_by("pk").values("matric", "email"))


def who_called(number):
    return list(Student.objects.filter(phones__contains=[number]))


def on_hold(term):
    """Suspended students who owe something for a term."""
    owes = Fee.objects.filter(student=OuterRef("pk"), term=term, open_cents__gt=0)
    return list(Student.objects.on_hold().filter(Exists(owes)).order_by("matric"))


def tutees(short):
    return list(Student.objects.current().filter(tutor=short).order_by("family", "pk"))


def debts(term):
    """The highest sums that are open, which a column keeps."""
    due = Fee.objects.filter(term=term, open_cents__gt=0).select_related("student")
    return [(one.student.matric, one.open_cents) for one in due.order_by("-open_cents")[:30]]


def account(student):
    return list(Student(pk=student).fees.order_by("-term").values("term", "cents", "open_cents"))


def paid_with(ref):
    return Fee.objects.filter(payment_ref=ref).first()


def remind(term, day):
    """All that wasn't paid at all and of which nobody was told."""
    late = Fee.objects.filter(paid_cents=0, reminded_on=None, term__lt=term)
    return undone(lambda: late.update(reminded_on=day))


def applications_of(email):
    mine = Application.objects.annotate(low=Lower("email")).filter(low=email.lower())
    return list(mine.order_by("submitted_at").values("pk", "decision"))


def excellent():
    """Numbers in JSON above a bound."""
    found = Application.objects.filter(answers__sat__gt=EXCELLENT)
    return list(found.order_by("pk").values_list("pk", "answers__sat"))


def school(code):
    return list(
        Application.objects.filter(answers__school__code=code, submitted_at__isnull=False).order_by("pk")
    )


def to_decide(programme):
    """Handed in and undecided, of a programme; an index has the decision."""
    waiting = Application.objects.filter(programme=programme, decision=None).exclude(submitted_at=None)
    return list(waiting.order_by("submitted_at").values("pk", "email", "submitted_at"))


def ranking(programme):
    """The best first, and of the same score those who were early."""
    ranked = Application.objects.filter(programme=programme, score__isnull=False, submitted_at__isnull=False)
    return list(ranked.order_by("-score", "submitted_at").values_list("email", "score")[:20])


def languages(code):
    """A rare one in a list in JSON."""
    return Application.objects.filter(answers__languages__contains=[code]).count()


def leave(student):
    """Somebody leaves, and all that hangs on it with them."""
    return undone(lambda: Enrolment.objects.filter(student=student, grade=None).delete())


# What no index should be advised for.


def roster(section):
    return list(Enrolment.objects.filter(section=section).values("student__family", "state"))


def enrolled(pairs):
    return list(
        Enrolment.objects.filter(pk__in=[tuple(one) for one in pairs]).values_list("state", flat=True)
    )


def room_week(room, lower, upper):
    """An index has the room, which leaves two hundred rows."""
    return list(Booking.objects.filter(room=room, during__overlap=(lower, upper)))


def programmes():
    return list(Programme.objects.filter(title__icontains="river").order_by("title"))


def student(matric):
    return Student.objects.filter(matric=matric).select_related("programme").first()


def mean_grades():
    """All grades of all years."""
    graded = Enrolment.objects.exclude(grade=None).values("attempt")
    return list(
        graded.annotate(mean=Avg("grade"), last=Max("graded_at"), by=Min("graded_by"), n=Count("student"))
    )


def months_of_attendance():
    months = Attendance.objects.filter(mark__lte=2).annotate(month=TruncMonth("on")).values("month")
    return list(months.annotate(n=Count("student"), s=Max("section")).order_by("month"))


def attendance_list(section, day):
    return list(
        Attendance.objects.filter(section=section, on=day).order_by("student").values("student", "mark")
    )


def kept_bookings():
    """Nearly all."""
    kept = Booking.objects.filter(is_cancelled=False).values("kind")
    return list(kept.annotate(n=Count("booked_by"), last=Max("during__startswith")))


def some_students():
    return list(Student.objects.filter(status__in=[3, 4]).order_by("pk").values("matric")[:50])


def big_rooms():
    return list(Room.objects.filter(seats__gte=300).order_by("-seats", "pk"))


def course(code):
    return Course.objects.filter(code=code).values("title", "credits", total=F("credits") * 30).first()
