"""Mixins and helpers of the control room."""

from .models import Contact


class PlannedContacts:
    def get_queryset(self):
        return Contact.objects.upcoming()  # site: planned


def sheet(contact):
    return {"what": contact.headline, "for": f"{contact.seconds // 60} min"}


def backup_of(station):
    return station.backup.country.name if station.backup_id else "none"


def country_of(contact):
    return contact.station.country.name


def loudest(comments):
    return max(comments, key=lambda comment: len(comment.text), default=None)
