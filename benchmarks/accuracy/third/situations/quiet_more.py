"""More pages that ask for what they need."""

from django.contrib import admin
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404, render
from django.views.generic import ListView
from exams.models import Account, Appeal, Department, Examiner, Registration, Student
from gear.models import Archived, Category, Listing, Maker, Rate, Remark, Workshop
from rest_framework import serializers, viewsets
from seedbank.models import Accession, Collector, Packet, Shelf
from situation import negative
from ski.models import Booking, Item, Kind, Rental, Slope


@negative("n-plus-one", "a prefetch for each chunk of `iterator()`")
def in_chunks_with_tags():
    found = Accession.objects.filter(status="drying").prefetch_related("tags").order_by("pk")
    return [[t.name for t in a.tags.all()] for a in found[:400].iterator(chunk_size=100)]


@negative("n-plus-one", "a session of a request")
def basket_session():
    store = SessionStore()
    store["basket"] = {"12": 1}
    store.save()
    again = SessionStore(session_key=store.session_key)
    again["basket"]["13"] = 2
    again.save()
    return dict(again["basket"])


@negative("n-plus-one", "permissions are asked for once and kept on the account")
def may_do():
    account = Account.objects.get(username="user8")
    return [
        account.has_perm(name)
        for name in ("gear.view_listing", "gear.add_offer", "exams.view_grade", "ski.view_lift")
    ]


@negative("n-plus-one", "one helper, two lines, two rows")
def from_and_to():
    first = Collector.objects.exclude(institute=None).earliest("pk")
    last = Collector.objects.exclude(institute=None).latest("pk")
    return home_of(first), home_of(last)


def home_of(collector):
    return collector.institute.name


class RowSerializer(serializers.ModelSerializer):
    skier = serializers.StringRelatedField()
    title = serializers.CharField(source="course.title")

    class Meta:
        model = Booking
        fields = ["id", "skier", "title", "is_paid"]


@negative("n-plus-one", "joined in get_queryset, for the serializer's dotted sources")
class BookingRows(viewsets.ReadOnlyModelViewSet):
    queryset = Booking.objects.all()
    serializer_class = RowSerializer

    def get_queryset(self):
        return (
            super().get_queryset().select_related("skier", "course").filter(is_paid=False).order_by("pk")[:60]
        )


@negative("n-plus-one", "`regroup` of what was joined")
class AppealsJoined(ListView):
    template_name = "exams/appeals.html"
    context_object_name = "appeals"

    def get_queryset(self):
        return Appeal.objects.select_related("grade", "handler__account").order_by("handler_id", "pk")[:60]


@negative("n-plus-one", "a reverse one-to-one, joined; for some it isn't there")
def papers_joined():
    found = (
        Accession.objects.select_related("passport").only("number", "passport__title").order_by("number")[:60]
    )
    return [a.passport.title if hasattr(a, "passport") else a.number for a in found]


@negative("n-plus-one", "a proxy, joined by its parent's queryset methods")
def archive():
    return [x.byline() for x in Archived.objects.filter(status="sold").with_seller().newest()[:40]]


@negative("n-plus-one", "mixed kinds prefetched, and one kind's own joins not read")
def moderation_ready():
    remarks = Remark.objects.prefetch_related("target").order_by("pk")[:60]
    return [(r.text, getattr(r.target, "title", None) or r.target.name) for r in remarks]


@admin.register(Maker)
@negative("n-plus-one", "the change page of one maker", runs=({"pk": 1},))
class MakerAdmin(admin.ModelAdmin):
    list_display = ["name", "city"]


@negative("n-plus-one", "async, and joined")
async def joined_rentals():
    return [
        f"{r.skier.name} {r.item.serial}"
        async for r in Rental.objects.select_related("skier", "item").order_by("pk")[:50]
    ]


@negative("n-plus-one", "rows of one owner; the owner isn't asked for again")
def examiners_sittings():
    examiner = Examiner.objects.select_related("account").order_by("pk").first()
    return [f"{sitting.examiner}: {sitting.starts_at}" for sitting in examiner.sittings.order_by("starts_at")]


@negative("query-in-loop", "two kinds, a query for each, rows of both")
def newest_of_each():
    shown = {}
    for model in (Listing, Maker):
        shown[model.__name__] = list(model.objects.order_by("-pk")[:5].values_list("pk", flat=True))
    return shown


@negative("query-in-loop", "a get_object_or_404, and forms of the same page")
def one_page_many_parts():
    department = get_object_or_404(Department, name="Department 4")
    return (
        department.examiners.count(),
        department.courses.filter(lead=None).exists(),
        list(department.programmes.values_list("name", flat=True)),
    )


@negative("uncached-lookup", "Django's cache stands before it")
def rate_of_the_day():
    cache.clear()
    found = []
    for _ in range(20):
        rate = cache.get("rate")
        if rate is None:
            rate = Rate.objects.get(currency="USD").value
            cache.set("rate", rate, 60)
        found.append(rate)
    return found


@negative("write-in-loop", "an upsert of all in one statement")
def upsert():
    kind = Kind.objects.order_by("pk").first()
    Item.objects.bulk_create(
        [Item(serial=f"SN{n:05}", kind=kind, state="worn") for n in range(1180, 1230)],
        update_conflicts=True,
        unique_fields=["serial"],
        update_fields=["state"],
    )


@negative("write-in-loop", "a failed save is tried once more")
def save_again():
    for attempt in range(3):
        try:
            with transaction.atomic():
                if attempt < 1:
                    raise IntegrityError
                student = Student.objects.select_for_update(of=["self"]).get(number="M00020")
                student.tutor = None
                student.save(update_fields=["tutor"])
                return attempt
        except IntegrityError:
            continue
    return None


@negative("queryset-evaluated-twice", "`first()` and `last()` of a list are two rows")
def both_ends():
    packets = Packet.objects.filter(grams=5).order_by("barcode")
    return packets.first().barcode, packets.last().barcode


@negative("len-instead-of-count", "the page's own rows, already there")
def length_of_page(request):
    shelves = list(Shelf.objects.select_related("vault").order_by("label")[:40])
    return render(
        request,
        "gear/length.html",
        {"n": len(shelves), "names": [f"{s.vault.name} {s.label}" for s in shelves]},
    )


@negative("truth-instead-of-exists", "a prefetched list's truth")
def with_webcams():
    slopes = Slope.objects.prefetch_related("webcams").order_by("name")[:50]
    return [(s.name, [w.image.name for w in s.webcams.all()]) for s in slopes if s.webcams.all()]


@negative("exists-then-get", "whether there are any of one, then another is found")
def waiting_or_last():
    if Registration.objects.filter(state="waiting").exists():
        return "waiting"
    return Registration.objects.filter(state="done").latest("pk").seat


@negative(
    "unused-prefetch-related",
    "read by the one visit that has time for it",
    runs=({"detail": ""}, {"detail": "yes"}),
)
def categories(request):
    found = Category.objects.prefetch_related("children").order_by("name")[:30]
    if not request.GET["detail"]:
        return [c.name for c in found]
    return [(c.name, [child.name for child in c.children.all()]) for c in found]


@negative("refiltered-prefetch", "what is asked has not been prefetched, of one object")
def top_of_one():
    workshop = Workshop.objects.prefetch_related("listings").order_by("pk")[:5][0]
    return [r.cost for r in workshop.repairs.order_by("-cost")[:5]], [
        x.title for x in workshop.listings.all()
    ]
