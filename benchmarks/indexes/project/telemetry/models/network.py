from django.db import models


class Station(models.Model):
    code = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=80)
    region = models.CharField(max_length=20)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)


class Sensor(models.Model):
    class Kind(models.TextChoices):
        TEMPERATURE = "temperature"
        HUMIDITY = "humidity"
        WIND = "wind"
        RADIATION = "radiation"

    station = models.ForeignKey(Station, models.CASCADE, related_name="sensors")
    serial = models.CharField(max_length=24)
    kind = models.CharField(max_length=12, choices=Kind)
    installed_on = models.DateField()
    retired_at = models.DateTimeField(null=True)
