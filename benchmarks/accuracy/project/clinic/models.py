"""Patients, doctors, visits and what comes of them."""

from django.db import models


class Insurer(models.Model):
    name = models.CharField(max_length=80)
    code = models.CharField(max_length=12, unique=True)

    def __str__(self):
        return self.name


class Speciality(models.Model):
    name = models.CharField(max_length=60)

    def __str__(self):
        return self.name


class Person(models.Model):
    name = models.CharField(max_length=80)
    email = models.EmailField()
    born = models.DateField()

    def __str__(self):
        return self.name


class Doctor(Person):
    speciality = models.ForeignKey(Speciality, models.PROTECT, related_name="doctors")
    supervisor = models.ForeignKey("self", models.SET_NULL, null=True, related_name="trainees")
    room_number = models.CharField(max_length=8)

    @property
    def title(self):
        return f"{self.name}, {self.speciality.name}"


class Ward(models.Model):
    name = models.CharField(max_length=60)
    head = models.ForeignKey(Doctor, models.SET_NULL, null=True, related_name="headed_wards")

    def __str__(self):
        return self.name


class Room(models.Model):
    ward = models.ForeignKey(Ward, models.CASCADE, related_name="rooms")
    number = models.CharField(max_length=8)

    def __str__(self):
        return f"{self.ward.name} {self.number}"


class Patient(models.Model):
    name = models.CharField(max_length=80)
    born = models.DateField()
    insurer = models.ForeignKey(Insurer, models.SET_NULL, null=True, related_name="patients")
    family_doctor = models.ForeignKey(Doctor, models.SET_NULL, null=True, related_name="family_patients")
    allergies = models.ManyToManyField("Drug", related_name="allergic_patients")

    def __str__(self):
        return self.name

    def insurer_name(self):
        return self.insurer.name if self.insurer_id else "self-paying"

    def has_open_visits(self):
        return self.visits.filter(status="open").exists()

    def last_visit(self):
        return self.visits.order_by("-started_at").first()


class Chart(models.Model):
    patient = models.OneToOneField(Patient, models.CASCADE, related_name="chart")
    blood_group = models.CharField(max_length=3)
    risk = models.CharField(max_length=20)


class VisitQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status="open")

    def with_people(self):
        return self.select_related("patient", "doctor")

    def of_ward(self, name):
        return self.filter(room__ward__name=name)


class BillableManager(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(fee__gt=0)  # site: billing-run


class Visit(models.Model):
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="visits")
    doctor = models.ForeignKey(Doctor, models.PROTECT, related_name="visits")
    referred_by = models.ForeignKey(Doctor, models.SET_NULL, null=True, related_name="referred_visits")
    room = models.ForeignKey(Room, models.SET_NULL, null=True, related_name="visits")
    started_at = models.DateTimeField(db_index=True)
    status = models.CharField(max_length=12)
    fee = models.DecimalField(max_digits=8, decimal_places=2)

    objects = VisitQuerySet.as_manager()
    billable = BillableManager()

    def __str__(self):
        return f"{self.patient.name}, {self.started_at:%d %b}"

    def drugs_given(self):
        return [item.drug.name for item in self.prescriptions.all()]


class Maker(models.Model):
    name = models.CharField(max_length=60)
    country = models.CharField(max_length=2)

    def __str__(self):
        return self.name


class Drug(models.Model):
    name = models.CharField(max_length=60)
    code = models.CharField(max_length=12, unique=True)
    maker = models.ForeignKey(Maker, models.PROTECT, related_name="drugs")

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Prescription(models.Model):
    visit = models.ForeignKey(Visit, models.CASCADE, related_name="prescriptions")
    drug = models.ForeignKey(Drug, models.PROTECT, related_name="prescriptions")
    dose = models.CharField(max_length=20)
    days = models.IntegerField()


class Lab(models.Model):
    name = models.CharField(max_length=60)
    city = models.CharField(max_length=60)


class LabResult(models.Model):
    """Comes from outside: the laboratory may have been removed since."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="lab_results")
    lab = models.ForeignKey(Lab, models.DO_NOTHING, db_constraint=False, related_name="results")
    kind = models.CharField(max_length=20)
    value = models.FloatField()
    is_flagged = models.BooleanField(default=False)


class Letter(models.Model):
    """A letter to a patient, with its whole text and its scan."""

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="letters")
    subject = models.CharField(max_length=120)
    body = models.TextField()
    scan = models.BinaryField()
    sent_at = models.DateTimeField(null=True)
