from django.db import models
from hub.columns import BoxField


class Zone(models.Model):
    code = models.CharField(max_length=8)
    tariff = models.DecimalField(max_digits=6, decimal_places=2)


class Bay(models.Model):
    zone = models.ForeignKey(Zone, models.CASCADE, related_name="bays")
    outline = BoxField()
    covered = models.BooleanField(default=False)
