"""Pieces of queries that several pages share."""

from django.db.models import CharField, Func, Q, Value

from zoo.models import Ticket

UNUSUAL = (Ticket.Channel.PARTNER, Ticket.Channel.PRESS)


class Reversed(Func):
    function = "REVERSE"
    output_field = CharField()


def get_or_none(found, **wanted):
    try:
        return found.get(**wanted)
    except found.model.DoesNotExist:
        return None


def child_of(parent):
    return Q(mother=parent) | Q(father=parent)


def unused(channels=UNUSUAL):
    return Q(used_at__isnull=True, channel__in=channels)


def ends_with(field, text):
    return {"annotate": {"backwards": Reversed(field)}, "filter": Q(backwards__startswith=text[::-1])}


def constant(text):
    return Value(text, output_field=CharField())
