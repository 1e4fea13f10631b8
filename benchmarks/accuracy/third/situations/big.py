"""Large tables, and long transactions."""

import time

from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import JsonResponse
from django.shortcuts import render
from django.views.generic import ListView
from exams.models import AccessLog, Answer, Grade
from gear.models import Click, Listing, Offer, Purchase, Seller
from seedbank.models import Accession, Climate, Packet, Vault
from situation import positive
from ski.models import Item, Scan, Skier


@positive("unbounded-result", model="seedbank.Packet", advice=("pagina|limit|iterator|slice|[:",))
def all_packets():
    """Twelve thousand for one page."""
    packets = Packet.objects.order_by("barcode")  # site: all-packets
    return JsonResponse([{"code": p.barcode, "g": p.grams} for p in packets], safe=False)


@positive("unbounded-result", model="exams.Answer", advice=("pagina|limit|slice|[:",))
class AllAnswers(ListView):
    """Nobody said `paginate_by`."""

    queryset = Answer.objects.order_by("pk")  # site: all-answers
    template_name = "exams/answers.html"


@positive(
    "unbounded-result",
    model="ski.Scan",
    advice=("iterator|values|pagina|limit|[:|aggregate|annotate",),
    beside=("unread-columns",),
)
def last_weeks(request):
    """Ever more of them as the days go by."""
    scans = Scan.objects.filter(at__gte="2025-05-25T00:00Z")  # site: last-weeks
    return render(request, "ski/scans.html", {"scans": scans})


@positive("deep-offset", model="seedbank.Climate", advice=("keyset|__lt|__gt",), beside=("expensive-count",))
def climate_page():
    rows = Climate.objects.order_by("-at")[200_000:200_050]  # site: climate-page
    return [r.celsius for r in rows]


@positive(
    "deep-offset",
    model="gear.Click",
    advice=("keyset|__lt|__gt",),
    beside=("expensive-count",),
    runs=({"page": 6000},),
)
def click_pages(request):
    clicks = Click.objects.order_by("pk")  # site: click-pages
    page = Paginator(clicks, 50).get_page(request.GET["page"])
    return [c.listing_id for c in page]


@positive("random-order", model="gear.Listing", advice=("pk__in|sample|random.|offset",))
def lucky_dip():
    return [x.title for x in Listing.objects.on_sale().order_by("?")[:6]]  # site: lucky-dip


@positive("random-order", model="ski.Scan", advice=("pk__in|sample|random.|offset",))
def raffle():
    winner = Scan.objects.order_by("?").first()  # site: raffle
    return winner.code


@positive("expensive-count", model="exams.AccessLog", advice=("estimate|paginator|cache|reltuples",))
class LogList(ListView):
    """The paginator counts them all for every page."""

    queryset = AccessLog.objects.order_by("-pk")  # site: log-list
    template_name = "exams/log.html"
    paginate_by = 50


@positive("expensive-count", model="gear.Click", advice=("estimate|paginator|cache|reltuples",))
def click_total(request):
    clicks = Click.objects.order_by("-pk")  # site: click-total
    page = Paginator(clicks, 25).get_page(request.GET.get("page"))
    return [c.at for c in page], page.paginator.num_pages


@positive("distinct-after-join", model="seedbank.Accession", advice=("exists(|subquery|__in|pk__in",))
def tested_well():
    good = Accession.objects.filter(trials__rate__gte=60).distinct().order_by("number")  # site: tested-well
    return [a.number for a in good[:40]]


@positive("distinct-after-join", model="gear.Seller", advice=("exists(|subquery|__in|pk__in",))
def active_sellers():
    """Over two joins."""
    sellers = Seller.objects.filter(listings__offers__state="accepted").distinct()  # site: active-sellers
    return {s.pk: s.city for s in sellers}


@positive("distinct-after-join", model="ski.Skier", advice=("exists(|subquery|__in|pk__in",))
def debtors():
    # site: debtors
    found = Skier.objects.filter(Q(bookings__is_paid=False) | Q(passes__kind="season"), level__gte=3)
    return [s.email for s in found.distinct().order_by("email")[:50]]


def charge(purchase):
    """Stands for the payment provider."""
    time.sleep(1.6)
    return f"paid {purchase.pk}"


def send(text):
    time.sleep(0.02)
    return len(text)


@positive("long-transaction", advice=("outside|out of|after|before|on_commit",), is_autocommit=True)
def pay():
    """The row is locked while another machine thinks."""
    with transaction.atomic():  # site: pay
        purchase = Purchase.objects.select_for_update().order_by("pk").first()
        receipt = charge(purchase)
        Purchase.objects.filter(pk=purchase.pk).update(state=purchase.state)
    return receipt


@positive("long-transaction", advice=("outside|out of|after|before|on_commit",), is_autocommit=True)
@transaction.atomic  # site: nightly
def nightly():  # site: nightly
    """A decorator spans it all."""
    vault = Vault.objects.select_for_update().order_by("pk").first()
    Vault.objects.filter(pk=vault.pk).update(celsius=vault.celsius)
    time.sleep(1.7)
    return vault.name


@positive(
    "long-transaction",
    advice=("outside|out of|after|before|on_commit",),
    is_autocommit=True,
    beside=("query-in-loop", "write-in-loop"),
)
def mail_all():
    """Many short ones add up."""
    with transaction.atomic():  # site: mail-all
        Listing.objects.filter(title="Instrument 1").update(status="sold")
        for seller in Seller.objects.select_related("account").order_by("pk")[:90]:
            send(seller.account.email)


@positive(
    "transaction-per-row",
    advice=("one transaction|around the loop|once|outside|batch|one atomic|one commit|bulk",),
    also=("write-in-loop",),
    beside=("write-in-loop",),
    is_autocommit=True,
)
def autocommit_updates():
    """Each save() commits."""
    for item in Item.objects.filter(state="worn").order_by("pk")[:60]:  # site: autocommit-updates
        with transaction.atomic():  # site: autocommit-updates
            item.state = "worn"
            item.save()  # site: autocommit-updates


@positive(
    "transaction-per-row",
    advice=("one transaction|around the loop|once|outside|batch|one atomic|one commit|bulk",),
    also=("write-in-loop",),
    beside=("write-in-loop",),
    is_autocommit=True,
)
def store_grades():
    """The helper opens its own."""
    for grade in Grade.objects.order_by("pk")[:50]:  # site: store-grades
        _store(grade)  # site: store-grades


def _store(grade):
    with transaction.atomic():  # site: store-grades
        Grade.objects.filter(pk=grade.pk).update(points=grade.points)  # site: store-grades


@positive(
    "transaction-per-row",
    advice=("one transaction|around the loop|once|outside|batch|one atomic|one commit|bulk",),
    also=("write-in-loop",),
    beside=("write-in-loop",),
    is_autocommit=True,
)
def renumber():
    @transaction.atomic  # site: renumber
    def renumber_one(number, offer):  # site: renumber
        offer.amount = offer.amount
        offer.save(update_fields=["amount"])  # site: renumber

    for number, offer in enumerate(Offer.objects.filter(state="open").order_by("pk")[:45]):  # site: renumber
        renumber_one(number, offer)  # site: renumber
