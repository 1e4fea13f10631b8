from django.db import models


class Room(models.Model):
    workspace = models.IntegerField()
    topic = models.CharField(max_length=80)
    archived = models.BooleanField(default=False)


class Member(models.Model):
    room = models.ForeignKey(Room, models.CASCADE, related_name="members", db_index=False)
    user = models.IntegerField()
    role = models.CharField(max_length=10)
    last_read = models.BigIntegerField(default=0)
    last_seen = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="chat_member_once")]
