"""What is done about trees."""

import uuid

from django.db import models

from trees.columns import MailField
from trees.models.inventory import Tree


class Contractor(models.Model):
    code = models.CharField(max_length=6, unique=True)
    name = models.CharField(max_length=60)


class Inspection(models.Model):
    tree = models.ForeignKey(Tree, models.CASCADE, related_name="inspections")
    inspector = models.SmallIntegerField()
    done_at = models.DateTimeField()
    score = models.SmallIntegerField()
    next_due = models.DateField()
    note = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["next_due"], name="trees_inspection_due")]


class WorkOrderQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at__isnull=True)


class WorkOrder(models.Model):
    class Kind(models.TextChoices):
        PRUNE = "prune"
        FELL = "fell"
        STAKE = "stake"
        GRIND = "grind"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    tree = models.ForeignKey(Tree, models.CASCADE, related_name="orders", db_index=False)
    contractor = models.ForeignKey(Contractor, models.PROTECT, to_field="code", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind)
    urgency = models.SmallIntegerField()
    due_on = models.DateField()
    closed_at = models.DateTimeField(null=True)
    budget = models.DecimalField(max_digits=9, decimal_places=2)
    cost = models.DecimalField(max_digits=9, decimal_places=2)
    remarks = models.TextField(blank=True)

    objects = WorkOrderQuerySet.as_manager()

    class Meta:
        db_table = "trees_order"
        constraints = [
            models.UniqueConstraint(
                fields=["tree", "kind"], condition=models.Q(closed_at=None), name="trees_one_open_order"
            )
        ]


class Watering(models.Model):
    """By the tank wagons' computers, in the order of time."""

    tree = models.ForeignKey(Tree, models.CASCADE, related_name="waterings", db_index=False)
    crew = models.SmallIntegerField()
    litres = models.SmallIntegerField()
    at = models.DateTimeField()


class Report(models.Model):
    """Of citizens, who see it first."""

    mail = MailField(max_length=120)
    tree_number = models.CharField(max_length=12, null=True)
    subject = models.CharField(max_length=120)
    body = models.TextField()
    came_at = models.DateTimeField()
    is_spam = models.BooleanField(default=False)
    answered_by = models.SmallIntegerField(null=True)


class Probe(models.Model):
    """Moisture of the soil; the table is unlogged, as the next reading comes soon."""

    sensor = models.IntegerField()
    at = models.DateTimeField()
    moisture = models.FloatField()
    volts = models.FloatField()


class Notice(models.Model):
    phone = models.CharField(max_length=20)
    text = models.CharField(max_length=160)
    due_at = models.DateTimeField(db_index=True)
    attempts = models.SmallIntegerField(default=0)
