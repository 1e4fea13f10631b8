"""The search form of the support desk."""

from django.db.models import Q

from lockers.models import Parcel


def anywhere(text):
    return Q(recipient_email__icontains=text) | Q(tracking__icontains=text)


class DeskSearch:
    per_page = 30

    def __init__(self, data):
        self.data = {name: value for name, value in data.items() if value not in ("", None)}

    def queryset(self):
        found = Parcel.objects.alive()
        if carrier := self.data.get("carrier"):
            found = found.filter(carrier=carrier)
        if text := self.data.get("text"):
            found = found.filter(anywhere(text))
        if since := self.data.get("since"):
            found = found.filter(created_at__gte=since)
        if station := self.data.get("station"):
            found = found.filter(station__code=station)
        return found.order_by("-created_at")

    def page(self):
        return list(self.queryset()[: self.per_page])
