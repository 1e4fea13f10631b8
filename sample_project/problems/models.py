"""Big tables in two copies of equal rows: one without indexes, one with those that its pages need."""

from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper


class ShipmentFields(models.Model):
    """A parcel on its way."""

    tracking_code = models.CharField(max_length=20)
    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="+", db_index=False)
    depot = models.CharField(max_length=8)
    status = models.CharField(max_length=12)
    contact = models.CharField(max_length=80)
    details = models.JSONField(default=dict)
    labels = ArrayField(models.CharField(max_length=16), default=list)
    window = DateTimeRangeField()
    shipped = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self):
        return self.tracking_code


class Shipment(ShipmentFields):
    """Nobody gave it an index."""


class IndexedShipment(ShipmentFields):
    """The same rows with an index for each page."""

    class Meta:
        indexes = [
            models.Index(fields=["tracking_code"], name="shipment_code"),
            models.Index(fields=["order"], name="shipment_order"),
            models.Index(fields=["depot", "-shipped"], name="shipment_depot_shipped"),
            models.Index(fields=["-shipped"], condition=Q(status="lost"), name="shipment_lost"),
            models.Index(F("details__customs"), name="shipment_customs"),
            models.Index(fields=["shipped"], name="shipment_shipped"),
            models.Index(Upper("contact"), name="shipment_contact_upper"),
            GinIndex(fields=["labels"], name="shipment_labels_gin"),
            GistIndex(fields=["window"], name="shipment_window_gist"),
        ]


class MessageFields(models.Model):
    """What customers write to support."""

    author = models.CharField(max_length=80)
    body = models.CharField(max_length=200)
    written = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self):
        return self.body


class Message(MessageFields):
    """Searched without an index."""


class IndexedMessage(MessageFields):
    """The same rows with a trigram index."""

    class Meta:
        indexes = [GinIndex(OpClass(Upper("body"), name="gin_trgm_ops"), name="message_body_trigram")]
