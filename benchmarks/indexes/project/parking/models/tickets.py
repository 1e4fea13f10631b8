from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models

from parking.models.streets import Zone


class Ticket(models.Model):
    plate = models.CharField(max_length=10)
    zone = models.ForeignKey(Zone, models.CASCADE, related_name="tickets", db_index=False)
    valid = DateTimeRangeField()
    issued_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    amount = models.DecimalField(max_digits=8, decimal_places=2)
    machine = models.GenericIPAddressField()
    officer = models.IntegerField()
    void = models.BooleanField(default=False)


class LiveSession(models.Model):
    """An unlogged table: sessions are forgotten when the server crashes."""

    plate = models.CharField(max_length=10)
    zone = models.ForeignKey(Zone, models.CASCADE, related_name="sessions", db_index=False)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
