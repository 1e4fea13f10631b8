from django.db import models
from hub import columns  # noqa: F401

from podcasts.models.feeds import Episode, Show


class Listener(models.Model):
    email = models.CharField(max_length=120)
    handle = models.CharField(max_length=30)
    country = models.CharField(max_length=2)
    joined_on = models.DateField()
    settings = models.JSONField(default=dict, db_column="prefs")

    class Meta:
        indexes = [models.Index(fields=["handle"], name="listener_handle")]


class Subscription(models.Model):
    listener = models.ForeignKey(Listener, models.CASCADE, related_name="subscriptions", db_index=False)
    show = models.ForeignKey(Show, models.CASCADE, related_name="subscriptions", db_index=False)
    since = models.DateField()
    muted = models.BooleanField(default=False)
    paid_until = models.DateField(null=True, blank=True)

    class Meta:
        unique_together = [("listener", "show")]


class Play(models.Model):
    """How far somebody listened; in a table that isn't logged."""

    listener = models.ForeignKey(Listener, models.CASCADE, related_name="plays", db_index=False)
    episode = models.ForeignKey(Episode, models.CASCADE, related_name="plays", db_index=False)
    position = models.PositiveIntegerField(default=0)
    finished = models.BooleanField(default=False)
    rating = models.PositiveSmallIntegerField(null=True, blank=True)
    updated_at = models.DateTimeField(db_index=True)


class Download(models.Model):
    """A request for a file, in a partition for each quarter."""

    episode = models.ForeignKey(Episode, models.DO_NOTHING, related_name="downloads", db_constraint=False)
    at = models.DateTimeField()
    ip = models.GenericIPAddressField()
    agent = models.CharField(max_length=80)
    country = models.CharField(max_length=2)
    bytes = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "download_log"
