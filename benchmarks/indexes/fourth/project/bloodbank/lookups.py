"""Small functions that the desk and the interface share."""

from django.db.models import Q


def is_reserved_or_free(prefix=""):
    return Q(**{f"{prefix}state": "AVA"}) | Q(**{f"{prefix}state": "RES"})


def named(surname, *, born=None, given=None):
    wanted = Q(surname__iexact=surname.strip())
    if born is not None:
        wanted &= Q(born=born)
    if given:
        wanted &= Q(given__istartswith=given)
    return wanted


def one_or_none(queryset, **lookup):
    try:
        return queryset.get(**lookup)
    except queryset.model.DoesNotExist:
        return None
    except queryset.model.MultipleObjectsReturned:
        return queryset.filter(**lookup).first()
