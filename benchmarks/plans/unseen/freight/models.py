"""Parcels on their way, scanned at depots."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models.functions import Upper


class Depot(models.Model):
    code = models.CharField(max_length=6)
    region = models.CharField(max_length=20)


class Carrier(models.Model):
    name = models.CharField(max_length=40)


class Service(models.Model):
    name = models.CharField(max_length=30)


class Parcel(models.Model):
    barcode = models.CharField(max_length=24, unique=True)
    sender = models.CharField(max_length=80)
    recipient = models.CharField(max_length=80)
    status = models.CharField(max_length=12)
    postcode = models.CharField(max_length=10)
    city = models.CharField(max_length=40)
    weight = models.DecimalField(max_digits=7, decimal_places=2)
    batch = models.CharField(max_length=10)
    depot = models.ForeignKey(Depot, models.CASCADE)
    carrier = models.ForeignKey(Carrier, models.CASCADE, db_index=False)
    services = models.ManyToManyField(Service)
    created_at = models.DateTimeField(db_index=True)
    updated_at = models.DateTimeField()
    is_lost = models.BooleanField(default=False)
    meta = models.JSONField(default=dict)
    tags = ArrayField(models.CharField(max_length=12), default=list)

    class Meta:
        indexes = [
            GinIndex(fields=["meta"], name="parcel_meta"),
            GinIndex(fields=["tags"], name="parcel_tags"),
            models.Index(Upper("recipient"), name="parcel_recipient_upper"),
        ]


class Scan(models.Model):
    parcel = models.ForeignKey(Parcel, models.CASCADE)
    depot = models.ForeignKey(Depot, models.CASCADE, db_index=False)
    code = models.CharField(max_length=6)
    belt = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [BrinIndex(fields=["belt"], name="scan_belt", pages_per_range=16)]


class Sample(models.Model):
    """What the meters at depots say, by depot and time."""

    depot = models.ForeignKey(Depot, models.CASCADE, db_index=False)
    kwh = models.FloatField()
    quality = models.SmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["depot", "at"], name="sample_depot_at")]
