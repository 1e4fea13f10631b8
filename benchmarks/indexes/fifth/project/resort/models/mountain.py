from django.contrib.postgres.fields import ArrayField
from django.db import models


class Resort(models.Model):
    name = models.CharField(max_length=60)
    region = models.CharField(max_length=40)


class Lift(models.Model):
    code = models.CharField(max_length=8, unique=True)
    resort = models.ForeignKey(Resort, models.PROTECT, related_name="lifts")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=12)


class Incident(models.Model):
    """What the patrol wrote down."""

    resort = models.ForeignKey(Resort, models.PROTECT, related_name="incidents", db_index=False)
    lift = models.ForeignKey(Lift, models.SET_NULL, null=True, related_name="incidents")
    reported_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    severity = models.PositiveSmallIntegerField()
    narrative = models.TextField()
    tags = ArrayField(models.CharField(max_length=20), default=list)
    lon = models.FloatField()
    lat = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["resort", "-reported_at"], name="incident_of_resort")]
