"""What lies in the evidence room, who moved it, and what is known of it."""

from django.db import transaction
from django.db.models import Count, Max, Min, OuterRef, Q, Subquery
from django.db.models.functions import TruncMonth

from evidence.desk import CaseDetail, CasesOfLead, Desk, OfficerDay, OldestOpenCases, Shelf
from evidence.models import AccessEvent, CaseFile, CustodyEvent, Item, LabOrder, Note, Officer
from evidence.search import search_items


def item_notes(pk):
    item = Item.objects.filter(pk=pk).first()
    return list(item.notes.select_related("author").order_by("-written_at")) if item else []


def pinned():
    return list(Note.objects.filter(is_pinned=True).order_by("-written_at")[:30])


def purge_notes(author, before):
    with transaction.atomic():
        gone, _ = Note.objects.filter(author_id=author, written_at__lt=before).delete()
        transaction.set_rollback(True)
    return gone


def oldest_open(agency):
    return OldestOpenCases(agency=agency).listing()


def case_detail(agency, number):
    return CaseDetail(agency=agency, number=number).listing()


def my_cases(badge):
    return CasesOfLead(badge=badge, open=True).listing()


def cases_under(*statutes):
    return list(
        CaseFile.objects.filter(statutes__overlap=list(statutes))
        .order_by("pk")
        .values_list("number", "title")
    )


def officer_day(badge, day):
    return OfficerDay(badge=badge, day=day).listing()


def broken_seals(begin, end):
    broken = CustodyEvent.objects.filter(action=CustodyEvent.Action.SEAL_BROKEN, at__range=(begin, end))
    return list(broken.select_related("item").order_by("at"))


def shelf(prefix):
    return Shelf(prefix=prefix).listing()


def by_code(code):
    return list(search_items({"code": code})[:20])


def by_serial(part):
    return list(search_items({"serial": part, "kept_only": True})[:20])


def by_words(words):
    return list(search_items({"words": words})[:20])


def missing(until):
    """The index of the state is there, and the category behind it is no harm."""
    return list(search_items({"states": [Item.State.MISSING], "review_until": until})[:20])


def for_destruction(day, category):
    due = Item.objects.kept().filter(category=category, review_on__gte=day).order_by("review_on")
    return list(due.values_list("barcode", "review_on")[:50])


def checked_out(since):
    """Who has what, and since when."""
    items = Item.objects.checked_out().filter(taken_at__lt=since).order_by("taken_at")
    return [(one.barcode, one.taken_by_id) for one in items[:60]]


def contents(container):
    """What is in a box, and in the boxes within."""
    inside = list(Item.objects.filter(container=container).order_by("pk"))
    deeper = list(Item.objects.filter(container__container=container).order_by("pk"))
    return inside + deeper


def lab_backlog(lab):
    waiting = LabOrder.objects.filter(lab=lab, done_at=None).order_by("-priority", "due_on")
    return list(waiting.select_related("item")[:40])


def lab_methods(*methods):
    return list(LabOrder.objects.filter(methods__contains=list(methods)).values_list("item_id", "due_on"))


def seen_from(source, begin, end):
    events = AccessEvent.objects.filter(source=source, at__gte=begin, at__lt=end)
    return list(events.order_by("at"))


def last_uses(badge):
    doors = AccessEvent.objects.filter(badge=badge).values("door")
    return list(doors.annotate(first=Min("at"), last=Max("at")).order_by("door"))


def refused(begin):
    return list(AccessEvent.objects.filter(granted=False, at__gte=begin).order_by("-at")[:50])


def hand_over(code, badge):
    """Locks the item that is scanned."""
    with transaction.atomic():
        found = Item.objects.select_for_update().filter(barcode=code, disposed_on=None)
        return [(one.pk, badge) for one in found]


def actions_of(agency, year):
    """What the officers of a small agency did in a year."""
    done = CustodyEvent.objects.filter(officer__agency__slug=agency, at__year=year).values("action")
    return list(done.annotate(n=Count("pk")).order_by("action"))


def officer_page(badge):
    """Three lists of one person."""
    taken = list(Item.objects.filter(taken_by=badge).order_by("-taken_at"))
    notes = list(Note.objects.filter(author=badge).order_by("-written_at")[:10])
    cases = list(CaseFile.objects.filter(lead=badge).order_by("-opened_on")[:10])
    return [*taken, *notes, *cases]


# What no index should be advised for.


def officers(name):
    return list(Officer.objects.filter(name__istartswith=name).order_by("name"))


def chain(item):
    return list(CustodyEvent.objects.filter(item=item).select_related("officer").order_by("at"))


def held_of_category(category):
    """There is an index for both, and they are many."""
    items = Item.objects.filter(state=Item.State.HELD, category=category)
    return sum(len(text) for text in items.values_list("description", flat=True).iterator())


def any_description(part):
    return Item.objects.filter(description__icontains=part).aggregate(n=Count("pk"), last=Max("review_on"))


def items_page(number):
    class Everything(Desk):
        queryset = Item.objects.order_by("-pk")
        paginate_by = 100

    return list(Everything().get_queryset()[number * 100 : number * 100 + 100])


def access_by_month():
    months = AccessEvent.objects.annotate(month=TruncMonth("at")).values("month", "door")
    counted = months.annotate(n=Count("pk"), refused=Count("pk", filter=Q(granted=False)), last=Max("badge"))
    return list(counted.order_by("month", "door"))


def first_of_cases(begin, end):
    """Each case of a few days with its oldest item."""
    oldest = Item.objects.filter(case=OuterRef("pk")).order_by("pk").values("barcode")[:1]
    few = CaseFile.objects.filter(pk__range=(begin, end)).annotate(oldest=Subquery(oldest))
    return list(few.values_list("number", "oldest"))


def long_notes(since):
    """Most are younger."""
    young = Note.objects.filter(written_at__gte=since).values_list("text", flat=True)
    return max((len(text) for text in young.iterator()), default=0)


def has_kept(category):
    return Item.objects.kept().filter(category=category).exists()
