from django.db import models


class AccessEvent(models.Model):
    """Partitioned by quarters of `at`; load.sql makes the table."""

    badge = models.CharField(max_length=8)
    door = models.SmallIntegerField()
    source = models.GenericIPAddressField()
    granted = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "evidence_accessevent"
