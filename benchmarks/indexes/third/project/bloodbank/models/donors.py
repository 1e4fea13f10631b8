import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class BloodGroup(models.TextChoices):
    O_POS = "O+"
    A_POS = "A+"
    B_POS = "B+"
    AB_POS = "AB+"
    O_NEG = "O-"
    A_NEG = "A-"
    B_NEG = "B-"
    AB_NEG = "AB-"


class Site(models.Model):
    """Where blood is taken."""

    code = models.CharField(max_length=4, primary_key=True)
    name = models.CharField(max_length=60)
    region = models.CharField(max_length=30)


class DonorQuerySet(models.QuerySet):
    def contactable(self):
        return self.filter(opted_out=False)

    def may_give(self, day):
        return self.filter(Q(deferred_until=None) | Q(deferred_until__lt=day))

    def longest_ago(self):
        return self.order_by(F("last_gave_on").asc(nulls_first=True))


class Donor(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=10, unique=True)
    home = models.ForeignKey(Site, models.PROTECT, db_column="home_site", related_name="donors")
    surname = models.CharField(max_length=60)
    given_name = models.CharField(max_length=60)
    email = models.EmailField()
    phone = models.CharField(max_length=24)
    born_on = models.DateField()
    blood_group = models.CharField(max_length=3, choices=BloodGroup)
    last_gave_on = models.DateField(null=True, blank=True)
    deferred_until = models.DateField(null=True, blank=True)
    opted_out = models.BooleanField(default=False)
    antigens = ArrayField(models.CharField(max_length=8), default=list)

    objects = DonorQuerySet.as_manager()
