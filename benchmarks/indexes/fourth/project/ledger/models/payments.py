import uuid

from django.db import models


class Merchant(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=80)
    country = models.CharField(max_length=2)
    risk = models.SmallIntegerField()


class PaymentQuerySet(models.QuerySet):
    def of_merchant(self, merchant):
        return self.filter(merchant_id=merchant)

    def counted(self):
        """What isn't a test and went through."""
        return self.filter(is_test=False).exclude(status=Payment.Status.FAILED)

    def stuck(self):
        return self.filter(status__in=[Payment.Status.HELD, Payment.Status.REVIEW])


class Payment(models.Model):
    class Status(models.TextChoices):
        SETTLED = "settled"
        REFUNDED = "refunded"
        FAILED = "failed"
        DISPUTED = "disputed"
        HELD = "held"
        REVIEW = "review"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="payments", db_index=False)
    status = models.CharField(max_length=10, choices=Status)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    card = models.CharField(max_length=16, db_column="card_fingerprint")
    descriptor = models.CharField(max_length=60)
    idempotency_key = models.CharField(max_length=36, null=True)
    refund_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="refunds", db_index=False)
    metadata = models.JSONField(default=dict)
    is_test = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects = PaymentQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["created_at", "merchant"], name="payment_by_time")]
