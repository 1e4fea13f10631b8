from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from hub.columns import PointField, VectorField

from sounds.models.listeners import Listener


class Recording(models.Model):
    uploader = models.ForeignKey(Listener, models.CASCADE, related_name="recordings")
    title = models.CharField(max_length=200)
    slug = models.CharField(max_length=80)
    description = models.TextField()
    tags = ArrayField(models.CharField(max_length=30))
    meta = models.JSONField()
    search = SearchVectorField(null=True)
    checksum = models.TextField()
    duration_s = models.FloatField()
    plays = models.IntegerField(default=0)
    license = models.CharField(max_length=16)
    spot = PointField()
    published_at = models.DateTimeField(null=True)
    fans = models.ManyToManyField(Listener, through="sounds.Favourite", related_name="favourites")


class Fingerprint(models.Model):
    """What a recording sounds like; only on servers that have vectors."""

    recording = models.OneToOneField(Recording, models.CASCADE, related_name="fingerprint")
    embedding = VectorField()

    class Meta:
        managed = False
        db_table = "sounds_fingerprint"
