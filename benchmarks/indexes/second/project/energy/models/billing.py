from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F

from energy.models.grid import Meter, Supplier


class Tariff(models.Model):
    code = models.CharField(max_length=12)
    cents_per_kwh = models.DecimalField(max_digits=7, decimal_places=3)


class Contract(models.Model):
    meter = models.ForeignKey(Meter, models.CASCADE, related_name="contracts")
    tariff = models.ForeignKey(Tariff, models.PROTECT, related_name="contracts")
    holder = models.CharField(max_length=80)
    period = DateRangeField()


class InvoiceQuerySet(models.QuerySet):
    def unpaid(self):
        return self.filter(paid_on=None)

    def overdue(self, today):
        return self.unpaid().filter(due_on__lt=today)

    def overpaid(self):
        return self.filter(paid_amount__gt=F("amount"))


class Invoice(models.Model):
    class Status(models.IntegerChoices):
        DRAFT = 10
        SENT = 20
        PAID = 30
        WRITTEN_OFF = 40
        IN_COURT = 50

    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="invoices")
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="invoices", db_index=False)
    number = models.CharField(max_length=20)
    customer_email = models.EmailField()
    status = models.SmallIntegerField(choices=Status)
    issued_on = models.DateField()
    due_on = models.DateField()
    paid_on = models.DateField(null=True)
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    paid_amount = models.DecimalField(max_digits=9, decimal_places=2, default=0)

    objects = InvoiceQuerySet.as_manager()
