from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import Q

from resort.models.mountain import Lift
from resort.models.people import Guest


class PassQuerySet(models.QuerySet):
    def valid_on(self, day):
        return self.filter(valid__contains=day)

    def abandoned(self, before):
        return self.filter(status=Pass.Status.PENDING, bought_at__lt=before)


class Pass(models.Model):
    class Kind(models.TextChoices):
        DAY = "day"
        WEEK = "week"
        SEASON = "season"
        STAFF = "staff"

    class Status(models.TextChoices):
        PENDING = "pending"
        ACTIVE = "active"
        EXPIRED = "expired"
        BLOCKED = "blocked"
        REFUNDED = "refunded"

    guest = models.ForeignKey(
        Guest, models.PROTECT, related_name="passes", db_column="holder", db_index=False
    )
    chip = models.CharField(max_length=16)
    kind = models.CharField(max_length=8, choices=Kind)
    status = models.CharField(max_length=10, choices=Status)
    valid = DateRangeField()
    bought_at = models.DateTimeField()
    price = models.DecimalField(max_digits=7, decimal_places=2)

    objects = PassQuerySet.as_manager()

    class Meta:
        db_table = "ski_pass"
        constraints = [
            models.UniqueConstraint(
                fields=["chip"], condition=Q(status="active"), name="one_active_pass_a_chip"
            )
        ]


class Within(models.Lookup):
    """An address of a network."""

    lookup_name = "within"

    def get_prep_lookup(self):
        return str(self.rhs)

    def as_sql(self, compiler, connection):
        address, address_params = self.process_lhs(compiler, connection)
        return f"{address} <<= %s::inet", [*address_params, self.rhs]


models.GenericIPAddressField.register_lookup(Within)


class Scan(models.Model):
    class Outcome(models.IntegerChoices):
        OK = 0
        EXPIRED = 1
        BLOCKED = 2
        WRONG_AREA = 3
        FRAUD = 4

    ski_pass = models.ForeignKey(
        Pass, models.CASCADE, related_name="scans", db_column="pass_no", db_index=False
    )
    lift = models.ForeignKey(
        Lift, models.PROTECT, to_field="code", related_name="scans", db_column="lift_code", db_index=False
    )
    gate = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    outcome = models.PositiveSmallIntegerField(choices=Outcome)
    reader = models.GenericIPAddressField()

    class Meta:
        db_table = "lift_scan"
        indexes = [models.Index(fields=["lift", "gate"], name="scan_lift_gate")]
