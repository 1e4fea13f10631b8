"""A hospital: patients, their stays, what was measured and billed, meters of the building."""

from django.db import models


class Ward(models.Model):
    name = models.CharField(max_length=40)
    floor = models.SmallIntegerField()


class Doctor(models.Model):
    name = models.CharField(max_length=80)
    email = models.CharField(max_length=120)
    ward = models.ForeignKey(Ward, models.CASCADE)
    is_active = models.BooleanField(default=True)


class Patient(models.Model):
    mrn = models.CharField(max_length=20, unique=True)
    surname = models.CharField(max_length=60)
    email = models.CharField(max_length=120)
    born = models.DateField(db_index=True)
    postcode = models.CharField(max_length=10)
    town = models.CharField(max_length=60)
    blood = models.CharField(max_length=3)
    history = models.TextField(default="")


class Stay(models.Model):
    patient = models.ForeignKey(Patient, models.CASCADE)
    ward = models.ForeignKey(Ward, models.CASCADE)
    doctor = models.ForeignKey(Doctor, models.SET_NULL, null=True)
    status = models.CharField(max_length=12)
    urgency = models.SmallIntegerField()
    admitted_at = models.DateTimeField()
    discharged_at = models.DateTimeField(null=True)
    cost = models.DecimalField(max_digits=10, decimal_places=2)


class Invoice(models.Model):
    """Its foreign key has no index."""

    stay = models.ForeignKey(Stay, models.CASCADE, db_index=False)
    number = models.CharField(max_length=20)
    total = models.DecimalField(max_digits=10, decimal_places=2)


class Reading(models.Model):
    stay = models.ForeignKey(Stay, models.CASCADE, db_index=False)
    kind = models.SmallIntegerField()
    value = models.FloatField()
    taken_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kind", "taken_at"], name="reading_kind_taken")]


class Tariff(models.Model):
    """Prices by the cost of a stay, from and to."""

    low = models.DecimalField(max_digits=10, decimal_places=2)
    high = models.DecimalField(max_digits=10, decimal_places=2)
    label = models.CharField(max_length=20)


class Letter(models.Model):
    """A body of 20 kB, out of line."""

    patient = models.ForeignKey(Patient, models.CASCADE)
    sent_at = models.DateTimeField()
    body = models.TextField()


class Alarm(models.Model):
    """Never analysed."""

    room = models.IntegerField()
    code = models.CharField(max_length=12)
    raised_at = models.DateTimeField()


class Visit(models.Model):
    """Analysed when it had five thousand rows, of other days; many came since."""

    patient = models.ForeignKey(Patient, models.CASCADE)
    gate = models.CharField(max_length=8, db_index=True)
    came_at = models.DateTimeField()


class Shift(models.Model):
    nurse = models.IntegerField()
    day = models.DateField()
    hours = models.SmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["nurse", "day"], name="shift_nurse_day")]


class Event(models.Model):
    """In a partition for each month."""

    at = models.DateTimeField()
    kind = models.SmallIntegerField()
    actor = models.IntegerField()
    text = models.TextField()

    class Meta:
        managed = False
        db_table = "clinic_event"
