"""Contacts of radio amateurs, as they upload their logs."""

from django.contrib.postgres.fields import DateRangeField
from django.db import models

from hamlog.fields import PointField


class Operator(models.Model):
    callsign = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=60)
    home = PointField()
    joined_at = models.DateTimeField()


class Upload(models.Model):
    class State(models.TextChoices):
        QUEUED = "Q"
        READ = "R"
        DONE = "D"
        FAILED = "F"
        STUCK = "S"

    operator = models.ForeignKey(Operator, models.CASCADE, to_field="callsign")
    file = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=1, choices=State)
    came_at = models.DateTimeField()


class Contest(models.Model):
    name = models.CharField(max_length=60)
    year = models.SmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "year"], name="hamlog_contest_year")]


class ContactManager(models.Manager):
    def of(self, call):
        return self.get_queryset().filter(operator_id=call)

    def with_call(self, call):
        return self.get_queryset().filter(other=call)

    def awaited(self):
        return self.get_queryset().filter(confirmed_at=None)


class Contact(models.Model):
    class Band(models.IntegerChoices):
        M160 = 160
        M80 = 80
        M40 = 40
        M20 = 20
        M15 = 15
        M10 = 10
        M6 = 6
        M2 = 2

    class Via(models.TextChoices):
        WEB = "web"
        CARD = "card"
        BUREAU = "bureau"

    operator = models.ForeignKey(
        Operator,
        models.CASCADE,
        to_field="callsign",
        db_column="own_call",
        related_name="contacts",
        db_index=False,
    )
    other = models.CharField(max_length=16, db_column="their_call")
    upload = models.ForeignKey(Upload, models.CASCADE, related_name="contacts")
    contest = models.ForeignKey(Contest, models.SET_NULL, null=True, db_index=False)
    band = models.SmallIntegerField(choices=Band)
    mode = models.CharField(max_length=8)
    khz = models.IntegerField()
    at = models.DateTimeField()
    locator = models.CharField(max_length=8, null=True)
    points = models.SmallIntegerField(default=0)
    via = models.CharField(max_length=8, choices=Via, null=True)
    confirmed_at = models.DateTimeField(null=True)
    extra = models.JSONField(default=dict)

    objects = ContactManager()

    class Meta:
        db_table = "hamlog_qso"
        indexes = [models.Index(fields=["operator", "at"], name="hamlog_qso_own")]


class Credit(models.Model):
    """A contact that counts for an award."""

    award = models.CharField(max_length=8)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="credits", db_index=False)
    granted_on = models.DateField()

    class Meta:
        unique_together = [("award", "contact")]


class GuestLicence(models.Model):
    """For some days, mostly; a few have no end."""

    callsign = models.CharField(max_length=16)
    country = models.CharField(max_length=2)
    period = DateRangeField()


class Spot(models.Model):
    """Who is heard by whom, right now: partitioned by month."""

    id = models.BigIntegerField(primary_key=True)
    heard = models.CharField(max_length=16)
    by = models.CharField(max_length=12)
    khz = models.IntegerField()
    at = models.DateTimeField()
    snr = models.SmallIntegerField()

    class Meta:
        managed = False
        db_table = "hamlog_spot"
