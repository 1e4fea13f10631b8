from django.contrib.postgres.fields import ArrayField
from django.db import models


class Person(models.Model):
    name = models.CharField(max_length=90)
    sort_name = models.CharField(max_length=90)
    country = models.CharField(max_length=2, null=True)
    mail = models.EmailField(null=True)


class Film(models.Model):
    title = models.CharField(max_length=140)
    original_title = models.CharField(max_length=140, null=True)
    year = models.SmallIntegerField()
    minutes = models.SmallIntegerField()
    country = models.CharField(max_length=2)
    genres = ArrayField(models.CharField(max_length=16))
    tech = models.JSONField(default=dict)
    synopsis = models.TextField(blank=True)
    people = models.ManyToManyField(Person, through="Credit", related_name="films")

    class Meta:
        indexes = [models.Index(fields=["country", "year"], name="film_by_country")]


class Feature(Film):
    """Long enough for a distributor."""

    distributor = models.CharField(max_length=60, blank=True)
    budget = models.BigIntegerField(null=True)


class Credit(models.Model):
    class Role(models.IntegerChoices):
        DIRECTOR = 1
        CAST = 2
        CREW = 3

    film = models.ForeignKey(Film, models.CASCADE, related_name="credits", db_index=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="credits", db_index=False)
    role = models.SmallIntegerField(choices=Role)
    billing = models.SmallIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["film", "person", "role"], name="credited_once")]
