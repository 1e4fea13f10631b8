from django.db import models


class Carrier(models.Model):
    name = models.CharField(max_length=60)
    country = models.CharField(max_length=2)


class Port(models.Model):
    code = models.CharField(max_length=5, unique=True)
    country = models.CharField(max_length=2)
