"""Collections, their stores, and what was lent to whom."""

from django.contrib.postgres.search import SearchQuery
from django.db.models import Avg, Count, Exists, Func, IntegerField, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import TruncDay

from museum.models import Artefact, ConditionReport, Institution, Loan, Movement


class Decade(Func):
    """1954 is of the decade 1950."""

    function = "DIV"
    template = "(%(expressions)s / 10 * 10)"
    output_field = IntegerField()


def search(words):
    return list(Artefact.objects.filter(search=SearchQuery(words, config="english")).values("pk", "title"))


def accession(number):
    """Whatever museum, withdrawn or not."""
    return list(Artefact.everything.filter(accession=number))


def parts_of(whole):
    return list(Artefact(pk=whole).parts.all())


def most_insured(museum):
    return list(Artefact.objects.filter(museum=museum).order_by("-insured_for")[:20])


def owned_by(name):
    return list(
        Artefact.objects.filter(provenance__owners__contains=[name]).values_list("accession", flat=True)
    )


def of_material(*names):
    return Artefact.objects.filter(materials__overlap=list(names)).count()


def maker_like(name):
    return list(
        Artefact.objects.filter(maker__trigram_similar=name).values_list("maker", flat=True).distinct()
    )


def lent_to(borrower):
    return list(Loan.objects.out().filter(borrower=borrower).order_by("due_back"))


def overdue(today):
    return list(Loan.objects.overdue(today).select_related("borrower").order_by("due_back")[:50])


def lent_on(day):
    return list(Loan.objects.filter(period__contains=day))


def agreement(number):
    return Loan.objects.filter(agreement=number).select_related("artefact").first()


def loans_of(artefact):
    return list(Loan.objects.filter(artefact_id=artefact).order_by("-due_back"))


def alarming():
    bad = ConditionReport.objects.filter(grade__gte=ConditionReport.Grade.POOR)
    return list(bad.order_by("-made_at")[:50])


def diary(inspector, begin, end):
    seen = ConditionReport.objects.filter(inspector=inspector, made_at__gte=begin, made_at__lt=end)
    return list(seen.annotate(day=TruncDay("made_at")).values("day").annotate(n=Count("pk")).order_by("day"))


def on_shelves(prefix):
    return list(Movement.objects.filter(shelf__startswith=prefix).order_by("-moved_at")[:40])


def moved_with(network):
    return list(Movement.objects.filter(scanner__startswith=network).values_list("artefact_id", "moved_at"))


def lent_and_poor(museum):
    """Held by a museum, out, and in a bad way when last seen."""
    out = Loan.objects.out().filter(artefact=OuterRef("pk"))
    bad = ConditionReport.objects.filter(artefact=OuterRef("pk"), grade=ConditionReport.Grade.LOST)
    return list(Artefact.objects.filter(Exists(out), Exists(bad), museum=museum))


def since_catalogued(moment, after):
    """Pages of the export, by key."""
    fresh = Artefact.everything.filter(catalogued_at__gt=moment)
    fresh = fresh | Artefact.everything.filter(catalogued_at=moment, pk__gt=after)
    return list(fresh.order_by("catalogued_at", "pk")[:100])


# What no index should be advised for.


def held_value():
    return Artefact.objects.aggregate(value=Sum("insured_for"), n=Count("title"))


def accession_of(museum, number):
    return Artefact.objects.filter(museum=museum, accession=number).first()


def conditions(ids):
    latest = ConditionReport.objects.filter(artefact=OuterRef("pk")).order_by("-made_at")
    shown = Artefact.objects.filter(pk__in=ids).annotate(grade=Subquery(latest.values("grade")[:1]))
    return list(shown.values_list("pk", "grade"))


def whereabouts(artefact):
    return Movement.objects.filter(artefact=artefact).order_by("-moved_at").first()


def decades():
    counted = Artefact.everything.annotate(decade=Decade("year_from")).values("decade")
    return list(counted.annotate(value=Sum("insured_for"), last=Max("title")).order_by("decade"))


def borrowers(country):
    return list(Institution.objects.filter(country=country).order_by("name"))


def with_source():
    return sum(
        len(title)
        for title in Artefact.objects.filter(provenance__has_key="source").values_list("title", flat=True)
    )


def not_lost():
    seen = ConditionReport.objects.exclude(grade=ConditionReport.Grade.LOST)
    return seen.aggregate(first=Avg("grade"), told=Count("remarks"), who=Count("inspector"))


def by_letters(text):
    return Artefact.objects.filter(Q(title__icontains=text) | Q(maker__icontains=text)).count()


def returned_loans():
    back = Loan.objects.filter(returned_on__isnull=False).values("borrower")
    return list(back.annotate(sum=Sum("value")).order_by("-sum")[:15])
