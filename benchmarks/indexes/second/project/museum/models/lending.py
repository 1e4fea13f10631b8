from django.contrib.postgres.fields import DateRangeField
from django.db import models

from museum.models.collection import Artefact


class Institution(models.Model):
    name = models.CharField(max_length=80)
    country = models.CharField(max_length=2)


class LoanQuerySet(models.QuerySet):
    def out(self):
        return self.filter(returned_on__isnull=True)

    def overdue(self, today):
        return self.out().filter(due_back__lt=today)


class Loan(models.Model):
    artefact = models.ForeignKey(Artefact, models.PROTECT, related_name="loans", db_index=False)
    borrower = models.ForeignKey(Institution, models.PROTECT, related_name="loans")
    period = DateRangeField()
    due_back = models.DateField()
    returned_on = models.DateField(null=True)
    courier = models.CharField(max_length=60)
    agreement = models.UUIDField()
    value = models.DecimalField(max_digits=12, decimal_places=2)

    objects = LoanQuerySet.as_manager()
