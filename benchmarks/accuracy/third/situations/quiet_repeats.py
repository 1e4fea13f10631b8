"""Alike, and yet not for nothing."""

from django.db import transaction
from exams.models import Appeal, Reminder
from gear.models import Courier, Message, Offer, Repair
from seedbank.models import Loan, Packet, Tag, Trial, Vault
from situation import negative
from ski.models import Booking, Incident, Item, Kind, Pass, Skier


@negative("duplicate-query", "a write stands between: before and after")
def before_and_after():
    before = Reminder.objects.filter(kind="exam").count()
    Reminder.objects.filter(
        kind="fee", pk__in=list(Reminder.objects.filter(kind="fee").values_list("pk", flat=True)[:3])
    ).update(kind="exam")
    after = Reminder.objects.filter(kind="exam").count()
    return after - before


@negative("duplicate-query", "looked at, then locked and looked at again")
def double_checked():
    repair = Repair.objects.filter(state="open").order_by("pk").first()
    if repair is None:
        return None
    with transaction.atomic():
        locked = Repair.objects.select_for_update().get(pk=repair.pk)
        if locked.state != "open":
            return None
        locked.state = "done"
        locked.save(update_fields=["state"])
    return locked.pk


@negative("duplicate-query", "one statement, other values, from four lines")
def four_names():
    return tag_name("tag1"), tag_name("tag2"), tag_name("tag3"), tag_name("tag4")


def tag_name(name):
    return Tag.objects.values_list("pk", flat=True).get(name=name)


@negative("duplicate-query", "the same question of two databases")
def compare_branches():
    north = Courier.objects.using("north").order_by("pk").first()
    south = Courier.objects.using("south").order_by("pk").first()
    return north.name == south.name


@negative("duplicate-query", "the object is read anew after its row was changed elsewhere")
def reread():
    item = Item.objects.get(serial="SN00004")
    Item.objects.filter(serial="SN00004").update(state="lost")
    return item.state, Item.objects.get(serial="SN00004").state


@negative("queryset-evaluated-twice", "evaluated once, walked three times")
def walked_thrice():
    kinds = Kind.objects.order_by("name")
    dearest = max(kinds, key=lambda k: k.daily_price)
    return dearest.name, len(kinds), [k.name for k in kinds]


@negative("queryset-evaluated-twice", "two filters of one base are two things")
def two_halves():
    appeals = Appeal.objects.select_related("grade").order_by("pk")
    new = [a.grade.points for a in appeals.filter(state="new")[:50]]
    old = [a.grade.points for a in appeals.filter(state="closed")[:50]]
    return new, old


@negative("queryset-evaluated-twice", "asked again since rows were added")
def added_between():
    couriers = Courier.objects.order_by("name")
    before = [c.name for c in couriers.all()]
    Courier.objects.create(name="Courier Zoe")
    return before, [c.name for c in couriers.all()]


@negative("count-then-iterate", "the count of all, ten of them shown")
def ten_of_many():
    incidents = Incident.objects.filter(severity=4)
    return incidents.count(), [i.text for i in incidents.order_by("-at")[:10]]


@negative("count-then-iterate", "counts of things whose rows nobody loads")
def badges():
    return {
        "offers": Offer.objects.filter(state="open").count(),
        "repairs": Repair.objects.filter(state="open").count(),
        "unread": Message.objects.filter(is_read=False).count(),
    }


@negative("count-then-iterate", "refuses when there are too many, before any is loaded")
def not_too_many():
    wanted = Packet.objects.filter(grams__lte=10)
    if wanted.count() > 5000:
        return "Narrow your search."
    return [p.barcode for p in wanted]


@negative("exists-then-get", "asked before something dear; nothing is fetched")
def report_if_needed():
    if not Loan.objects.filter(returned_on=None).exists():
        return None
    return sum(n * n for n in range(10_000))


@negative("exists-then-get", "asked whether it is taken, then made")
def make_tag():
    if Tag.objects.filter(name="frost-hardy").exists():
        raise ValueError("It is there.")
    return Tag.objects.create(name="frost-hardy").pk


@negative("exists-then-get", "one table is asked, another is read")
def debtor_page():
    skier = Skier.objects.get(email="s5@ski.example")
    if Booking.objects.filter(skier=skier, is_paid=False).exists():
        return [p.code for p in Pass.objects.filter(skier=skier)]
    return []


@negative("len-instead-of-count", "the rows are read as well")
def counted_and_shown():
    repairs = list(Repair.objects.filter(state="open").order_by("pk")[:50])
    return f"{len(repairs)} repairs: " + ", ".join(str(r.cost) for r in repairs)


@negative("len-instead-of-count", "a prefetched relation is there already")
def lengths():
    vaults = Vault.objects.prefetch_related("shelves")
    return [(v.name, len(v.shelves.all()), [s.label for s in v.shelves.all()]) for v in vaults]


@negative("truth-instead-of-exists", "if there are any, they are shown")
def any_then_shown():
    trials = Trial.objects.filter(rate=99).order_by("tested_on")[:40]
    if trials:
        return [t.rate for t in trials]
    return "none"


@negative("truth-instead-of-exists", "a list that is returned, or its stand-in")
def or_default():
    return list(Tag.objects.filter(name="tag99")) or list(Tag.objects.order_by("name")[:3])
