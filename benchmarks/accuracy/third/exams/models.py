"""A university's exams."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class Faculty(models.Model):
    name = models.CharField(max_length=60)


class Account(AbstractUser):
    faculty = models.ForeignKey(Faculty, models.SET_NULL, null=True, related_name="members")


class Department(models.Model):
    faculty = models.ForeignKey(Faculty, models.CASCADE, related_name="departments")
    name = models.CharField(max_length=60)


class Programme(models.Model):
    department = models.ForeignKey(Department, models.CASCADE, related_name="programmes")
    name = models.CharField(max_length=60)


class Examiner(models.Model):
    account = models.OneToOneField(Account, models.CASCADE, related_name="examiner")
    department = models.ForeignKey(Department, models.CASCADE, related_name="examiners")
    title = models.CharField(max_length=20)

    def __str__(self):
        return f"{self.title} {self.account.last_name}"


class Student(models.Model):
    account = models.OneToOneField(Account, models.CASCADE, related_name="student")
    number = models.CharField(max_length=12, unique=True)
    programme = models.ForeignKey(Programme, models.CASCADE, related_name="students")
    tutor = models.ForeignKey(Examiner, models.SET_NULL, null=True, related_name="tutees")

    @property
    def full_name(self):
        return f"{self.account.first_name} {self.account.last_name}"


class Course(models.Model):
    code = models.CharField(max_length=12, unique=True)
    title = models.CharField(max_length=80)
    department = models.ForeignKey(Department, models.CASCADE, related_name="courses")
    lead = models.ForeignKey(Examiner, models.SET_NULL, null=True, related_name="led")
    requires = models.ManyToManyField("self", symmetrical=False, related_name="required_by")


class Room(models.Model):
    name = models.CharField(max_length=20)
    seats = models.IntegerField()


class SittingQuerySet(models.QuerySet):
    def upcoming(self):
        return self.filter(state="planned").order_by("starts_at")

    def with_course(self):
        return self.select_related("course")


class Sitting(models.Model):
    course = models.ForeignKey(Course, models.CASCADE, related_name="sittings")
    room = models.ForeignKey(Room, models.SET_NULL, null=True, related_name="sittings")
    examiner = models.ForeignKey(Examiner, models.CASCADE, related_name="sittings")
    invigilators = models.ManyToManyField(Examiner, related_name="watches")
    starts_at = models.DateTimeField()
    state = models.CharField(max_length=12)

    objects = SittingQuerySet.as_manager()


class Registration(models.Model):
    sitting = models.ForeignKey(Sitting, models.CASCADE, related_name="registrations")
    student = models.ForeignKey(Student, models.CASCADE, related_name="registrations")
    state = models.CharField(max_length=12)
    seat = models.IntegerField(null=True)


class Grade(models.Model):
    registration = models.OneToOneField(Registration, models.CASCADE, related_name="grade")
    points = models.IntegerField()
    graded_by = models.ForeignKey(Examiner, models.CASCADE, related_name="grades")
    published_at = models.DateTimeField(null=True)


class Script(models.Model):
    registration = models.ForeignKey(Registration, models.CASCADE, related_name="scripts")
    file = models.FileField()
    pages = models.IntegerField()
    ocr = models.TextField()
    layout = models.JSONField(default=dict)


class Topic(models.Model):
    name = models.CharField(max_length=40)


class Question(models.Model):
    sitting = models.ForeignKey(Sitting, models.CASCADE, related_name="questions")
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="parts")
    topic = models.ForeignKey(Topic, models.SET_NULL, null=True)
    text = models.CharField(max_length=200)
    points = models.IntegerField()


class Answer(models.Model):
    question = models.ForeignKey(Question, models.CASCADE, related_name="answers")
    registration = models.ForeignKey(Registration, models.CASCADE, related_name="answers")
    score = models.IntegerField()


class LiveAppeals(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(deleted_at=None)


class Appeal(models.Model):
    grade = models.ForeignKey(Grade, models.CASCADE, related_name="appeals")
    handler = models.ForeignKey(Examiner, models.SET_NULL, null=True)
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=12)
    deleted_at = models.DateTimeField(null=True)

    objects = LiveAppeals()
    all_objects = models.Manager()


class Reminder(models.Model):
    student = models.ForeignKey(Student, models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=20)
    note = models.CharField(max_length=80, blank=True)


class Waiver(models.Model):
    student = models.ForeignKey(Student, models.CASCADE, related_name="waivers")
    reason = models.CharField(max_length=80)
    is_checked = models.BooleanField(default=False)


class Scale(models.Model):
    code = models.CharField(max_length=6, unique=True)
    minimum = models.IntegerField()


class AccessLog(models.Model):
    path = models.CharField(max_length=40)
    account_id = models.BigIntegerField()
    at = models.DateTimeField()
