from django.contrib.postgres.fields import ArrayField
from django.db import models


class Client(models.Model):
    name = models.CharField(max_length=80)
    country = models.CharField(max_length=2)


class Translator(models.Model):
    class Standing(models.TextChoices):
        NEW = "N"
        TESTED = "T"
        TRUSTED = "X"
        BARRED = "B"

    name = models.CharField(max_length=80)
    email = models.CharField(max_length=120)
    languages = ArrayField(models.CharField(max_length=3))
    standing = models.CharField(max_length=1, choices=Standing)
    rate = models.DecimalField(max_digits=5, decimal_places=3)
    rating = models.FloatField(null=True)
    biography = models.TextField(blank=True)
    joined_on = models.DateField()


class Session(models.Model):
    """Who works in the editor now; each writes every ten seconds."""

    translator = models.IntegerField(unique=True)
    beat_at = models.DateTimeField()
    segment = models.BigIntegerField(null=True)
