from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q


class Museum(models.Model):
    name = models.CharField(max_length=80)
    city = models.CharField(max_length=40)


class Held(models.Manager):
    """What wasn't withdrawn: the default of everybody."""

    def get_queryset(self):
        return super().get_queryset().filter(withdrawn=False)


class Artefact(models.Model):
    museum = models.ForeignKey(Museum, models.CASCADE, related_name="artefacts", db_index=False)
    accession = models.CharField(max_length=20)
    title = models.CharField(max_length=120)
    maker = models.CharField(max_length=60)
    year_from = models.SmallIntegerField()
    year_to = models.SmallIntegerField()
    materials = ArrayField(models.CharField(max_length=20))
    provenance = models.JSONField()
    search = SearchVectorField(null=True)
    insured_for = models.DecimalField(max_digits=12, decimal_places=2)
    whole = models.ForeignKey("self", models.CASCADE, null=True, related_name="parts", db_index=False)
    catalogued_at = models.DateTimeField()
    withdrawn = models.BooleanField(default=False)

    objects = Held()
    everything = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["museum", "accession"], condition=Q(withdrawn=False), name="museum_accession_of_held"
            )
        ]


class ConditionReport(models.Model):
    class Grade(models.IntegerChoices):
        SOUND = 0
        WORN = 1
        FRAGILE = 2
        POOR = 3
        LOST = 4

    artefact = models.ForeignKey(Artefact, models.CASCADE, related_name="reports")
    grade = models.SmallIntegerField(choices=Grade)
    made_at = models.DateTimeField()
    inspector = models.CharField(max_length=40)
    remarks = models.TextField(blank=True)


class Movement(models.Model):
    artefact = models.ForeignKey(Artefact, models.CASCADE, related_name="movements")
    shelf = models.CharField(max_length=30)
    moved_at = models.DateTimeField()
    scanner = models.GenericIPAddressField()
