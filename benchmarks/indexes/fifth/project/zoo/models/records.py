from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models

from zoo.models.animals import Animal


class Entry(models.Model):
    """Anything that a vet writes."""

    animal = models.ForeignKey(Animal, models.CASCADE, related_name="entries", db_index=False)
    author = models.CharField(max_length=40)
    written_at = models.DateTimeField()
    kind = models.CharField(max_length=12)


class Treatment(Entry):
    drug = models.CharField(max_length=60)
    dose_mg = models.FloatField()
    diagnosis = models.CharField(max_length=200)
    follow_up_on = models.DateField(null=True, blank=True)
    cost = models.DecimalField(max_digits=8, decimal_places=2)


class Remark(models.Model):
    """On whatever a visitor or keeper wants to say something about."""

    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    subject = GenericForeignKey()
    body = models.TextField()
    is_flagged = models.BooleanField(default=False)
    at = models.DateTimeField()
