from django.db import models

from seeds.models.catalogue import Variety


class Lot(models.Model):
    """A bag in a warehouse; most are empty by now."""

    variety = models.ForeignKey(Variety, models.PROTECT, related_name="lots")
    number = models.CharField(max_length=14)
    warehouse = models.SmallIntegerField()
    grams = models.IntegerField()
    germination = models.FloatField(null=True, blank=True)
    packed_on = models.DateField()
    best_before = models.DateField()


class OrderLine(models.Model):
    order_ref = models.CharField(max_length=12)
    variety = models.ForeignKey(Variety, models.PROTECT, related_name="+", db_index=False)
    quantity = models.PositiveSmallIntegerField()
    paid = models.DecimalField(max_digits=8, decimal_places=2)
    ordered_at = models.DateTimeField()
    gift_note = models.TextField(null=True, blank=True)
