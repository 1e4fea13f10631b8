from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models

from bloodbank.models.donors import Donation


class Component(models.Model):
    class State(models.TextChoices):
        QUARANTINE = "QUA"
        AVAILABLE = "AVA"
        RESERVED = "RES"
        ISSUED = "ISS"
        DISCARDED = "DIS"

    donation = models.ForeignKey(Donation, models.PROTECT, related_name="components")
    kind = models.CharField(max_length=10)
    blood_group = models.CharField(max_length=3)
    state = models.CharField(max_length=3, choices=State, default=State.QUARANTINE)
    expires_on = models.DateField()
    discarded_because = models.CharField(max_length=60, null=True)


class Plasma(Component):
    """Has rows in two tables."""

    titre = models.IntegerField(null=True)
    frozen_at = models.DateTimeField()


class TestResult(models.Model):
    donation = models.ForeignKey(Donation, models.CASCADE, related_name="results", db_index=False)
    marker = models.CharField(max_length=8)
    outcome = models.CharField(max_length=3)
    signal = models.FloatField(null=True)
    measured_at = models.DateTimeField()


class Order(models.Model):
    class Status(models.IntegerChoices):
        NEW = 1
        CONFIRMED = 2
        PACKED = 3
        SHIPPED = 4
        CANCELLED = 5

    OPEN = (Status.NEW, Status.CONFIRMED)

    hospital = models.IntegerField()
    patient_ref = models.CharField(max_length=20)
    blood_group = models.CharField(max_length=3)
    status = models.SmallIntegerField(choices=Status)
    needed_at = models.DateTimeField()
    window = DateTimeRangeField()
    units = models.SmallIntegerField()
    components = models.ManyToManyField(Component, through="Allocation", related_name="orders")

    class Meta:
        db_table = "bb_order"


class Allocation(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, db_index=False)
    component = models.ForeignKey(Component, models.PROTECT, db_index=False)
    crossmatched = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "component"], name="allocated_once")]


class Fridge(models.Model):
    label = models.CharField(max_length=20)
    site = models.IntegerField()


class FridgeLog(models.Model):
    """A table that isn't logged: it may be lost. load.sql makes it."""

    fridge = models.ForeignKey(Fridge, models.DO_NOTHING, related_name="logs", db_constraint=False)
    read_at = models.DateTimeField()
    celsius = models.FloatField()
    door_open = models.BooleanField(default=False)

    class Meta:
        managed = False
        db_table = "bloodbank_fridgelog"
