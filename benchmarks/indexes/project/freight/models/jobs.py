from django.db import models


class DispatchJob(models.Model):
    """A queue: every job is claimed and finished within seconds."""

    status = models.CharField(max_length=10)
    attempts = models.IntegerField(default=0)
    payload = models.TextField()
    run_after = models.DateTimeField()
