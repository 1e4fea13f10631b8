"""Lists with a search field, filters and pages, as an admin has them."""

from django.core.paginator import Paginator
from django.db.models import Q

from bureau.models import Invoice, Project


class ChangeList:
    model = None
    search_fields = ()
    list_filter = ()
    ordering = ("-pk",)
    list_per_page = 50

    def __init__(self, get):
        self.get = dict(get)

    def get_queryset(self):
        return self.model._default_manager.all()

    def searched(self, found):
        for bit in self.get.pop("q", "").split():
            anywhere = Q()
            for field in self.search_fields:
                anywhere |= Q((field, bit))
            found = found.filter(anywhere)
        return found

    def results(self):
        number = self.get.pop("p", 1)
        found = self.searched(self.get_queryset())
        found = found.filter(**{name: value for name, value in self.get.items() if name in self.list_filter})
        pages = Paginator(found.order_by(*self.ordering), self.list_per_page)
        return pages.count, list(pages.page(number))


class ProjectList(ChangeList):
    model = Project
    search_fields = ("code__iexact", "title__icontains")
    list_filter = ("state", "source")


class InvoiceList(ChangeList):
    model = Invoice
    search_fields = ("number__contains",)
    list_filter = ("client", "paid_on__isnull", "currency")
    ordering = ("-issued_on", "-pk")
