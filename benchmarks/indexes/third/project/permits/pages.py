"""The permits of towns."""

from datetime import timedelta

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, F, OuterRef, Q, Value, Window
from django.db.models.functions import Now, RowNumber, TruncMonth

from permits.models import (
    Attachment,
    BuildingPermit,
    Dossier,
    EventPermit,
    Inspection,
    LogEntry,
    Municipality,
    Parcel,
)
from permits.views import AllDossiers, Inbox, ParcelSearch, TallBuildings

Status = Dossier.Status


def inbox(municipality, page=1):
    return Inbox(municipality, page=page).page()


def by_number(municipality, number):
    return list(Dossier.objects.of(municipality).filter(number=number))


def tall_buildings(municipality, over):
    return TallBuildings(municipality, over=over).page()


def events_during(begin, days):
    """What the police want to know: all towns."""
    meet = EventPermit.objects.filter(period__overlap=(begin, begin + timedelta(days=days)))
    return list(meet.filter(visitors__gte=500).values("number", "period", "visitors"))


def my_tour(inspector, day):
    """What is due, or was."""
    due = Inspection.objects.filter(inspector=inspector, done_at=None, due_on__lte=day)
    return list(due.select_related("dossier").order_by("due_on"))


def same_file(digest):
    return list(Attachment.objects.filter(sha256=digest).values_list("dossier_id", "path"))


def decisions(municipality, year):
    decided = Dossier.objects.of(municipality).filter(decided_at__year=year)
    months = (
        decided.annotate(month=TruncMonth("decided_at")).values("month", "status").annotate(n=Count("pk"))
    )
    return list(months.order_by("month"))


def parcels_at(municipality, street, house):
    return list(ParcelSearch(municipality, street=street, house=house).get_queryset())


def took_long(days):
    """How long decisions took, of which an ombudsman asks for the worst."""
    took = Dossier.objects.annotate(took=F("decided_at") - F("submitted_at")).filter(
        took__gt=timedelta(days=days)
    )
    return list(took.values("number", "took"))


def history(permit):
    kind = ContentType.objects.get_for_model(BuildingPermit)
    return list(LogEntry.objects.filter(object_type=kind, object_id=str(permit)).order_by("-at"))


def last_inspections(dossiers):
    """The last of each, as a window."""
    newest = Window(RowNumber(), partition_by=F("dossier"), order_by=F("due_on").desc())
    return list(Inspection.objects.filter(dossier__in=dossiers).annotate(n=newest).filter(n=1))


def anything_of(person):
    """As a Union: land and dossiers of somebody."""
    land = Parcel.objects.filter(owner=person).values_list("cadastre", Value("parcel"))
    asked = Dossier.objects.filter(applicant=person).values_list("number", Value("dossier"))
    return list(land.union(asked, all=True))


def to_erase(moment):
    """Deleted long ago."""
    return list(
        Dossier.objects.filter(deleted_at__lt=moment)
        .order_by("deleted_at")
        .values_list("pk", flat=True)[:500]
    )


def overridden():
    """Somebody overrode the rules, says the log."""
    return list(LogEntry.objects.filter(details__override__reason="court").order_by("at"))


def of_parcel(cadastre, municipality):
    """From the map: a parcel's dossiers."""
    return list(
        Dossier.objects.filter(parcel__cadastre=cadastre, parcel__municipality=municipality, deleted_at=None)
    )


def failed_but_granted(since):
    """Granted, though an inspection failed since."""
    failed = Inspection.objects.filter(dossier=OuterRef("pk"), outcome="failed", due_on__gte=since)
    return list(
        Dossier.objects.filter(Exists(failed), status=Status.GRANTED).values_list("number", flat=True)
    )


# What no index should be advised for.


def town(name):
    return Municipality.objects.filter(name__iexact=name).first()


def by_status():
    return list(Dossier.objects.values("municipality", "status").annotate(n=Count("parcel")).order_by())


def files_of(dossier):
    return list(Attachment.objects.filter(dossier=dossier).order_by("uploaded_at"))


def building(pk):
    return BuildingPermit.objects.select_related("municipality").get(pk=pk)


def all_dossiers(municipality):
    return AllDossiers(municipality, page=2).page()


def past():
    """All that was submitted before now."""
    return list(
        Dossier.objects.filter(submitted_at__lt=Now()).values_list("number", "subject", "applicant", "status")
    )


def log_today(moment):
    return list(LogEntry.objects.filter(at__gte=moment).order_by("-at")[:100])


def parcel(municipality, cadastre):
    return list(Parcel.objects.filter(municipality=municipality, cadastre=cadastre))


def passed():
    return list(
        Inspection.objects.filter(Q(outcome="passed") | Q(outcome="again")).values_list(
            "dossier", "due_on", "outcome"
        )
    )
