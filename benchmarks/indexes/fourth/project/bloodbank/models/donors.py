import uuid

from django.db import models


class Site(models.Model):
    name = models.CharField(max_length=60)
    region = models.CharField(max_length=12)


class DonorQuerySet(models.QuerySet):
    def delete(self):
        raise TypeError("Donors are kept: set deleted_at.")

    def not_deferred(self, today):
        return self.filter(models.Q(deferred_until=None) | models.Q(deferred_until__lt=today))

    def with_group(self, *groups):
        return self.filter(blood_group__in=groups)


class KeptDonors(models.Manager.from_queryset(DonorQuerySet)):
    def get_queryset(self):
        return super().get_queryset().filter(deleted_at__isnull=True)


class Donor(models.Model):
    uid = models.UUIDField(primary_key=True, default=uuid.uuid4)
    code = models.CharField(max_length=10, unique=True)
    surname = models.CharField(max_length=60)
    given = models.CharField(max_length=60)
    born = models.DateField()
    blood_group = models.CharField(max_length=3)
    phone = models.CharField(max_length=20)
    home_site = models.ForeignKey(Site, models.PROTECT, related_name="donors", db_index=False)
    deferred_until = models.DateField(null=True)
    deleted_at = models.DateTimeField(null=True)
    remarks = models.TextField(blank=True)

    objects = KeptDonors()
    with_deleted = DonorQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["given", "surname"], name="donor_by_name")]


class Donation(models.Model):
    donor = models.ForeignKey(
        Donor,
        models.PROTECT,
        to_field="code",
        db_column="donor_code",
        related_name="donations",
        db_index=False,
    )
    site = models.ForeignKey(Site, models.PROTECT, related_name="donations")
    bag = models.CharField(max_length=16)
    millilitres = models.SmallIntegerField()
    taken_at = models.DateTimeField()
    haemoglobin = models.DecimalField(max_digits=4, decimal_places=1, null=True)
