from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.postgres.fields import ArrayField
from django.db import models

from evidence.models.cases import CaseFile, Note, Officer


class ItemQuerySet(models.QuerySet):
    def kept(self):
        return self.filter(disposed_on=None)

    def checked_out(self):
        return self.filter(taken_by__isnull=False)

    def on_shelf(self, prefix):
        return self.kept().filter(shelf__startswith=prefix)


class Item(models.Model):
    class State(models.TextChoices):
        HELD = "H"
        AT_LAB = "L"
        AT_COURT = "C"
        RELEASED = "R"
        DESTROYED = "D"
        MISSING = "M"

    case = models.ForeignKey(CaseFile, models.PROTECT, related_name="items")
    barcode = models.CharField(max_length=14, db_column="bc")
    category = models.CharField(max_length=20)
    state = models.CharField(max_length=1, choices=State)
    description = models.TextField()
    shelf = models.CharField(max_length=16)
    serial_no = models.CharField(max_length=24, null=True)
    container = models.ForeignKey("self", models.PROTECT, null=True, related_name="contents", db_index=False)
    taken_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+", db_index=False)
    taken_at = models.DateTimeField(null=True)
    review_on = models.DateField()
    disposed_on = models.DateField(null=True)
    notes = GenericRelation(Note)

    objects = ItemQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "category"], name="item_by_state")]


class CustodyEvent(models.Model):
    class Action(models.IntegerChoices):
        IN = 1
        OUT = 2
        MOVE = 3
        SEAL_BROKEN = 4

    item = models.ForeignKey(Item, models.CASCADE, related_name="custody")
    officer = models.ForeignKey(Officer, models.PROTECT, db_column="badge", related_name="+", db_index=False)
    action = models.SmallIntegerField(choices=Action)
    at = models.DateTimeField()


class LabOrder(models.Model):
    item = models.ForeignKey(Item, models.CASCADE, related_name="lab_orders")
    lab = models.CharField(max_length=12)
    methods = ArrayField(models.CharField(max_length=12))
    priority = models.SmallIntegerField(default=0)
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True)
    report = models.TextField(blank=True)
