"""A university: who studies what, in which rooms, with which success."""

from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.db import models
from django.db.models import F


class Programme(models.Model):
    code = models.CharField(max_length=8, unique=True)
    title = models.CharField(max_length=120)


class StudentQuerySet(models.QuerySet):
    def current(self):
        return self.exclude(status__in=[Student.Status.LEFT, Student.Status.DONE])

    def on_hold(self):
        return self.filter(status=Student.Status.SUSPENDED)


class Student(models.Model):
    class Status(models.IntegerChoices):
        STUDYING = 1
        SUSPENDED = 2
        LEFT = 3
        DONE = 4
        VISITING = 5

    matric = models.CharField(max_length=10, unique=True)
    family = models.CharField(max_length=60)
    given = models.CharField(max_length=60)
    email = models.CharField(max_length=120)
    phones = ArrayField(models.CharField(max_length=16), default=list)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="students")
    status = models.PositiveSmallIntegerField(choices=Status)
    entered_on = models.DateField()
    tutor = models.CharField(max_length=8, null=True)  # a member of staff, by short name

    objects = StudentQuerySet.as_manager()


class Room(models.Model):
    building = models.CharField(max_length=4)
    number = models.CharField(max_length=8)
    seats = models.SmallIntegerField()


class Course(models.Model):
    code = models.CharField(max_length=10, primary_key=True)
    title = models.CharField(max_length=120)
    credits = models.SmallIntegerField()


class Section(models.Model):
    """A course in a term, at an hour of a weekday."""

    course = models.ForeignKey(
        Course, models.PROTECT, db_column="course_code", related_name="sections", db_index=False
    )
    term = models.IntegerField()  # 20253: the third of 2025
    weekday = models.SmallIntegerField()
    starts = models.TimeField()
    room = models.ForeignKey(Room, models.PROTECT, null=True, db_index=False)
    staff = ArrayField(models.CharField(max_length=8), default=list)
    capacity = models.SmallIntegerField()
    remarks = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["weekday"], name="campus_section_weekday")]


class Enrolment(models.Model):
    class State(models.TextChoices):
        ACTIVE = "active"
        WAITING = "waiting"
        WITHDRAWN = "withdrawn"
        PASSED = "passed"
        FAILED = "failed"

    pk = models.CompositePrimaryKey("section_id", "student_id")
    section = models.ForeignKey(Section, models.CASCADE, related_name="enrolments", db_index=False)
    student = models.ForeignKey(Student, models.CASCADE, related_name="enrolments", db_index=False)
    state = models.CharField(max_length=10, choices=State)
    attempt = models.SmallIntegerField(default=1)
    grade = models.DecimalField(max_digits=3, decimal_places=1, null=True)
    graded_at = models.DateTimeField(null=True)
    graded_by = models.CharField(max_length=8, null=True)


class Attendance(models.Model):
    class Mark(models.IntegerChoices):
        PRESENT = 0
        LATE = 1
        ABSENT = 2
        EXCUSED = 3

    section = models.IntegerField()
    student = models.IntegerField()
    on = models.DateField()
    mark = models.SmallIntegerField(choices=Mark)

    class Meta:
        indexes = [models.Index(fields=["section", "on"], name="campus_attendance_list")]


class Booking(models.Model):
    room = models.ForeignKey(Room, models.CASCADE, related_name="bookings")
    during = DateTimeRangeField()
    kind = models.CharField(max_length=10)
    booked_by = models.CharField(max_length=120)
    is_cancelled = models.BooleanField(default=False)


class Application(models.Model):
    """Of somebody who wants to study."""

    id = models.UUIDField(primary_key=True)
    email = models.CharField(max_length=120)
    programme = models.ForeignKey(Programme, models.PROTECT, db_index=False)
    answers = models.JSONField(default=dict)
    score = models.FloatField(null=True)
    submitted_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=8, null=True)
    essay = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["decision"], name="campus_application_decision")]


class Fee(models.Model):
    student = models.ForeignKey(Student, models.PROTECT, related_name="fees", db_index=False)
    term = models.IntegerField()
    cents = models.IntegerField()
    paid_cents = models.IntegerField(default=0)
    open_cents = models.GeneratedField(
        expression=F("cents") - F("paid_cents"), output_field=models.IntegerField(), db_persist=True
    )
    reminded_on = models.DateField(null=True)
    payment_ref = models.CharField(max_length=30, null=True)
