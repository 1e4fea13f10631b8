import uuid

from django.db import models

from resort.models.mountain import Resort


class GuestManager(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(deleted_at__isnull=True)


class Guest(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    home = models.ForeignKey(Resort, models.PROTECT, db_column="home_resort", db_index=False)
    email = models.EmailField()
    surname = models.CharField(max_length=60)
    first_name = models.CharField(max_length=60)
    country = models.CharField(max_length=2)
    birth_date = models.DateField()
    phone = models.CharField(max_length=20, null=True, blank=True)
    preferences = models.JSONField(default=dict)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = GuestManager()
    with_deleted = models.Manager()


class Rental(models.Model):
    guest = models.ForeignKey(Guest, models.CASCADE, related_name="rentals")
    article = models.CharField(max_length=12)
    shoe_size = models.PositiveSmallIntegerField()
    out_at = models.DateTimeField()
    back_at = models.DateTimeField(null=True, blank=True)
    deposit = models.DecimalField(max_digits=7, decimal_places=2)
