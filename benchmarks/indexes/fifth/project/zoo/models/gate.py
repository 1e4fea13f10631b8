from django.db import models


class Ticket(models.Model):
    class Channel(models.IntegerChoices):
        GATE = 1
        WEB = 2
        HOTEL = 3
        PARTNER = 4
        PRESS = 5

    code = models.CharField(max_length=12, unique=True)
    channel = models.PositiveSmallIntegerField(choices=Channel)
    email = models.EmailField(blank=True)
    party_size = models.PositiveSmallIntegerField(default=1)
    sold_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)


class Reading(models.Model):
    """Of a probe in an enclosure; the table is partitioned, so its SQL is in load.sql."""

    pk = models.CompositePrimaryKey("id", "at")
    id = models.BigIntegerField()
    at = models.DateTimeField()
    probe = models.CharField(max_length=12)
    celsius = models.FloatField()
    alarm = models.BooleanField(default=False)

    class Meta:
        managed = False
        db_table = "zoo_reading"
