"""The search forms of the desk: empty fields ask for nothing."""

from django.db.models import Q

from claims.models import File, MotorFile, Party


def same_place(postcode):
    return Q(postcode=postcode) if postcode else Q()


class PartySearch:
    limit = 50

    def __init__(self, **cleaned):
        self.cleaned = cleaned

    def filters(self):
        if surname := self.cleaned.get("surname"):
            yield Q(surname__iexact=surname)
        if given := self.cleaned.get("given"):
            yield Q(given__istartswith=given)
        if born_on := self.cleaned.get("born_on"):
            yield Q(born_on=born_on)
        yield same_place(self.cleaned.get("postcode"))

    def results(self):
        found = Party.objects.all()
        for one in self.filters():
            found = found.filter(one)
        return found.order_by("surname", "given", "pk")[: self.limit]


class ListView:
    """As the framework's, without its templates."""

    model = File
    paginate_by = 25
    ordering = "-opened_on"

    def __init__(self, branch, **query):
        self.branch, self.query = branch, query

    def get_queryset(self):
        return self.model.objects.filter(branch=self.branch).order_by(self.ordering)

    def get(self):
        page = int(self.query.get("page", 1)) - 1
        found = self.get_queryset()
        rows = found[page * self.paginate_by : (page + 1) * self.paginate_by]
        return {"count": found.count(), "rows": list(rows)}


class UndecidedMotor(ListView):
    """Open files of which nobody said whose fault it was."""

    model = MotorFile

    def get_queryset(self):
        return super().get_queryset().filter(at_fault=None).exclude(status=File.Status.CLOSED)


class Contested(ListView):
    """What a court has to decide."""

    ordering = "-reserve"

    def get_queryset(self):
        return super().get_queryset().filter(status=File.Status.COURT)
