"""Rooms that can be booked for a while, by one customer at a time."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models


class Building(models.Model):
    name = models.CharField(max_length=80)
    city = models.CharField(max_length=80)

    def __str__(self):
        return self.name


class Room(models.Model):
    building = models.ForeignKey(Building, on_delete=models.CASCADE, related_name="rooms")
    name = models.CharField(max_length=40)
    seats = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self):
        return f"{self.name}, {self.building.name}"


class Booking(models.Model):
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="bookings")
    customer = models.ForeignKey("orders.Customer", on_delete=models.CASCADE, related_name="bookings")
    period = DateTimeRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_booking_at_a_time",
                expressions=[("room", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
            )
        ]

    def __str__(self):
        return f"{self.period.lower:%d %b %Y, %H:%M}"
