from django.db import models

from ledger.models.payments import Payment


class Dispute(models.Model):
    class State(models.IntegerChoices):
        NEEDS_RESPONSE = 1
        UNDER_REVIEW = 2
        WON = 3
        LOST = 4

    payment = models.ForeignKey(Payment, models.CASCADE, related_name="disputes")
    card = models.CharField(max_length=16)
    state = models.SmallIntegerField(choices=State)
    reason = models.CharField(max_length=30)
    evidence = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    respond_by = models.DateField(null=True)
    assignee = models.CharField(max_length=30, null=True)
