"""A translation memory: what was translated once needn't be again."""

from django.contrib.postgres.fields import ArrayField, IntegerRangeField
from django.db import models
from pgvector.django import VectorField


class Client(models.Model):
    slug = models.SlugField(max_length=30, unique=True, db_index=False)
    name = models.CharField(max_length=80)


class UnitQuerySet(models.QuerySet):
    def for_client(self, client):
        return self.filter(client__slug=client)

    def into(self, source, target):
        return self.filter(source_language=source, target_language=target)

    def usable(self):
        return self.exclude(quality__lt=0)


class Unit(models.Model):
    """A sentence and its translation."""

    client = models.ForeignKey(Client, models.PROTECT, db_index=False)
    source_language = models.CharField(max_length=5, db_column="src")
    target_language = models.CharField(max_length=5, db_column="trg")
    source = models.TextField()
    target = models.TextField()
    quality = models.SmallIntegerField()
    uses = models.IntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    created_by = models.IntegerField()
    corrected_by = models.IntegerField(null=True)
    created_at = models.DateTimeField()
    corrected_at = models.DateTimeField(null=True)
    domains = ArrayField(models.CharField(max_length=12), default=list)
    origin = models.JSONField(default=dict)

    objects = UnitQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["client", "created_at"], name="memory_unit_client")]


class Project(models.Model):
    client = models.ForeignKey(Client, models.PROTECT)
    title = models.CharField(max_length=80)
    due_at = models.DateTimeField()


class Segment(models.Model):
    class Status(models.IntegerChoices):
        NEW = 0
        DRAFT = 1
        DONE = 2
        REJECTED = 3

    project = models.ForeignKey(Project, models.CASCADE, related_name="segments", db_index=False)
    position = models.IntegerField()
    status = models.SmallIntegerField(choices=Status)
    unit = models.ForeignKey(Unit, models.SET_NULL, null=True, related_name="segments", db_index=False)
    locked_by = models.IntegerField(null=True)
    locked_at = models.DateTimeField(null=True)
    words = models.SmallIntegerField()

    class Meta:
        unique_together = [("project", "position")]


class Term(models.Model):
    lemma = models.CharField(max_length=80)
    language = models.CharField(max_length=5)
    concept = models.UUIDField()
    is_forbidden = models.BooleanField(default=False)
    lines = IntegerRangeField(null=True)


class Sense(models.Model):
    """Where a sentence lies in the space of a language model."""

    id = models.BigIntegerField(primary_key=True)
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="senses", db_constraint=False)
    place = VectorField(dimensions=32)

    class Meta:
        managed = False
        db_table = "memory_sense"


class Job(models.Model):
    kind = models.CharField(max_length=12)
    payload = models.JSONField(default=dict)
    run_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
