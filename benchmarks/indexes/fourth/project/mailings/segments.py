"""What a form of a segment means, built up condition by condition."""

from functools import reduce
from operator import and_

from django.db.models import Q


def condition(*, state=None, tags=None, mail=None, joined_since=None, source=None, silent_since=None):
    parts = [Q()]
    if state:
        parts.append(Q(state=state))
    if tags:
        parts.append(Q(tags__overlap=tags))
    if mail:
        parts.append(Q(email__icontains=mail))
    if joined_since:
        parts.append(Q(joined_at__gte=joined_since))
    if source:
        parts.append(Q(attributes__source=source))
    if silent_since:
        parts.append(Q(last_opened_at__isnull=True) | Q(last_opened_at__lt=silent_since))
    return reduce(and_, parts)
