"""A blood bank: donors, drives, units, and the hospitals that ask for them."""

import uuid
from functools import cached_property

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Region(models.Model):
    name = models.CharField(max_length=60)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")

    def trail(self):
        names, node = [], self
        while node is not None:
            names.insert(0, node.name)
            node = node.parent  # site: region-trails
        return " / ".join(names)


class Centre(models.Model):
    region = models.ForeignKey(Region, models.CASCADE, related_name="centres")
    name = models.CharField(max_length=60)
    is_mobile = models.BooleanField(default=False)

    def __str__(self):
        return f"{self.name}, {self.region.name}"


class Staff(AbstractUser):
    centre = models.ForeignKey(Centre, models.SET_NULL, null=True, related_name="staff")


class Badge(models.Model):
    staff = models.OneToOneField(Staff, models.CASCADE, related_name="badge")
    number = models.CharField(max_length=12)


class Stamped(models.Model):
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        abstract = True


class DonorQuerySet(models.QuerySet):
    def alive(self):
        return self.filter(is_deleted=False)

    def of_group(self, group):
        return self.alive().filter(group=group).order_by("name")


class LiveDonors(models.Manager.from_queryset(DonorQuerySet)):
    def get_queryset(self):
        return super().get_queryset().filter(is_deleted=False)


class Donor(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=80)
    email = models.EmailField(unique=True)
    group = models.CharField(max_length=3)
    centre = models.ForeignKey(Centre, models.CASCADE, related_name="donors")
    referred_by = models.ForeignKey("self", models.SET_NULL, null=True, related_name="referrals")
    points = models.IntegerField(default=0)
    is_deleted = models.BooleanField(default=False)

    objects = LiveDonors()
    everyone = DonorQuerySet.as_manager()

    @property
    def total_volume(self):
        return self.donations.aggregate(models.Sum("volume"))["volume__sum"] or 0

    @cached_property
    def latest_donation(self):
        return self.donations.order_by("-at").first()


class Health(models.Model):
    donor = models.OneToOneField(Donor, models.CASCADE, related_name="health")
    haemoglobin = models.DecimalField(max_digits=4, decimal_places=1)
    allergies = models.CharField(max_length=100, blank=True)


class Drive(models.Model):
    centre = models.ForeignKey(Centre, models.CASCADE, related_name="drives")
    name = models.CharField(max_length=80)
    starts_at = models.DateTimeField()
    team = models.ManyToManyField(Staff, through="Shift", related_name="drives")

    def __str__(self):
        return f"{self.name} @ {self.centre}"


class Shift(models.Model):
    drive = models.ForeignKey(Drive, models.CASCADE, related_name="shifts")
    staff = models.ForeignKey(Staff, models.CASCADE, related_name="shifts")
    role = models.CharField(max_length=20)


class Donation(models.Model):
    donor = models.ForeignKey(Donor, models.CASCADE, related_name="donations")
    drive = models.ForeignKey(Drive, models.SET_NULL, null=True, related_name="donations")
    taken_by = models.ForeignKey(Staff, models.SET_NULL, null=True, related_name="donations")
    at = models.DateTimeField()
    volume = models.IntegerField()
    status = models.CharField(max_length=10)
    notes = GenericRelation("Note")


class Component(models.Model):
    name = models.CharField(max_length=30)
    code = models.CharField(max_length=10, unique=True)
    shelf_days = models.IntegerField()


class Fridge(models.Model):
    centre = models.ForeignKey(Centre, models.CASCADE, related_name="fridges")
    name = models.CharField(max_length=30)


class Unit(models.Model):
    donation = models.ForeignKey(Donation, models.CASCADE, related_name="units")
    component = models.ForeignKey(Component, models.CASCADE, related_name="units")
    fridge = models.ForeignKey(Fridge, models.SET_NULL, null=True, related_name="units")
    code = models.CharField(max_length=20, unique=True)
    status = models.CharField(max_length=10)
    checks = models.IntegerField(default=0)

    def label(self):
        return f"{self.code} {self.component.name}"


class LabReport(models.Model):
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="reports")
    kind = models.CharField(max_length=20)
    result = models.CharField(max_length=10)
    body = models.TextField()
    raw = models.JSONField(default=dict)


class Hospital(models.Model):
    name = models.CharField(max_length=80)
    region = models.ForeignKey(Region, models.CASCADE, related_name="hospitals")


class Tag(models.Model):
    name = models.CharField(max_length=30)


class Order(Stamped):
    hospital = models.ForeignKey(Hospital, models.CASCADE, related_name="orders")
    number = models.CharField(max_length=12)
    priority = models.CharField(max_length=10)
    tags = models.ManyToManyField(Tag, related_name="orders")
    notes = GenericRelation("Note")


class OrderLine(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    component = models.ForeignKey(Component, models.CASCADE)
    quantity = models.IntegerField()


class Issue(models.Model):
    unit = models.OneToOneField(Unit, models.CASCADE, related_name="issue")
    line = models.ForeignKey(OrderLine, models.CASCADE, related_name="issues")


class Note(Stamped):
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.BigIntegerField()
    target = GenericForeignKey()
    text = models.CharField(max_length=200)


class Option(models.Model):
    key = models.CharField(max_length=40, unique=True)
    value = models.CharField(max_length=80)


class Reading(models.Model):
    """A fridge's temperature."""

    fridge = models.ForeignKey(Fridge, models.CASCADE, related_name="readings")
    at = models.DateTimeField()
    celsius = models.IntegerField()
