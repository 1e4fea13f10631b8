"""Class-based pages of the desk."""

from django.core.paginator import Paginator

from evidence.models import CaseFile, CustodyEvent, Item


class Desk:
    paginate_by = 30
    queryset = None

    def __init__(self, **kwargs):
        self.kwargs = kwargs

    def get_queryset(self):
        return self.queryset.all()

    def listing(self):
        return list(self.get_queryset()[: self.paginate_by])

    def page(self, number):
        return list(Paginator(self.get_queryset(), self.paginate_by).get_page(number).object_list)


class OldestOpenCases(Desk):
    def get_queryset(self):
        return CaseFile.objects.open().for_agency(self.kwargs["agency"]).order_by("opened_on")


class CaseDetail(Desk):
    def get_queryset(self):
        found = CaseFile.objects.for_agency(self.kwargs["agency"]).filter(number=self.kwargs["number"])
        return found.select_related("agency", "lead")


class CasesOfLead(Desk):
    def get_queryset(self):
        mine = CaseFile.objects.filter(lead_id=self.kwargs["badge"])
        return mine.open() if self.kwargs.get("open") else mine.order_by("-opened_on")


class OfficerDay(Desk):
    paginate_by = 400

    def get_queryset(self):
        handled = CustodyEvent.objects.filter(officer=self.kwargs["badge"], at__date=self.kwargs["day"])
        return handled.select_related("item").order_by("at")


class Shelf(Desk):
    paginate_by = 200

    def get_queryset(self):
        return Item.objects.on_shelf(self.kwargs["prefix"]).order_by("shelf", "pk")
