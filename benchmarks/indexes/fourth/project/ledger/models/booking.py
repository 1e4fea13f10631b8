from django.contrib.postgres.fields import DateRangeField
from django.db import models

from ledger.models.payments import Merchant, Payment


class Entry(models.Model):
    """Double entry: what is booked stays."""

    account_no = models.IntegerField()
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="entries", db_index=False)
    kind = models.SmallIntegerField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    booked_on = models.DateField()

    class Meta:
        db_table = "gl_entry"
        indexes = [models.Index(fields=["booked_on", "kind"], name="entry_by_day")]


class Payout(models.Model):
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="payouts")
    period = DateRangeField()
    state = models.CharField(max_length=8)
    bank_ref = models.CharField(max_length=24)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
