from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Court(models.Model):
    name = models.CharField(max_length=60)
    district = models.CharField(max_length=40)


class Judge(models.Model):
    name = models.CharField(max_length=80)
    court = models.ForeignKey(Court, models.PROTECT, related_name="judges")


class AliveFiles(models.Manager):
    """Without what was sent to the archive."""

    def get_queryset(self):
        return super().get_queryset().filter(archived_at__isnull=True)


class File(models.Model):
    class Stage(models.TextChoices):
        INTAKE = "intake"
        DISCOVERY = "discovery"
        TRIAL = "trial"
        APPEAL = "appeal"
        JUDGED = "judged"
        SETTLED = "settled"
        DROPPED = "dropped"

    FINAL = (Stage.JUDGED, Stage.SETTLED, Stage.DROPPED)

    court = models.ForeignKey(Court, models.PROTECT, related_name="files", db_index=False)
    judge = models.ForeignKey(Judge, models.SET_NULL, null=True, related_name="files", db_index=False)
    docket = models.CharField(max_length=16)
    subject = models.CharField(max_length=160)
    stage = models.CharField(max_length=10, choices=Stage)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_sealed = models.BooleanField(default=False)
    notes = GenericRelation("courts.Note")

    objects = models.Manager()
    alive = AliveFiles()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["court", "docket"], name="courts_docket_of_court")]


class Document(models.Model):
    file = models.ForeignKey(File, models.CASCADE, related_name="documents")
    title = models.CharField(max_length=120)
    body = models.TextField()
    sha256 = models.CharField(max_length=64)
    filed_at = models.DateTimeField()


class Note(models.Model):
    """A yellow slip on anything."""

    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    subject = GenericForeignKey()
    author = models.IntegerField()
    text = models.TextField()
    pinned = models.BooleanField(default=False)
    written_at = models.DateTimeField()
