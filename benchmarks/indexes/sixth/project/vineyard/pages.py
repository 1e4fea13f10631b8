"""Cellar, shop and club of some estates."""

import datetime as dt

from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.search import SearchQuery
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import (
    Avg,
    Count,
    DateTimeField,
    Exists,
    F,
    Func,
    Max,
    Min,
    OuterRef,
    Q,
    Subquery,
    functions,
)

from vineyard import reports
from vineyard.models import Allocation, Grape, Line, Lot, Member, Order, Reading, Remark, TastingNote, Wine

TOO_WARM = 33


def wine_list(estate, page, chosen):
    """The shop's pages."""
    found = Wine.objects.filter(estate=estate, is_listed=True).order_by("title")
    for name in ("vintage", "closure", "style"):
        if name in chosen:
            found = found.filter(**{name: chosen[name]})
    pages = Paginator(found, 20)
    return list(pages.page(page).object_list), pages.count


def sign_in(mail):
    member = Member.objects.by_mail(mail)
    return member and member.pk


def grandchildren(member):
    """Whom those brought that a member brought."""
    return list(Member.objects.filter(sponsor__sponsor=member).order_by("joined_on"))


def to_ship(day):
    due = Order.objects.filter(ship_window__contains=day).exclude(status=Order.Status.DELIVERED)
    return list(due.order_by("number"))


def tasted_words(words):
    query = SearchQuery(words, config="simple")
    return list(TastingNote.objects.filter(words=query, is_hidden=False).values("wine", "score"))


def best_score_of_each(wines):
    best = TastingNote.objects.filter(wine=OuterRef("pk"), is_hidden=False).order_by("-score")
    some = Wine.objects.filter(pk__in=wines)
    return list(some.annotate(best=Subquery(best.values("score")[:1])).values_list("sku", "best"))


def curve(code):
    """How the sugar of a lot goes down."""
    taken = Reading.objects.filter(lot__code=code).order_by("taken_at")
    return [(one["taken_at"], one["brix"]) for one in taken.values("taken_at", "brix")]


def warm_tanks():
    return list(Reading.objects.filter(celsius__gt=TOO_WARM).order_by("-taken_at")[:30])


def faults(tank):
    """Of one tank, latest first."""
    return list(Reading.objects.filter(tank=tank, fault__isnull=False).order_by("-taken_at"))


def span_of_lot(lot):
    return Reading.objects.filter(lot=lot).aggregate(first=Min("taken_at"), last=Max("taken_at"))


def short_of():
    """Lines of which less was sent than was ordered."""
    return list(Line.objects.filter(shipped__lt=F("quantity")).values("order", "wine"))


def coupons(prefix):
    return Order.objects.filter(coupon__istartswith=prefix).aggregate(n=Count("pk"), last=Max("placed_at"))


def sold(estate, first):
    return list(reports.sold_between(estate, first, first + dt.timedelta(days=7)))


def mine(member):
    """Bought, or got."""
    bought = Order.objects.filter(member=member).values("number", "placed_at")
    got = Order.objects.filter(gift_to=member).values("number", "placed_at")
    return list(bought.union(got))


def by_any_number(text):
    def numbered(text):
        return Q(number=text) | Q(external_ref=text)

    return Order.objects.filter(numbered(text)).first()


def carts_left(before):
    left = Order.objects.filter(status=Order.Status.CART, touched_at__lt=before)
    return list(left.order_by("touched_at").values_list("pk", flat=True)[:100])


def year_of_estate(estate, year):
    found = Order.objects.filter(estate=estate, placed_at__year=year, status=Order.Status.REFUNDED)
    return list(found.order_by("placed_at"))


def newest_shares(wines):
    return list(reports.newest_shares(wines))


def remarks_on(member):
    kind = ContentType.objects.get_for_model(Member)
    return list(Remark.objects.filter(content_type=kind, object_id=str(member)).order_by("written_at"))


def anonymise(day):
    with transaction.atomic():
        gone = Member.objects.filter(consent_until__lt=day, anonymised_at=None, left_on__isnull=False)
        n = gone.update(email="", postcode="")
        transaction.set_rollback(True)
    return n


def near(country, prefix):
    return list(Member.objects.present().filter(country=country, postcode__startswith=prefix))


def dearest(estate):
    return list(Order.objects.filter(estate=estate).order_by("-total", "pk")[:10])


def to_ask_again(page):
    """Who is present and never agreed: a changelist, its third page."""
    never = Member.objects.present().filter(consent_until=None).order_by("-joined_on", "-pk")
    pages = Paginator(never, 50)
    return list(pages.page(page).object_list.values("email", "joined_on")), pages.num_pages


def taste_of(taster):
    notes = TastingNote.objects.filter(taster=taster, is_hidden=False)
    return notes.aggregate(mean=Avg("score"), n=Count("pk"))


def waited(days):
    """Orders that were long under way."""
    under_way = Order.objects.annotate(wait=F("touched_at") - F("placed_at"))
    return list(under_way.filter(wait__gt=dt.timedelta(days=days)).values("number", "wait"))


def untasted(vintage, closure):
    """Of an old year."""
    tasted = TastingNote.objects.filter(wine=OuterRef("pk"))
    return list(Wine.objects.filter(~Exists(tasted), vintage=vintage, closure=closure).order_by("pk"))


# What no index should be advised for.


def grapes(letter):
    return list(Grape.objects.filter(name__istartswith=letter))


def means():
    """Of all lots."""
    return list(Reading.objects.values("tank").annotate(brix=Avg("brix"), celsius=Avg("celsius")))


def orders_of(member):
    return list(Order.objects.filter(member=member).order_by("-placed_at"))


def readings_today(first):
    """A morning of all tanks, by what has an index."""
    return list(Reading.objects.filter(taken_at__gte=first, taken_at__lt=first + dt.timedelta(hours=6)))


def delivered():
    done = Order.objects.filter(status=Order.Status.DELIVERED)
    return done.aggregate(mean=Avg("total"), n=Count("coupon"))


def turnover():
    return list(reports.turnover())


def far_page():
    """Somebody's crawler."""
    return list(Order.objects.order_by("pk")[250_000:250_050])


def of_late(days):
    """By a clock that goes on while the query runs."""
    clock = Func(function="clock_timestamp", output_field=DateTimeField())
    since = clock - dt.timedelta(days=days)
    return Order.objects.filter(touched_at__gt=since).aggregate(most=Max("total"))


def share(member, wine):
    return Allocation.objects.filter(member=member, wine=wine).order_by("-season").first()


def lots(tank):
    """Nine thousand, of which a tank has some hundred."""
    return list(Lot.objects.filter(tank=tank).order_by("-began_on")[:10])


def long_notes():
    longer = TastingNote.objects.annotate(n=functions.Length("text")).filter(n__gt=20, is_hidden=False)
    return longer.count()
