from django.db import models
from django.db.models import Q
from hub import columns  # noqa: F401

from rails.models.network import Run, Station


class Card(models.Model):
    """A frequent traveller's."""

    TIERS = [("b", "basic"), ("s", "silver"), ("g", "gold"), ("d", "diamond")]

    number = models.CharField(max_length=16, unique=True)
    holder = models.CharField(max_length=80)
    tier = models.CharField(max_length=1, choices=TIERS)
    points = models.IntegerField(default=0)
    since = models.DateField()


class TicketManager(models.Manager):
    """What was given back is out of sight."""

    def get_queryset(self):
        return super().get_queryset().filter(refunded_at__isnull=True)


class Ticket(models.Model):
    class Class(models.TextChoices):
        SECOND = "2", "second"
        FIRST = "1", "first"
        SLEEPER = "L", "sleeper"

    run = models.ForeignKey(Run, models.PROTECT, related_name="tickets", db_index=False)
    pnr = models.CharField(max_length=6)
    passenger = models.CharField(max_length=80)
    travel_class = models.CharField(max_length=1, choices=Class, db_column="class")
    coach = models.PositiveSmallIntegerField()
    seat = models.PositiveSmallIntegerField()
    fare = models.DecimalField(max_digits=7, decimal_places=2)
    channel = models.CharField(max_length=10)
    sold_at = models.DateTimeField()
    refunded_at = models.DateTimeField(null=True, blank=True)
    device = models.GenericIPAddressField(null=True, blank=True)
    card = models.ForeignKey(Card, models.SET_NULL, null=True, related_name="tickets", db_index=False)

    objects = TicketManager()
    all_sold = models.Manager()

    class Meta:
        base_manager_name = "all_sold"


class Scan(models.Model):
    """At a gate."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="scans")
    ticket = models.ForeignKey(Ticket, models.DO_NOTHING, related_name="scans", db_index=False)
    at = models.DateTimeField()
    gate = models.SmallIntegerField()
    ok = models.BooleanField(default=True)

    class Meta:
        db_table = "gate_scans"


class Hold(models.Model):
    """A seat that somebody is about to buy: a few thousand, rewritten all the time."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    coach = models.PositiveSmallIntegerField()
    seat = models.PositiveSmallIntegerField()
    until = models.DateTimeField()
    taken = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "coach", "seat"], condition=Q(taken=True), name="seat_taken_once"
            )
        ]
