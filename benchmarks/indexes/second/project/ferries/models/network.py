from django.db import models


class Operator(models.Model):
    slug = models.SlugField(unique=True)
    display_name = models.CharField(max_length=80)


class Port(models.Model):
    code = models.CharField(max_length=5, unique=True)
    name = models.CharField(max_length=60)
    country = models.CharField(max_length=2)

    class Meta:
        db_table = "harbours"


class Ship(models.Model):
    name = models.CharField(max_length=60)
    lane_metres = models.PositiveIntegerField()


class Crossing(models.Model):
    origin = models.ForeignKey(
        Port, models.PROTECT, to_field="code", db_column="from_port", related_name="departures"
    )
    destination = models.ForeignKey(
        Port, models.PROTECT, to_field="code", db_column="to_port", related_name="arrivals", db_index=False
    )
    ship = models.ForeignKey(Ship, models.PROTECT, related_name="crossings")
    departs_at = models.DateTimeField()
    arrives_at = models.DateTimeField()
    is_cancelled = models.BooleanField(default=False)
    seats_left = models.SmallIntegerField()

    class Meta:
        db_table = "timetable"
