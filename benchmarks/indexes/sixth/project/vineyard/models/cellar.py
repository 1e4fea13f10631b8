from django.db import models


class Grape(models.Model):
    name = models.CharField(max_length=40)


class Item(models.Model):
    """All that is sold, a bottle or not."""

    estate = models.IntegerField()
    title = models.CharField(max_length=120)
    sku = models.CharField(max_length=16, unique=True)
    is_listed = models.BooleanField(default=True)


class Wine(Item):
    STILL, SPARKLING, FORTIFIED = "ST", "SP", "FO"

    vintage = models.SmallIntegerField(null=True)
    grape = models.ForeignKey(Grape, models.PROTECT, db_index=False)
    style = models.CharField(max_length=2)
    closure = models.CharField(max_length=10)


class Lot(models.Model):
    code = models.CharField(max_length=10, unique=True)
    tank = models.SmallIntegerField()
    began_on = models.DateField()


class Reading(models.Model):
    """Of the probes in the tanks, every few minutes."""

    lot = models.ForeignKey(Lot, models.CASCADE, related_name="readings", db_index=False)
    tank = models.SmallIntegerField()
    taken_at = models.DateTimeField()
    brix = models.FloatField()
    celsius = models.FloatField()
    fault = models.SmallIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["taken_at"], name="vineyard_reading_at")]
