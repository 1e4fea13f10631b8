from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models

from permits.models.land import Municipality, Parcel


class Tenant(models.QuerySet):
    """What one town hall may see; what was deleted is kept for some years."""

    def of(self, municipality):
        return self.filter(municipality=municipality, deleted_at__isnull=True)

    def open(self):
        return self.filter(status__in=Dossier.OPEN)


class Dossier(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft"
        SUBMITTED = "submitted"
        IN_REVIEW = "review"
        SUSPENDED = "suspended"
        GRANTED = "granted"
        REFUSED = "refused"

    OPEN = (Status.SUBMITTED, Status.IN_REVIEW)

    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="dossiers", db_index=False)
    number = models.CharField(max_length=14)
    applicant = models.CharField(max_length=80)
    subject = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status)
    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="dossiers", null=True, db_index=False)
    submitted_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = Tenant.as_manager()

    class Meta:
        db_table = "dossiers"


class BuildingPermit(Dossier):
    height = models.FloatField()
    floor_area = models.FloatField()
    cost = models.BigIntegerField()
    architect = models.CharField(max_length=60)


class EventPermit(Dossier):
    period = DateTimeRangeField()
    visitors = models.PositiveIntegerField()


class Inspection(models.Model):
    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="inspections", db_index=False)
    inspector = models.PositiveIntegerField()
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, blank=True)


class Attachment(models.Model):
    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="attachments")
    path = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveIntegerField()
    uploaded_at = models.DateTimeField()


class LogEntry(models.Model):
    """Who did what to anything."""

    object_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    object_id = models.CharField(max_length=40)
    user = models.PositiveIntegerField()
    action = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    details = models.JSONField(default=dict)

    class Meta:
        db_table = "permits_log"
        indexes = [models.Index(fields=["-at"], name="permits_log_newest")]
