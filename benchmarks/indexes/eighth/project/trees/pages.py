"""The map, the crews' tablets and the arborists' desk."""

from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import transaction
from django.db.models import Avg, Case, Count, Exists, F, Max, OuterRef, StdDev, Subquery, Sum, When
from django.db.models.functions import Length, TruncMonth

from trees.columns import Away
from trees.desk import OrderChangeList
from trees.models import (
    Asset,
    Bench,
    Inspection,
    Notice,
    Photo,
    Probe,
    Report,
    Taxon,
    Tree,
    Watering,
    WorkOrder,
)

GIANT_CM = 430
FLAT_VOLTS = 2.1


def undone(change):
    """Let a job run and take it back."""
    with transaction.atomic():
        done = change()
        transaction.set_rollback(True)
    return done


def quarter(path):
    """All that stands in a quarter or a street of it."""
    return list(Asset.objects.standing().filter(zone__below=path).values_list("number", "zone", "condition"))


def map_tile(west, south, east, north):
    trees = Tree.objects.filter(place__in_box=(west, south, east, north))
    return list(trees.values_list("number", "girth", "taxon__name"))


def nearest(longitude, latitude):
    """The trees around a citizen, who stands there and asks."""
    trees = Tree.objects.filter(removed_on=None).annotate(far=Away("place", longitude, latitude))
    return list(trees.order_by("far").values_list("number", "far", "taxon__name")[:5])


def giants(district):
    """The child's column is rare, the parent's isn't."""
    return list(Tree.objects.of(district).filter(girth__gte=GIANT_CM).order_by("-girth", "number"))


def anniversaries(day, month):
    return list(Tree.objects.filter(planted_on__month=month, planted_on__day=day, godparent__isnull=False))


def album(kind, pk):
    photos = Photo.objects.filter(content_type=ContentType.objects.get_by_natural_key("trees", kind))
    return list(photos.filter(object_id=pk).order_by("-taken_at").values_list("path", flat=True))


def orders(asked):
    return OrderChangeList(**asked).page()


def past_orders(tree):
    return list(WorkOrder.objects.filter(tree=tree).exclude(closed_at=None).order_by("-closed_at"))


def overspent():
    """Where the money went: the furthest above what was planned."""
    over = WorkOrder.objects.annotate(over=F("cost") - F("budget")).order_by("-over")
    return list(over.values_list("pk", "over")[:20])


def take_over(contractor, day, by):
    """A contractor gave up: what was theirs from a day on is another's."""
    left = WorkOrder.objects.filter(contractor=contractor, due_on__gte=day)
    return undone(lambda: left.update(contractor=by))


def dangerous(inspector_limit):
    found = Inspection.objects.filter(score=0, inspector__lte=inspector_limit).select_related("tree__taxon")
    return list(found.order_by("-done_at")[:30])


def litres_on(begin, end):
    """What the wagons gave on a day, crew by crew."""
    day = Watering.objects.filter(at__gte=begin, at__lt=end)
    return list(day.values("crew").annotate(sum=Sum("litres"), stops=Count("pk")).order_by("crew"))


def thirsty(planted_since, dry_since):
    """Young trees that no wagon has been at."""
    watered = Watering.objects.filter(tree=OuterRef("pk"), at__gte=dry_since)
    young = Tree.objects.standing().filter(planted_on__gte=planted_since)
    return list(young.filter(~Exists(watered)).values_list("number", "zone"))


def of_citizen(mail):
    return list(Report.objects.filter(mail=mail).order_by("-came_at").values("subject", "came_at"))


def reports_about(words):
    text = SearchVector("subject", "body", config="english")
    found = Report.objects.annotate(text=text).filter(text=SearchQuery(words, config="english"))
    return list(found.order_by("-came_at").values("pk", "subject")[:40])


def newest_probes(sensors):
    """The last reading of each sensor of a park."""
    found = Probe.objects.filter(sensor__in=sensors).order_by("sensor", "-at").distinct("sensor")
    return list(found.values_list("sensor", "moisture", "at"))


def flat_batteries():
    flat = Probe.objects.filter(volts__lt=FLAT_VOLTS)
    return list(flat.values("sensor").annotate(last=Max("at"), n=Count("pk")).order_by("-last"))


def drop_probes(before):
    return undone(lambda: Probe.objects.filter(at__lt=before).delete())


def wrecks():
    """Benches to be mended: a parent's rare state and a small child."""
    return list(Bench.objects.standing().filter(condition=0).order_by("number"))


def unanswered(number):
    """What was written of a tree, by the number on its plate."""
    return Report.objects.filter(tree_number=number, is_spam=False, answered_by=None).count()


def last_watered(trees):
    """On the tablet: the trees of a stop and when each was watered last."""
    last = Watering.objects.filter(tree=OuterRef("pk")).order_by("-at").values("at")[:1]
    return list(Tree.objects.filter(pk__in=trees).annotate(last=Subquery(last)).values_list("number", "last"))


# What no index should be advised for.


def species(text):
    return list(Taxon.objects.filter(name__icontains=text).order_by("name")[:30])


def by_plate(number):
    return Asset.objects.filter(number=number).first()


def open_orders_of(tree):
    return list(WorkOrder.objects.open().filter(tree=tree, kind__in=["prune", "fell"]).values("pk", "kind"))


def due_between(first, last):
    """A week's round: the index of the day has it."""
    return list(Inspection.objects.filter(next_due__range=(first, last)).values_list("tree_id", "next_due"))


def next_notices(now):
    with transaction.atomic():
        due = Notice.objects.filter(due_at__lte=now, attempts__lt=3).order_by("due_at")
        return list(due.select_for_update(skip_locked=True)[:10])


def heights():
    """The yearbook: how high the trees of each kind are."""
    table = Tree.objects.values("taxon").annotate(high=StdDev("height"), thick=Avg("girth"), n=Count("pk"))
    return list(table.order_by("-n"))


def last_scores(trees):
    last = Inspection.objects.filter(tree=OuterRef("pk")).order_by("-done_at").values("score")[:1]
    return list(Tree.objects.filter(pk__in=trees).annotate(score=Subquery(last)).values_list("pk", "score"))


def standing_by_condition():
    """Nearly all stand."""
    worst = Case(When(condition__lt=3, then="district"))
    return Asset.objects.standing().aggregate(d=StdDev("district"), w=Avg(worst), n=Max(Length("number")))


def letters_by_month():
    months = Report.objects.filter(is_spam=False).annotate(month=TruncMonth("came_at")).values("month")
    return list(months.annotate(n=Count("pk"), long=Avg(Length("body"))).order_by("month"))


def recent_probes():
    return list(Probe.objects.filter(moisture__gte=0).order_by("-pk")[:100])


def any_note():
    """One of the notes, to be read out at the party."""
    return Inspection.objects.filter(score__gte=1).order_by("?").first()


def far_page(number):
    """Somebody pages through all that was ever reported."""
    found = Report.objects.filter(is_spam=False).order_by("pk")
    return list(found[(number - 1) * 50 : number * 50])
