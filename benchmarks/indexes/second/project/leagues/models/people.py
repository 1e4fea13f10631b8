from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Concat


class Club(models.Model):
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=60)
    country = models.CharField(max_length=2)


class PlayerQuerySet(models.QuerySet):
    def active(self):
        return self.filter(retired_on=None)

    def with_full_name(self):
        return self.annotate(full_name=Concat("given", models.Value(" "), "surname"))


class Player(models.Model):
    given = models.CharField(max_length=40)
    surname = models.CharField(max_length=40)
    birth_date = models.DateField()
    nationality = models.CharField(max_length=3)
    positions = ArrayField(models.CharField(max_length=3))
    rating = models.FloatField(null=True)
    retired_on = models.DateField(null=True)
    licence = models.UUIDField(null=True)
    shirt_name = models.CharField(max_length=20, blank=True)

    objects = PlayerQuerySet.as_manager()


class Transfer(models.Model):
    player = models.ForeignKey(Player, models.CASCADE, related_name="transfers", db_index=False)
    from_club = models.ForeignKey(Club, models.CASCADE, related_name="+", null=True)
    to_club = models.ForeignKey(Club, models.CASCADE, related_name="arrivals", db_index=False)
    happened_on = models.DateField()
    fee = models.DecimalField(max_digits=11, decimal_places=2, null=True)
    is_loan = models.BooleanField(default=False)
