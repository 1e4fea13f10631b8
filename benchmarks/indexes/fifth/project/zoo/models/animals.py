from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.postgres.fields import DateRangeField
from django.db import models


class Species(models.Model):
    code = models.CharField(max_length=16, primary_key=True)
    latin = models.CharField(max_length=80)
    family = models.CharField(max_length=30)
    red_list = models.CharField(max_length=2)


class Place(models.Model):
    name = models.CharField(max_length=60)
    zone = models.CharField(max_length=20)


class Enclosure(Place):
    square_metres = models.PositiveIntegerField()
    is_indoor = models.BooleanField(default=False)


class Keeper(models.Model):
    name = models.CharField(max_length=60)
    last_seen = models.DateTimeField(null=True)


class AnimalQuerySet(models.QuerySet):
    def living(self):
        return self.filter(died_on=None)

    def with_birthday(self, day):
        return self.living().filter(born_on__month=day.month, born_on__day=day.day)


class Animal(models.Model):
    chip = models.CharField(max_length=15)
    name = models.CharField(max_length=60)
    species = models.ForeignKey(Species, models.PROTECT, related_name="animals", db_index=False)
    enclosure = models.ForeignKey(Enclosure, models.SET_NULL, null=True, related_name="animals")
    mother = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+", db_index=False)
    father = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+", db_index=False)
    sex = models.CharField(max_length=1)
    born_on = models.DateField()
    died_on = models.DateField(null=True, blank=True)
    weight = models.FloatField(null=True)
    attributes = models.JSONField(default=dict)
    remarks = GenericRelation("zoo.Remark")

    objects = AnimalQuerySet.as_manager()


class Feeding(models.Model):
    class Food(models.TextChoices):
        HAY = "hay"
        FISH = "fish"
        MEAT = "meat"
        PELLETS = "pellets"
        FRUIT = "fruit"
        INSECTS = "insects"

    animal = models.ForeignKey(Animal, models.CASCADE, related_name="feedings", db_index=False)
    keeper = models.ForeignKey(Keeper, models.PROTECT, related_name="feedings", db_index=False)
    fed_at = models.DateTimeField()
    food = models.CharField(max_length=10, choices=Food)
    grams = models.PositiveIntegerField()
    refused = models.BooleanField(default=False)
    comment = models.CharField(max_length=100, blank=True)

    class Meta:
        indexes = [models.Index(fields=["keeper", "food"], name="feeding_keeper_food")]


class Stay(models.Model):
    """Of an animal in another zoo."""

    animal = models.ForeignKey(Animal, models.CASCADE, related_name="stays", db_index=False)
    zoo_code = models.CharField(max_length=8)
    period = DateRangeField()
    permit = models.CharField(max_length=20, null=True)
    approved_by = models.ForeignKey(Keeper, models.SET_NULL, null=True, related_name="+")
