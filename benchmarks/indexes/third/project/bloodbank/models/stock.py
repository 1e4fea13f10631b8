from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models

from bloodbank.models.donors import BloodGroup, Donor, Site


class Hospital(models.Model):
    name = models.CharField(max_length=80)
    city = models.CharField(max_length=40)


class Donation(models.Model):
    donor = models.ForeignKey(Donor, models.PROTECT, related_name="donations", db_index=False)
    site = models.ForeignKey(Site, models.PROTECT, related_name="donations")
    collected_at = models.DateTimeField()
    kind = models.CharField(max_length=10)
    volume = models.PositiveSmallIntegerField(db_column="volume_ml")
    barcode = models.CharField(max_length=16)

    class Meta:
        db_table = "donation"


class Assay(models.Model):
    """One test of one donation."""

    class Kind(models.IntegerChoices):
        HIV = 1
        HBV = 2
        HCV = 3
        SYPHILIS = 4

    donation = models.ForeignKey(Donation, models.CASCADE, related_name="assays", db_index=False)
    kind = models.SmallIntegerField(choices=Kind)
    ratio = models.FloatField()
    reactive = models.BooleanField(default=False)
    confirmed = models.BooleanField(null=True)


class UnitQuerySet(models.QuerySet):
    def on_the_shelf(self):
        return self.filter(status=Unit.Status.AVAILABLE)

    def not_issued(self):
        return self.filter(status__in=(Unit.Status.QUARANTINE, Unit.Status.AVAILABLE))


class Unit(models.Model):
    class Status(models.IntegerChoices):
        QUARANTINE = 0
        AVAILABLE = 1
        RESERVED = 2
        ISSUED = 3
        DISCARDED = 4

    class Component(models.TextChoices):
        RED = "red", "red cells"
        PLASMA = "pla", "plasma"
        PLATELETS = "plt", "platelets"

    donation = models.ForeignKey(Donation, models.PROTECT, related_name="units")
    component = models.CharField(max_length=3, choices=Component)
    blood_group = models.CharField(max_length=3, choices=BloodGroup)
    status = models.SmallIntegerField(choices=Status, default=Status.QUARANTINE)
    expires_on = models.DateField()
    shelf = models.PositiveSmallIntegerField()
    hospital = models.ForeignKey(Hospital, models.PROTECT, null=True, related_name="units", db_index=False)

    objects = UnitQuerySet.as_manager()


class Request(models.Model):
    """What a hospital wants, and when it can be brought."""

    hospital = models.ForeignKey(Hospital, models.CASCADE, related_name="requests")
    wanted = models.CharField(max_length=3)
    units = models.PositiveSmallIntegerField()
    window = DateTimeRangeField()
    urgency = models.PositiveSmallIntegerField(default=0)
    fulfilled_at = models.DateTimeField(null=True, blank=True)
    remarks = models.TextField(blank=True)
