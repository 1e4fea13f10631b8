from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models

from chat.models.rooms import Room


class Reaction(models.Model):
    content_type = models.ForeignKey(ContentType, models.CASCADE, db_index=False)
    object_id = models.BigIntegerField()
    target = GenericForeignKey("content_type", "object_id")
    user = models.IntegerField()
    emoji = models.CharField(max_length=16)


class Message(models.Model):
    room = models.ForeignKey(Room, models.CASCADE, related_name="messages", db_index=False)
    author = models.IntegerField(db_index=True)
    sent_at = models.DateTimeField()
    body = models.TextField()
    is_deleted = models.BooleanField(default=False)
    pinned = models.BooleanField(default=False)
    edited_at = models.DateTimeField(null=True)
    client_id = models.UUIDField()
    reply_to = models.ForeignKey("self", models.SET_NULL, null=True, related_name="replies", db_index=False)
    reactions = GenericRelation(Reaction)
