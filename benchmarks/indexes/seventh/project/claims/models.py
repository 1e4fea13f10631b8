"""Policies, and what happened to those who have them."""

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import DateRangeField
from django.db import models


class Branch(models.Model):
    code = models.CharField(max_length=4, primary_key=True)
    name = models.CharField(max_length=60)


class Broker(models.Model):
    code = models.CharField(max_length=8, unique=True)
    name = models.CharField(max_length=60)


class Party(models.Model):
    """Somebody who holds a policy, or has a claim."""

    surname = models.CharField(max_length=60)
    given = models.CharField(max_length=60)
    born_on = models.DateField(null=True)
    tax_id = models.CharField(max_length=14, null=True, db_column="nino")
    street = models.CharField(max_length=120)
    postcode = models.CharField(max_length=8)

    class Meta:
        db_table = "ins_party"


class Policy(models.Model):
    class Product(models.TextChoices):
        MOTOR = "motor"
        HOME = "home"
        TRAVEL = "travel"
        PET = "pet"
        BOAT = "boat"

    number = models.CharField(max_length=16, primary_key=True, db_column="pol_no")
    holder = models.ForeignKey(Party, models.PROTECT, related_name="policies", db_index=False)
    broker = models.ForeignKey(
        Broker, models.PROTECT, to_field="code", db_column="broker_code", null=True, db_index=False
    )
    product = models.CharField(max_length=8, choices=Product)
    cover = DateRangeField()
    premium = models.DecimalField(max_digits=9, decimal_places=2)
    cancelled_on = models.DateField(null=True)
    terms = models.JSONField(default=dict)

    class Meta:
        db_table = "ins_policy"


class LiveManager(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(deleted_at__isnull=True)


class File(models.Model):
    """All that is known of one claim."""

    class Status(models.TextChoices):
        OPEN = "O", "open"
        REVIEW = "R", "in review"
        COURT = "L", "litigated"
        CLOSED = "C", "closed"

    branch = models.ForeignKey(Branch, models.PROTECT, db_index=False)
    reference = models.CharField(max_length=24)
    policy = models.ForeignKey(
        Policy, models.PROTECT, db_column="pol_no", related_name="files", db_index=False
    )
    opened_on = models.DateField()
    status = models.CharField(max_length=1, choices=Status)
    reserve = models.DecimalField(max_digits=11, decimal_places=2)
    handler = models.IntegerField(db_column="handler_no")
    fraud_score = models.FloatField(null=True)
    reopened_from = models.ForeignKey("self", models.SET_NULL, null=True, db_index=False)
    deleted_at = models.DateTimeField(null=True)
    documents = GenericRelation("claims.Document")

    objects = LiveManager()
    everything = models.Manager()

    class Meta:
        db_table = "ins_file"
        indexes = [models.Index(fields=["branch", "opened_on"], name="ins_file_branch_day")]


class MotorFile(File):
    plate = models.CharField(max_length=10)
    vin = models.CharField(max_length=17)
    at_fault = models.BooleanField(null=True)
    other_insurer = models.CharField(max_length=40, null=True)

    class Meta:
        db_table = "ins_file_motor"


class HomeFile(File):
    class Peril(models.TextChoices):
        WATER = "water"
        FIRE = "fire"
        THEFT = "theft"
        STORM = "storm"
        SUBSIDENCE = "subsidence"

    peril = models.CharField(max_length=10, choices=Peril)
    postcode = models.CharField(max_length=8)
    excess = models.DecimalField(max_digits=8, decimal_places=2)

    class Meta:
        db_table = "ins_file_home"


class Payment(models.Model):
    file = models.ForeignKey(File, models.PROTECT, related_name="payments", db_index=False)
    iban = models.CharField(max_length=34)
    cents = models.BigIntegerField()
    due_on = models.DateField()
    paid_at = models.DateTimeField(null=True)
    batch = models.IntegerField(null=True)

    class Meta:
        db_table = "ins_payment"
        indexes = [models.Index(fields=["due_on"], name="ins_payment_due")]


class Document(models.Model):
    content_type = models.ForeignKey(ContentType, models.CASCADE, db_index=False)
    object_id = models.PositiveIntegerField()
    target = GenericForeignKey()
    kind = models.PositiveSmallIntegerField()
    digest = models.BinaryField(max_length=32)
    name = models.CharField(max_length=120)
    received_at = models.DateTimeField()
    meta = models.JSONField(default=dict)

    class Meta:
        db_table = "ins_document"
        indexes = [models.Index(fields=["content_type", "kind"], name="ins_document_kind")]


class Diary(models.Model):
    """What a handler wants to be reminded of."""

    file = models.ForeignKey(File, models.CASCADE, db_index=False)
    handler = models.IntegerField(db_column="handler_no")
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True)
    subject = models.CharField(max_length=120)

    class Meta:
        db_table = "ins_diary"
        ordering = ["due_on"]
        indexes = [models.Index(fields=["handler"], name="ins_diary_handler")]


class Trail(models.Model):
    """Who changed what; rows are only added."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=30)
    verb = models.CharField(max_length=20)
    ref = models.CharField(max_length=40)
    address = models.GenericIPAddressField(null=True)
    changes = models.JSONField(default=dict)

    class Meta:
        db_table = "ins_trail"
