"""What the city owns: trees and benches are assets."""

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models

from trees.columns import PathField, PlaceField


class Taxon(models.Model):
    path = PathField()
    name = models.CharField(max_length=80)


class AssetQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(removed_on=None)

    def of(self, district):
        return self.standing().filter(district=district)


class Asset(models.Model):
    number = models.CharField(max_length=12, unique=True)
    district = models.SmallIntegerField()
    zone = PathField()
    condition = models.SmallIntegerField()
    removed_on = models.DateField(null=True)

    objects = AssetQuerySet.as_manager()


class Photo(models.Model):
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.BigIntegerField()
    of = GenericForeignKey("content_type", "object_id")
    path = models.CharField(max_length=100)
    taken_at = models.DateTimeField()


class Tree(Asset):
    taxon = models.ForeignKey(Taxon, models.PROTECT, related_name="trees")
    place = PlaceField()
    planted_on = models.DateField()
    girth = models.SmallIntegerField(db_column="girth_cm")
    height = models.FloatField(db_column="height_m")
    godparent = models.CharField(max_length=60, null=True)
    photos = GenericRelation(Photo)

    objects = AssetQuerySet.as_manager()


class Bench(Asset):
    material = models.CharField(max_length=20)
    photos = GenericRelation(Photo)
