from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Agency(models.Model):
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)


class Officer(models.Model):
    badge = models.CharField(max_length=8, primary_key=True)
    name = models.CharField(max_length=80)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="officers")


class CaseFileQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_on__isnull=True)

    def for_agency(self, slug):
        return self.filter(agency__slug=slug)


class CaseFile(models.Model):
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="cases", db_column="agency")
    number = models.CharField(max_length=14)
    title = models.CharField(max_length=160)
    statutes = ArrayField(models.CharField(max_length=10))
    lead = models.ForeignKey(Officer, models.PROTECT, related_name="leads", db_index=False)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)

    objects = CaseFileQuerySet.as_manager()

    class Meta:
        db_table = "evr_case"


class Note(models.Model):
    content_type = models.ForeignKey(ContentType, models.CASCADE, db_index=False, related_name="+")
    object_id = models.PositiveBigIntegerField()
    about = GenericForeignKey()
    author = models.ForeignKey(Officer, models.PROTECT, db_index=False, related_name="notes")
    text = models.TextField()
    is_pinned = models.BooleanField(default=False)
    written_at = models.DateTimeField()
