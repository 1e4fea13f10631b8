"""Parcel lockers at street corners, run for several carriers."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Carrier(models.Model):
    code = models.CharField(max_length=4, unique=True)
    name = models.CharField(max_length=60)


class Tariff(models.Model):
    carrier = models.ForeignKey(Carrier, models.CASCADE, to_field="code", db_index=False)
    size = models.PositiveSmallIntegerField()
    cents = models.IntegerField()


class Station(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    code = models.CharField(max_length=12, unique=True)
    city = models.CharField(max_length=60)
    address = models.GenericIPAddressField()
    retired_at = models.DateTimeField(null=True)


class Compartment(models.Model):
    class Size(models.IntegerChoices):
        SMALL = 1
        MIDDLE = 2
        LARGE = 3

    class State(models.TextChoices):
        FREE = "free"
        TAKEN = "taken"
        BROKEN = "broken"

    station = models.ForeignKey(Station, models.CASCADE, related_name="compartments", db_index=False)
    number = models.PositiveSmallIntegerField()
    size = models.PositiveSmallIntegerField(choices=Size)
    state = models.CharField(max_length=8, choices=State)
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["station", "number"], name="lockers_door")]


class ParcelQuerySet(models.QuerySet):
    def alive(self):
        return self.filter(deleted_at__isnull=True)

    def of(self, carrier):
        return self.alive().filter(carrier_id=carrier)

    def waiting(self):
        return self.alive().filter(state=Parcel.State.WAITING)


class Parcel(models.Model):
    class State(models.TextChoices):
        ANNOUNCED = "announced"
        TRANSIT = "transit"
        WAITING = "waiting"
        PICKED = "picked"
        RETURNED = "returned"
        LOST = "lost"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    carrier = models.ForeignKey(
        Carrier, models.PROTECT, to_field="code", db_column="carrier_code", db_index=False
    )
    station = models.ForeignKey(Station, models.PROTECT, related_name="parcels", db_index=False)
    tracking = models.CharField(max_length=24)
    recipient_email = models.CharField(max_length=120)
    recipient_phone = models.CharField(max_length=20, null=True)
    state = models.CharField(max_length=10, choices=State)
    created_at = models.DateTimeField()
    picked_at = models.DateTimeField(null=True)
    expires_on = models.DateField()
    weight_g = models.IntegerField()
    attributes = models.JSONField(default=dict)
    marks = ArrayField(models.CharField(max_length=16), default=list)
    deleted_at = models.DateTimeField(null=True)

    objects = ParcelQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["carrier", "tracking"], name="lockers_label")]
        indexes = [models.Index(fields=["state", "carrier"], name="lockers_parcel_state")]


class Scan(models.Model):
    """Whatever a device saw of a parcel."""

    parcel = models.ForeignKey(Parcel, models.CASCADE, related_name="scans", db_index=False)
    station = models.ForeignKey(Station, models.PROTECT, related_name="+")
    kind = models.PositiveSmallIntegerField()
    device = models.GenericIPAddressField(db_column="device_ip")
    at = models.DateTimeField(db_column="scanned_at")

    class Meta:
        db_table = "lockers_scanlog"


class Message(models.Model):
    """What is to be sent: filled and emptied all the time."""

    phone = models.CharField(max_length=20)
    body = models.CharField(max_length=160)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
