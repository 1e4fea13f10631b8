"""Class-based views, as far as they ask the database."""

from django.core.paginator import Paginator
from django.db.models import Q

from courts.models import File, Party


class ListView:
    model = None
    paginate_by = 25
    ordering = None

    def __init__(self, **kwargs):
        self.kwargs = kwargs

    def get_queryset(self):
        found = self.model._default_manager.all()
        return found.order_by(*self.ordering) if self.ordering else found

    def page(self):
        paginator = Paginator(self.get_queryset(), self.paginate_by)
        page = paginator.page(self.kwargs.get("page", 1))
        return list(page.object_list), paginator.num_pages


class CourtFiles(ListView):
    model = File

    def get_queryset(self):
        return self.model.alive.filter(court_id=self.kwargs["court"]).order_by("-opened_on")


class ChangeList(ListView):
    """Like the admin's: words that all must be somewhere, and filters of the side bar."""

    model = File
    search_fields = ("subject",)
    ordering = ("-pk",)

    def get_queryset(self):
        found = super().get_queryset()
        for bit in self.kwargs.get("q", "").split():
            anywhere = Q()
            for name in self.search_fields:
                anywhere |= Q(**{f"{name}__icontains": bit})
            found = found.filter(anywhere)
        return found.filter(**self.kwargs.get("filters", {}))


def name_or_number(text):
    return Q(name__istartswith=text) | Q(tax_number__startswith=text)


class PartyFinder(ListView):
    model = Party
    paginate_by = 20

    def get_queryset(self):
        return self.model.objects.filter(name_or_number(self.kwargs["q"]))
