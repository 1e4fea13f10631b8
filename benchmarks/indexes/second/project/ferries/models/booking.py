import uuid

from django.db import models

from ferries.models.network import Crossing, Operator


class BookingQuerySet(models.QuerySet):
    def of_operator(self, operator):
        return self.filter(operator=operator)

    def held(self):
        return self.filter(state=Booking.State.HELD)

    def expired(self, moment):
        return self.held().filter(expires_at__lt=moment)

    def live(self):
        return self.exclude(state__in=(Booking.State.CANCELLED, Booking.State.REFUNDED))


class Booking(models.Model):
    class State(models.IntegerChoices):
        DRAFT = 0
        HELD = 1
        PAID = 2
        CANCELLED = 3
        REFUNDED = 4

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=8)
    operator = models.ForeignKey(Operator, models.CASCADE, related_name="bookings")
    crossing = models.ForeignKey(Crossing, models.PROTECT, related_name="bookings", db_index=False)
    email = models.EmailField()
    state = models.PositiveSmallIntegerField(choices=State, default=State.DRAFT)
    total = models.DecimalField(max_digits=9, decimal_places=2, db_column="amount_total")
    made_at = models.DateTimeField(db_index=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    extras = models.JSONField(default=dict)
    voucher = models.CharField(max_length=20, null=True, blank=True)

    objects = BookingQuerySet.as_manager()

    class Meta:
        db_table = "ferry_reservations"


class Vehicle(models.Model):
    booking = models.ForeignKey(
        Booking, models.CASCADE, db_column="reservation", related_name="vehicles", db_index=False
    )
    plate = models.CharField(max_length=14)
    length_cm = models.PositiveSmallIntegerField()
    trailer = models.BooleanField(default=False)
