"""Recipes, those who write them, and those who say what they think of them."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q
from pgvector.django import VectorField

from recipes.columns import CaseInsensitive, PathField


class Cook(models.Model):
    username = CaseInsensitive(max_length=40)
    email = models.CharField(max_length=120)
    joined_on = models.DateField()
    email_verified_at = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    last_ip = models.GenericIPAddressField(null=True)
    bio = models.TextField(blank=True)


class Follow(models.Model):
    star = models.ForeignKey(Cook, models.CASCADE, related_name="followers", db_index=False)
    fan = models.ForeignKey(Cook, models.CASCADE, related_name="follows", db_index=False)
    since = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["star", "fan"], name="recipes_follow_once")]


class Ingredient(models.Model):
    name = models.CharField(max_length=60)


class RecipeQuerySet(models.QuerySet):
    def alive(self):
        return self.filter(deleted_at=None)

    def public(self):
        return self.alive().filter(published_at__isnull=False)

    def best_first(self):
        return self.order_by(F("rating").desc(nulls_last=True))


class Recipe(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    author = models.ForeignKey(Cook, models.CASCADE, related_name="recipes", db_index=False)
    slug = models.CharField(max_length=90)
    old_slugs = ArrayField(models.CharField(max_length=90), default=list)
    title = models.CharField(max_length=120)
    intro = models.TextField()
    words = models.GeneratedField(
        expression=SearchVector("title", "intro", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    language = models.CharField(max_length=2)
    tags = ArrayField(models.CharField(max_length=20), default=list)
    minutes = models.SmallIntegerField()
    rating = models.FloatField(null=True)
    votes = models.IntegerField(default=0)
    extra = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    objects = RecipeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["published_at"], name="recipes_recipe_published")]
        constraints = [
            models.UniqueConstraint(
                fields=["author", "slug"], condition=Q(deleted_at=None), name="recipes_recipe_slug"
            )
        ]


class Portion(models.Model):
    recipe = models.ForeignKey(Recipe, models.CASCADE, related_name="portions", db_index=False)
    ingredient = models.ForeignKey(Ingredient, models.PROTECT, related_name="portions", db_index=False)
    grams = models.IntegerField()

    class Meta:
        db_table = "recipes_ingredients_of"
        unique_together = [("recipe", "ingredient")]


class Review(models.Model):
    recipe = models.ForeignKey(Recipe, models.CASCADE, related_name="reviews", db_index=False)
    cook = models.ForeignKey(Cook, models.CASCADE, related_name="reviews", db_index=False)
    stars = models.SmallIntegerField()
    text = models.TextField(blank=True)
    helpful = models.IntegerField(default=0)
    reports = models.SmallIntegerField(default=0)
    checked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()


class Comment(models.Model):
    path = PathField()
    recipe = models.ForeignKey(Recipe, models.CASCADE, db_index=False)
    cook = models.ForeignKey(Cook, models.CASCADE, db_index=False)
    body = models.TextField()
    created_at = models.DateTimeField()


class Draft(models.Model):
    """What is being written; the table isn't logged."""

    key = models.CharField(max_length=40)
    cook = models.IntegerField(null=True)
    saved_at = models.DateTimeField()
    body = models.JSONField()


class View(models.Model):
    """A table with partitions by a hash of the recipe."""

    id = models.BigIntegerField(primary_key=True)
    recipe = models.ForeignKey(Recipe, models.DO_NOTHING, db_constraint=False, related_name="views")
    at = models.DateTimeField()
    cook = models.IntegerField(null=True)
    referrer = models.CharField(max_length=80, null=True)

    class Meta:
        managed = False


class Taste(models.Model):
    """Where a recipe stands among others."""

    recipe = models.OneToOneField(Recipe, models.DO_NOTHING, primary_key=True, db_constraint=False)
    place = VectorField(dimensions=24)

    class Meta:
        managed = False
