from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models

from clinic.models.people import Patient, Practice


class Room(models.Model):
    practice = models.ForeignKey(Practice, models.CASCADE, related_name="rooms")
    label = models.CharField(max_length=20)


class Appointment(models.Model):
    class Status(models.TextChoices):
        DONE = "done"
        CANCELLED = "cancelled"
        BOOKED = "booked"
        NO_SHOW = "no_show"
        HELD = "held"

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="appointments")
    practice = models.ForeignKey(Practice, models.CASCADE, db_index=False)
    room = models.ForeignKey(Room, models.CASCADE, related_name="appointments", db_index=False)
    clinician = models.IntegerField()
    during = DateTimeRangeField()
    status = models.CharField(max_length=12, choices=Status)
    created_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    price = models.DecimalField(max_digits=8, decimal_places=2)
