from django.db import models


class DeviceEvent(models.Model):
    """A table that is partitioned by quarters of logged_at."""

    device = models.IntegerField()
    logged_at = models.DateTimeField()
    code = models.CharField(max_length=12)
    detail = models.JSONField()

    class Meta:
        managed = False
        db_table = "telemetry_deviceevent"
