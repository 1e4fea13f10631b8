"""Depots, vehicles, shipments, and the events on their way."""

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Carrier(models.Model):
    name = models.CharField(max_length=60)
    country = models.CharField(max_length=2)

    def __str__(self):
        return self.name


class Region(models.Model):
    name = models.CharField(max_length=60)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")

    def __str__(self):
        return self.name

    def full_name(self):
        names, region = [], self
        while region is not None:
            names.append(region.name)
            region = region.parent
        return " / ".join(reversed(names))


class Depot(models.Model):
    name = models.CharField(max_length=60)
    code = models.CharField(max_length=8, unique=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="depots")

    def __str__(self):
        return f"{self.name} ({self.region.name})"


class Driver(models.Model):
    name = models.CharField(max_length=60)
    carrier = models.ForeignKey(Carrier, models.CASCADE, related_name="drivers")


class Licence(models.Model):
    driver = models.OneToOneField(Driver, models.CASCADE, related_name="licence")
    number = models.CharField(max_length=20)
    expires = models.DateField()


class Note(models.Model):
    """Something written on anything."""

    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    target = GenericForeignKey("content_type", "object_id")
    text = models.CharField(max_length=200)
    written_by = models.ForeignKey(Driver, models.SET_NULL, null=True, related_name="notes")

    class Meta:
        indexes = [models.Index(fields=["content_type", "object_id"])]


class Vehicle(models.Model):
    plate = models.CharField(max_length=12, unique=True)
    carrier = models.ForeignKey(Carrier, models.CASCADE, related_name="vehicles")
    depot = models.ForeignKey(Depot, models.SET_NULL, null=True, related_name="vehicles")
    driver = models.OneToOneField(Driver, models.SET_NULL, null=True, related_name="vehicle")
    mileage = models.IntegerField(default=0)
    notes = GenericRelation(Note)

    def __str__(self):
        return self.plate


class Customer(models.Model):
    name = models.CharField(max_length=60)
    city = models.CharField(max_length=60)


class ShipmentQuerySet(models.QuerySet):
    def under_way(self):
        return self.filter(status="under way")

    def late(self):
        return self.filter(status="late")


class Shipment(models.Model):
    reference = models.CharField(max_length=16, unique=True)
    origin = models.ForeignKey(Depot, models.PROTECT, related_name="outgoing")
    destination = models.ForeignKey(Depot, models.PROTECT, related_name="incoming")
    carrier = models.ForeignKey(Carrier, models.PROTECT, related_name="shipments")
    # Customers live in another system; some were deleted there.
    customer = models.ForeignKey(
        Customer, models.DO_NOTHING, null=True, db_constraint=False, related_name="shipments"
    )
    status = models.CharField(max_length=12)
    weight = models.IntegerField()
    booked_at = models.DateTimeField(db_index=True)
    notes = GenericRelation(Note)

    objects = ShipmentQuerySet.as_manager()

    def __str__(self):
        return self.reference

    @property
    def route_name(self):
        return f"{self.origin.name} – {self.destination.name}"

    @property
    def last_event(self):
        return self.events.order_by("-at").first()


class Leg(models.Model):
    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="legs")
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="legs")
    position = models.IntegerField()
    km = models.IntegerField()

    class Meta:
        ordering = ["position"]


class TrackingEvent(models.Model):
    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="events")
    depot = models.ForeignKey(Depot, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12)
    at = models.DateTimeField(db_index=True)


class Invoice(models.Model):
    shipment = models.OneToOneField(Shipment, models.CASCADE, related_name="invoice")
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    is_paid = models.BooleanField(default=False)


class Tour(models.Model):
    name = models.CharField(max_length=60)
    vehicle = models.ForeignKey(Vehicle, models.CASCADE, related_name="tours")
    stops = models.ManyToManyField(Depot, through="Stop", related_name="tours")


class Stop(models.Model):
    tour = models.ForeignKey(Tour, models.CASCADE, related_name="stop_list")
    depot = models.ForeignKey(Depot, models.CASCADE, related_name="stop_list")
    position = models.IntegerField()

    class Meta:
        ordering = ["position"]
