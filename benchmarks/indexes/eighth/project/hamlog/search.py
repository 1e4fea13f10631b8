"""The log search, a form with many fields that are mostly left empty."""

from django.db.models import Q

from hamlog.fields import Square
from hamlog.models import Contact


def anyhow(call):
    """A call, alone, from abroad, or on the road."""
    return Q(other=call) | Q(other__startswith=f"{call}/") | Q(other__endswith=f"/{call}")


class LogSearch:
    fields = ("call", "mode", "low", "high", "square", "summit")

    def __init__(self, **asked):
        self.asked = {name: asked[name] for name in self.fields if asked.get(name)}

    def conditions(self):
        if call := self.asked.get("call"):
            yield anyhow(call)
        if mode := self.asked.get("mode"):
            yield Q(mode=mode)
        if {"low", "high"} <= set(self.asked):
            yield Q(khz__range=(self.asked["low"], self.asked["high"]))
        if summit := self.asked.get("summit"):
            yield Q(extra__sota=summit)

    def queryset(self):
        found = Contact.objects.select_related("upload")
        if square := self.asked.get("square"):
            found = found.annotate(square=Square("locator")).filter(square=square.upper())
        for one in self.conditions():
            found = found.filter(one)
        return found

    def page(self, number=1, size=25):
        begin = (number - 1) * size
        return list(self.queryset().order_by("-at")[begin : begin + size])
