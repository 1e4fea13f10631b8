from django.db import models
from hub.columns import CITextField


class Listener(models.Model):
    handle = CITextField()
    country = models.CharField(max_length=2)
    joined_on = models.DateField()


class Favourite(models.Model):
    listener = models.ForeignKey(Listener, models.CASCADE, db_index=False)
    recording = models.ForeignKey("sounds.Recording", models.CASCADE, db_index=False)
    added_at = models.DateTimeField()
    rating = models.SmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listener", "recording"], name="sounds_favourite_once"),
        ]
