from django.db import models


class Station(models.Model):
    code = models.CharField(max_length=5, unique=True)
    name = models.CharField(max_length=60)
    platforms = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "stations"


class Train(models.Model):
    number = models.PositiveIntegerField(unique=True)
    operator = models.CharField(max_length=30)


class Run(models.Model):
    """A train on one day."""

    class State(models.IntegerChoices):
        PLANNED = 0
        ON_THE_WAY = 1
        ARRIVED = 2
        CANCELLED = 3
        DIVERTED = 4

    train = models.ForeignKey(Train, models.PROTECT, related_name="runs", db_index=False)
    runs_on = models.DateField()
    start = models.ForeignKey(
        Station, models.PROTECT, to_field="code", db_column="from_code", related_name="+", db_index=False
    )
    end = models.ForeignKey(
        Station, models.PROTECT, to_field="code", db_column="to_code", related_name="+", db_index=False
    )
    leaves = models.TimeField()
    delay = models.SmallIntegerField(default=0, db_column="delay_minutes")
    state = models.SmallIntegerField(choices=State)
    remarks = models.CharField(max_length=200, blank=True)

    class Meta:
        unique_together = [("train", "runs_on")]
