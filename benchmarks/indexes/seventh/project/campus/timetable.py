"""Rooms and hours."""

from django.db.models import Exists, OuterRef, Q

from campus.models import Booking, Room, Section


def taken(during):
    return Booking.objects.filter(room=OuterRef("pk"), during__overlap=during, is_cancelled=False)


def free_rooms(during, seats):
    return Room.objects.filter(~Exists(taken(during)), seats__gte=seats).order_by("seats", "pk")


def slot(weekday, starts):
    return Q(weekday=weekday, starts=starts)


def in_room(room, term, weekday, starts):
    return Section.objects.filter(slot(weekday, starts), room=room, term=term).select_related("course")
