"""A list of orders as the admin shows it, with a filter at the side."""

from django.db.models import Q

from trees.models import WorkOrder


class OrderChangeList:
    list_display = ("pk", "kind", "urgency", "due_on", "contractor_id")
    ordering = ("-urgency", "due_on")
    per_page = 40

    def __init__(self, *, contractor=None, kind=None, state="open", page=1):
        self.filters = {"contractor": contractor, "kind": kind}
        self.state = state
        self.number = page

    def get_queryset(self):
        found = WorkOrder.objects.all()
        if self.state == "open":
            found = found.open()
        chosen = Q(**{name: value for name, value in self.filters.items() if value})
        return found.filter(chosen).order_by(*self.ordering)

    def page(self):
        end = self.number * self.per_page
        return list(self.get_queryset().values_list(*self.list_display)[end - self.per_page : end])
