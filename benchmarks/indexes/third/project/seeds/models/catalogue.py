from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField, IntegerRangeField
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q


class Nursery(models.Model):
    name = models.CharField(max_length=60)
    country = models.CharField(max_length=2)


class Species(models.Model):
    genus = models.CharField(max_length=40)
    epithet = models.CharField(max_length=40)
    family = models.CharField(max_length=40)


class Review(models.Model):
    about_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+", db_index=False)
    about_id = models.PositiveBigIntegerField()
    about = GenericForeignKey("about_type", "about_id")
    stars = models.PositiveSmallIntegerField()
    text = models.TextField()
    spam = models.BooleanField(default=False)
    written_at = models.DateTimeField()


class VarietyQuerySet(models.QuerySet):
    def current(self):
        return self.filter(retired_at=None)

    def sold_by(self, nursery):
        return self.current().filter(nursery=nursery)

    def priced(self, low=None, high=None):
        found = self
        if low is not None:
            found = found.filter(price__gte=low)
        if high is not None:
            found = found.filter(price__lte=high)
        return found


class Variety(models.Model):
    nursery = models.ForeignKey(Nursery, models.PROTECT, related_name="varieties")
    species = models.ForeignKey(Species, models.PROTECT, related_name="varieties", db_index=False)
    code = models.CharField(max_length=16, db_column="stock_code")
    name = models.CharField(max_length=100)
    description = models.TextField()
    words = SearchVectorField(null=True, editable=False)
    tags = ArrayField(models.CharField(max_length=24))
    traits = models.JSONField(default=dict)
    price = models.DecimalField(max_digits=7, decimal_places=2)
    zones = IntegerRangeField()
    parent = models.ForeignKey("self", models.SET_NULL, null=True, related_name="strains", db_index=False)
    listed_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    reviews = GenericRelation(Review, content_type_field="about_type", object_id_field="about_id")

    objects = VarietyQuerySet.as_manager()

    class Meta:
        db_table = "variety"
        constraints = [
            models.UniqueConstraint(
                fields=["nursery", "code"], condition=Q(retired_at=None), name="variety_code_of_nursery"
            )
        ]


class Collection(models.Model):
    title = models.CharField(max_length=80)
    owner = models.IntegerField()
    public = models.BooleanField(default=True)
    items = models.ManyToManyField(Variety, through="CollectionItem", related_name="collections")


class CollectionItem(models.Model):
    collection = models.ForeignKey(Collection, models.CASCADE, db_index=False)
    variety = models.ForeignKey(Variety, models.CASCADE, db_index=False)
    rank = models.PositiveIntegerField()

    class Meta:
        unique_together = [("collection", "variety")]
