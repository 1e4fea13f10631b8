from django.db import models


class Webhook(models.Model):
    merchant = models.UUIDField()
    event = models.CharField(max_length=30)
    state = models.CharField(max_length=8)
    attempts = models.SmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    body = models.JSONField()


class Counter(models.Model):
    """How often a key was used in a minute: changed by every request."""

    api_key = models.CharField(max_length=24)
    minute = models.DateTimeField()
    used = models.IntegerField(default=0)
