from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models.functions import Upper


class Permit(models.Model):
    code = models.CharField(max_length=16)
    plate = models.CharField(max_length=10)
    holder = models.CharField(max_length=60)
    valid = DateRangeField()
    kind = models.CharField(max_length=12)

    class Meta:
        constraints = [models.UniqueConstraint(Upper("code"), name="parking_permit_code")]
