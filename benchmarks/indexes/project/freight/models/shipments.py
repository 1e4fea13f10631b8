from django.db import models

from freight.models.network import Carrier, Port


class Shipment(models.Model):
    class State(models.TextChoices):
        DELIVERED = "delivered"
        MOVING = "moving"
        WAITING = "waiting"
        LOST = "lost"

    reference = models.CharField(max_length=20, unique=True)
    carrier = models.ForeignKey(Carrier, models.CASCADE, related_name="shipments")
    consignee = models.IntegerField()
    origin = models.ForeignKey(Port, models.CASCADE, related_name="+", db_index=False)
    destination = models.ForeignKey(Port, models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=12, choices=State)
    priority = models.SmallIntegerField()
    weight = models.DecimalField(max_digits=10, decimal_places=2)
    customs_code = models.CharField(max_length=12)
    customer_ref = models.CharField(max_length=30)
    due_on = models.DateField(null=True)
    delivered_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)


class Leg(models.Model):
    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="legs", db_index=False)
    position = models.SmallIntegerField()
    port = models.ForeignKey(Port, models.CASCADE, related_name="legs")
    container = models.CharField(max_length=11)
    eta = models.DateTimeField()
    closed = models.BooleanField(default=True)
