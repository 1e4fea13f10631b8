from django.contrib.postgres.fields import ArrayField
from django.db import models


class Supplier(models.Model):
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=60)


class MeterQuerySet(models.QuerySet):
    def in_service(self):
        return self.filter(removed_on__isnull=True)

    def near(self, *, city=None, postcode=None, street=None):
        found = self
        if city:
            found = found.filter(city=city)
        if postcode:
            found = found.filter(postcode__startswith=postcode)
        if street:
            found = found.filter(street__istartswith=street)
        return found


class Meter(models.Model):
    ean = models.CharField(primary_key=True, max_length=18)
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="meters")
    street = models.CharField(max_length=80)
    postcode = models.CharField(max_length=8)
    city = models.CharField(max_length=40)
    firmware = models.CharField(max_length=20)
    labels = ArrayField(models.CharField(max_length=20), default=list)
    spec = models.JSONField(default=dict)
    installed_on = models.DateField()
    removed_on = models.DateField(null=True)

    objects = MeterQuerySet.as_manager()


class Reading(models.Model):
    """Only ever added to."""

    class Kind(models.IntegerChoices):
        MEASURED = 1
        ESTIMATED = 2
        CORRECTED = 3
        DISPUTED = 4

    meter = models.ForeignKey(
        Meter, models.CASCADE, db_column="meter_ean", related_name="readings", db_index=False
    )
    taken_at = models.DateTimeField()
    kwh = models.DecimalField(max_digits=10, decimal_places=3)
    kind = models.SmallIntegerField(choices=Kind, default=Kind.MEASURED)
