"""Class-based views, without what makes them answer requests."""

from django.core.paginator import Paginator
from django.db.models import Q

from permits.models import BuildingPermit, Dossier, Parcel


class TenantView:
    """Every list of a town hall."""

    queryset = None
    paginate_by = 25
    ordering = ()

    def __init__(self, municipality, **get):
        self.municipality = municipality
        self.get = get

    def get_queryset(self):
        return self.queryset.of(self.municipality).order_by(*self.ordering)

    def page(self):
        return list(Paginator(self.get_queryset(), self.paginate_by).get_page(self.get.get("page", 1)))


class Inbox(TenantView):
    queryset = Dossier.objects.open()
    ordering = ("submitted_at", "pk")


class TallBuildings(TenantView):
    """Of a table that inherits: the condition is the child's, the tenant the parent's."""

    ordering = ("-height",)

    @property
    def queryset(self):
        return BuildingPermit.objects.filter(height__gte=float(self.get["over"]))


class AllDossiers(TenantView):
    queryset = Dossier.objects.all()
    ordering = ("-pk",)

    def page(self):
        start = self.paginate_by * (self.get.get("page", 1) - 1)
        return list(self.get_queryset()[start : start + self.paginate_by])


class ParcelSearch(TenantView):
    queryset = Parcel.objects.all()

    def get_queryset(self):
        found = self.queryset.filter(municipality=self.municipality)
        if street := self.get.get("street"):
            found = found.filter(street__istartswith=street)
        if house := self.get.get("house"):
            found = found.filter(house=house)
        if owner := self.get.get("owner"):
            found = found.filter(Q(owner__startswith=owner) | Q(owner__contains=f", {owner}"))
        return found.order_by("street", "house")
