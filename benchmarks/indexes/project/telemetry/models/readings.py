from django.db import models

from telemetry.models.network import Sensor


class Reading(models.Model):
    sensor = models.ForeignKey(Sensor, models.CASCADE, related_name="readings", db_index=False)
    taken_at = models.DateTimeField()
    value = models.FloatField()
    quality = models.SmallIntegerField(default=0)
    batch = models.IntegerField()
    flagged = models.BooleanField(default=False)
    reviewed_at = models.DateTimeField(null=True)
