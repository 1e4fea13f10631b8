"""What the desk types in: every field may be left empty."""

from django.db.models import Q

from resort.models import Guest

PER_PAGE = 30


class GuestSearch:
    fields = {"surname": "surname__istartswith", "country": "country", "born": "birth_date"}

    def __init__(self, data):
        self.data = {name: value for name, value in data.items() if value not in ("", None)}

    def where(self):
        wanted = Q()
        for name, lookup in self.fields.items():
            if name in self.data:
                wanted &= Q(**{lookup: self.data[name]})
        return wanted

    def results(self, number=1):
        found = Guest.objects.filter(self.where())
        begin = (number - 1) * PER_PAGE
        return found.count(), list(found.order_by("surname", "first_name")[begin : begin + PER_PAGE])
