"""Courses, lessons, students, and who pays for them."""

from django.db import models


class Building(models.Model):
    name = models.CharField(max_length=60)


class Room(models.Model):
    name = models.CharField(max_length=60)
    building = models.ForeignKey(Building, models.CASCADE, related_name="rooms")

    def __str__(self):
        return f"{self.building.name} {self.name}"


class Family(models.Model):
    name = models.CharField(max_length=40)


class Instrument(models.Model):
    name = models.CharField(max_length=40)
    family = models.ForeignKey(Family, models.PROTECT, related_name="instruments")

    def __str__(self):
        return self.name


class Teacher(models.Model):
    name = models.CharField(max_length=60)
    room = models.ForeignKey(Room, models.SET_NULL, null=True, related_name="teachers")
    instruments = models.ManyToManyField(Instrument, related_name="teachers")

    def __str__(self):
        return self.name


class Guardian(models.Model):
    name = models.CharField(max_length=60)
    phone = models.CharField(max_length=20)
    balance = models.IntegerField(default=0)


class Student(models.Model):
    name = models.CharField(max_length=60)
    email = models.EmailField(unique=True)
    guardian = models.ForeignKey(Guardian, models.SET_NULL, null=True, related_name="children")
    mentor = models.ForeignKey(Teacher, models.SET_NULL, null=True, related_name="mentees")
    courses = models.ManyToManyField("Course", through="Enrolment", related_name="students")
    level = models.IntegerField(default=1)

    def __str__(self):
        return self.name


class Course(models.Model):
    title = models.CharField(max_length=80)
    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="courses")
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="courses")
    capacity = models.IntegerField(default=12)
    tariff_code = models.CharField(max_length=8)

    def __str__(self):
        return self.title

    @property
    def free_places(self):
        return self.capacity - self.enrolments.count()  # site: course-card


class Enrolment(models.Model):
    student = models.ForeignKey(Student, models.CASCADE, related_name="enrolments")
    course = models.ForeignKey(Course, models.CASCADE, related_name="enrolments")
    grade = models.IntegerField(default=0)
    is_active = models.BooleanField(default=True)


class Lesson(models.Model):
    course = models.ForeignKey(Course, models.CASCADE, related_name="lessons")
    room = models.ForeignKey(Room, models.SET_NULL, null=True, related_name="lessons")
    starts_at = models.DateTimeField(db_index=True)
    topic = models.CharField(max_length=80)

    class Meta:
        ordering = ["starts_at"]


class Attendance(models.Model):
    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="attendances")
    student = models.ForeignKey(Student, models.CASCADE, related_name="attendances")
    is_present = models.BooleanField(default=True)


class Ensemble(models.Model):
    name = models.CharField(max_length=60)
    conductor = models.ForeignKey(Teacher, models.PROTECT, related_name="ensembles")
    members = models.ManyToManyField(Student, related_name="ensembles")


class Payment(models.Model):
    reference = models.CharField(max_length=16, unique=True)
    guardian = models.ForeignKey(Guardian, models.CASCADE, related_name="payments")
    amount = models.IntegerField()
    is_settled = models.BooleanField(default=False)


class Tariff(models.Model):
    """A handful of rows that change once a year."""

    code = models.CharField(max_length=8, unique=True)
    price = models.IntegerField()


class Option(models.Model):
    """What the office can set by itself."""

    key = models.CharField(max_length=40, unique=True)
    value = models.CharField(max_length=80)


class Logbook(models.Model):
    text = models.CharField(max_length=120)
    amount = models.IntegerField(default=0)
