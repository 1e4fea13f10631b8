import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Show(models.Model):
    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=100)
    language = models.CharField(max_length=2)


class Episode(models.Model):
    class State(models.IntegerChoices):
        DRAFT = 1
        SCHEDULED = 2
        PUBLISHED = 3
        WITHDRAWN = 4

    show = models.ForeignKey(Show, models.CASCADE, related_name="episodes")
    guid = models.UUIDField(unique=True, default=uuid.uuid4)
    title = models.CharField(max_length=160)
    season = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    state = models.SmallIntegerField(choices=State)
    published_at = models.DateTimeField(null=True, blank=True)
    seconds = models.PositiveIntegerField()
    explicit = models.BooleanField(default=False)
    topics = ArrayField(models.CharField(max_length=20))
    notes = models.TextField(blank=True)
