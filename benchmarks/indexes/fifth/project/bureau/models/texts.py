from django.db import models

from bureau.models.work import Project


class Segment(models.Model):
    class State(models.IntegerChoices):
        EMPTY = 0
        DRAFT = 1
        DONE = 2
        DISPUTED = 7

    project = models.ForeignKey(Project, models.CASCADE, related_name="segments", db_index=False)
    position = models.PositiveIntegerField()
    external = models.CharField(max_length=32)
    source = models.TextField()
    target = models.TextField(null=True)
    state = models.PositiveSmallIntegerField(choices=State)
    words = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        unique_together = [("project", "position")]


class Memory(models.Model):
    """Sentences that were translated before."""

    pair = models.CharField(max_length=7, db_column="language_pair")
    source = models.TextField()
    target = models.TextField()
    origin = models.ForeignKey(
        Project, models.SET_NULL, null=True, db_column="from_project", db_constraint=False, db_index=False
    )
    used = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "translation_memory"
