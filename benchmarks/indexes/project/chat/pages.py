"""What the chat's pages ask of the database."""

from django.db.models import Count, F, Max, OuterRef, Q, Subquery
from django.utils import timezone

from chat.models import Member, Message, Reaction, Room


def history(room):
    return list(Message.objects.filter(room_id=room, is_deleted=False).order_by("-sent_at")[:50])


def pinned(room):
    return list(Message.objects.filter(room_id=room, pinned=True))


def all_pinned():
    return list(Message.objects.filter(pinned=True).select_related("room").order_by("-sent_at")[:30])


def replies(message):
    return list(Message.objects.filter(reply_to_id=message).order_by("sent_at"))


def history_with_replies(room):
    page = Message.objects.filter(room_id=room).annotate(count=Count("replies")).order_by("-sent_at")
    return list(page[:30])


def reactions_of(message):
    found = Message.objects.get(pk=message)
    return list(found.reactions.all())


def rooms_of(user):
    return list(Room.objects.filter(members__user=user, archived=False))


def unread(user):
    later = Message.objects.filter(room=OuterRef("room"), id__gt=OuterRef("last_read"))
    counted = later.order_by().values("room").annotate(count=Count("id")).values("count")
    return list(Member.objects.filter(user=user).annotate(unread=Subquery(counted)))


def search_room(room, text):
    return list(Message.objects.filter(room_id=room, body__icontains=text).order_by("-sent_at")[:20])


def search_everywhere(text):
    return list(Message.objects.filter(body__icontains=text).order_by("-sent_at")[:20])


def was_sent(client):
    return Message.objects.filter(client_id=client).exists()


def last_of_rooms(rooms):
    latest = Message.objects.filter(room_id__in=rooms).order_by("room_id", "-sent_at").distinct("room_id")
    return list(latest)


def edited_since(moment):
    return list(Message.objects.filter(edited_at__gte=moment).order_by("edited_at"))


def author_since(author, moment):
    return list(Message.objects.filter(author=author, sent_at__gte=moment).order_by("-sent_at")[:50])


def auditors():
    return list(Member.objects.filter(role="auditor").select_related("room"))


def workspace_feed(workspace):
    feed = Message.objects.filter(room__workspace=workspace, is_deleted=False)
    return list(feed.order_by("-sent_at")[:20])


def room_before(room, message):
    return list(Message.objects.filter(room_id=room, id__lt=message).order_by("-id")[:50])


def user_reactions(user):
    return list(Reaction.objects.filter(user=user).order_by("-id")[:40])


def deleted_lately():
    return list(Message.objects.filter(is_deleted=True, edited_at__isnull=False).order_by("-sent_at")[:20])


def room_activity(room):
    return Message.objects.filter(room_id=room).aggregate(latest=Max("sent_at"), count=Count("id"))


def newest_rooms(user):
    """Rooms of a user, those with the latest message first."""
    newest = Message.objects.filter(room=OuterRef("pk")).order_by("-sent_at").values("sent_at")[:1]
    mine = Room.objects.filter(members__user=user).annotate(latest=Subquery(newest))
    return list(mine.order_by(F("latest").desc(nulls_last=True)))


def owls(author):
    return list(Reaction.objects.filter(emoji="owl", user=author))


def rooms_in(workspace):
    return list(Room.objects.filter(workspace=workspace, archived=False).order_by("topic"))


def mentions_or_mine(author, message):
    return list(Message.objects.filter(Q(reply_to_id=message) | Q(author=author)))


def kept_authors():
    return Message.objects.filter(is_deleted=False).aggregate(authors=Count("author", distinct=True))


def replies_or_copies(message, client):
    answers = Message.objects.filter(reply_to_id=message)
    return list(answers.union(Message.objects.filter(client_id=client)))


def first_in(room):
    return Message.objects.filter(room_id=room).order_by("sent_at").first()


def seen_since(moment):
    return list(Member.objects.filter(last_seen__gte=moment).values_list("room_id", "user"))


def has_reacted(user, message):
    return Reaction.objects.filter(user=user, object_id=message, emoji="heart").exists()


# What no index should be advised for.


def latest_edit():
    return Message.objects.filter(is_deleted=False).aggregate(latest=Max("edited_at"), bodies=Max("body"))


def body_has_letters():
    return len(list(Message.objects.filter(body__icontains="ok").values_list("id")[:200_000]))


def newest():
    return list(Message.objects.order_by("-id")[:50])


def popular_emoji():
    return list(Reaction.objects.values("emoji").annotate(count=Count("id")))


def is_member(room, user):
    return Member.objects.filter(room_id=room, user=user).first()


def heartbeats(first):
    """Members report that they are there; now and then somebody counts them."""
    members = list(Member.objects.filter(pk__gte=first).order_by("pk")[:250])
    for member in members:
        Member.objects.filter(pk=member.pk).update(last_seen=timezone.now())
    return Member.objects.filter(last_seen__gte=timezone.now() - timezone.timedelta(minutes=1)).count()


def members_of(room):
    return list(Member.objects.filter(room_id=room))


def guests():
    return len(list(Member.objects.filter(role="guest").values_list("user")))


def writers_and_guests():
    return len(list(Member.objects.filter(role__in=["guest", "writer"]).values_list("user", "last_read")))
