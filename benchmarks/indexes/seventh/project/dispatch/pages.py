"""The dispatchers' board, the riders' application and the support desk."""

from datetime import timedelta

from django.contrib.postgres.search import TrigramSimilarity
from django.db import transaction
from django.db.models import (
    Avg,
    Case,
    CharField,
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Left, Length, Replace, TruncHour

from dispatch.geo import Away, Point
from dispatch.models import Coupon, Customer, Event, Kitchen, Offer, Order, Outbox, Ping, Rider

URGENCY = Case(
    When(state=Order.State.READY, then=Value(0)),
    When(state=Order.State.RIDING, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


class PlainPlate(Func):
    """A number plate as it is compared: without spaces and dashes, in capitals."""

    template = "TRANSLATE(UPPER(%(expressions)s), ' -', '')"
    output_field = CharField()


def undone(change):
    with transaction.atomic():
        done = change()
        transaction.set_rollback(True)
    return done


def board(city):
    """What isn't delivered yet, the most urgent first."""
    waiting = Order.objects.in_city(city).open().real().annotate(urgency=URGENCY)
    return [(one.code, one.state) for one in waiting.order_by("urgency", "placed_at")]


def scheduled(city, first, until):
    """Meals that are wanted at an hour of tonight."""
    later = Order.objects.in_city(city).filter(scheduled_for__range=(first, until))
    return list(later.order_by("scheduled_for").values("code", "scheduled_for"))


def find_code(text):
    """The code on a bag, as somebody reads it out: with or without its dashes."""
    plain = Replace("code", Value("-"), Value(""))
    return list(Order.objects.annotate(plain=plain).filter(plain__iexact=text.replace("-", "")))


def refundable(city):
    """So late that the money goes back."""
    return list(
        Order.objects.in_city(city).late().order_by("-placed_at").values_list("code", "customer_id")[:200]
    )


def dearest():
    """What brought in most, after refunds."""
    net = F("total_cents") - F("refunded_cents")
    return list(Order.objects.annotate(net=net).order_by("-net").values_list("code", "net")[:20])


def orders_with(sku):
    """A dish was recalled."""
    return list(Order.objects.filter(lines__contains=[{"sku": sku}]).values_list("pk", "customer_id"))


def rides(rider, first, until):
    done = Order.objects.filter(rider=rider, delivered_at__range=(first, until))
    return list(done.order_by("delivered_at").values("code", "kitchen__name", "delivered_at"))


def last_orders(customers):
    """Of some customers the code and the kitchen of their last order."""
    last = Order.objects.filter(customer=OuterRef("pk")).order_by("-placed_at")
    found = Customer.objects.filter(pk__in=customers)
    return list(
        found.annotate(code=Subquery(last.values("code")[:1]), at=Subquery(last.values("placed_at")[:1]))
    )


def by_plate(text):
    return Rider.objects.annotate(plain=PlainPlate("plate")).filter(plain=text).first()


def investigated(city):
    """Riders with a bit in their mask."""
    mask = F("flags").bitand(Rider.Flag.INVESTIGATED.value)
    return list(Rider.objects.annotate(mask=mask).filter(city=city, mask__gt=0).order_by("name", "pk"))


def nearest(x, y, vehicle):
    """Who could fetch it."""
    free = Rider.objects.filter(is_online=True, vehicle=vehicle, spot__isnull=False)
    return list(free.annotate(away=Away("spot", Point(x, y))).order_by("away").values_list("pk", "away")[:8])


def track(rider, first, until):
    return list(
        Ping.objects.filter(rider=rider, at__gte=first, at__lt=until).order_by("at").values_list("at", "spot")
    )


def last_ping(rider):
    return Ping.objects.filter(rider=rider).aggregate(at=Max("at"))


def expire_offers(before):
    """Nobody answered."""
    open_ = Offer.objects.filter(answer__isnull=True, offered_at__lt=before)
    return undone(lambda: open_.update(answer=Offer.Answer.EXPIRED, answered_at=before))


def offers_of(codes):
    """Orders and who was asked."""
    found = Order.objects.filter(pk__in=codes).prefetch_related("offers")
    return [(one.code, [offer.rider_id for offer in one.offers.all()]) for one in found]


def busiest(day):
    """The kitchens of a day."""
    made = Order.objects.filter(placed_at__date=day).values("kitchen")
    return list(made.annotate(n=Count("pk"), cents=Sum("total_cents")).order_by("-n", "kitchen")[:30])


def sign_in(text):
    """By mail, however it is written, or by telephone."""
    return list(Customer.objects.filter(Q(email__iexact=text) | Q(phone=text)))


def merged_into(customer):
    return list(Customer.objects.filter(merged_into=customer).order_by("pk"))


def notes_with(text):
    found = Order.objects.filter(note__icontains=text)
    return list(found.order_by("-placed_at").values("code", "note")[:50])


def hours_of(kitchen, since):
    """How many meals an hour a kitchen makes."""
    made = Order.objects.filter(kitchen=kitchen, placed_at__gte=since).annotate(hour=TruncHour("placed_at"))
    return list(made.values("hour").annotate(n=Count("pk"), slowest=Max("taken_min")).order_by("hour"))


def never_bagged(since):
    """Delivered, it is said, though nobody packed them."""
    bagged = Event.objects.filter(order=OuterRef("pk"), kind=Event.Kind.BAGGED)
    done = Order.objects.filter(state=Order.State.DELIVERED, placed_at__gte=since)
    return list(done.filter(~Exists(bagged)).values_list("code", flat=True))


def cancelled_of_chain(chain):
    gone = Order.objects.filter(kitchen__chain=chain, state=Order.State.CANCELLED)
    return list(gone.order_by("-placed_at").values("code", "kitchen__name")[:25])


def area(start):
    """What an area of letters and a figure paid."""
    paid = Order.objects.annotate(area=Left("postcode", 3)).filter(area=start, state=Order.State.DELIVERED)
    return list(paid.values("city").annotate(cents=Sum("total_cents"), n=Count("pk")).order_by("city"))


def slowest():
    took = ExpressionWrapper(F("delivered_at") - F("placed_at"), output_field=DurationField())
    found = Order.objects.filter(delivered_at__isnull=False).annotate(took=took)
    return list(found.order_by("-took").values_list("code", "took")[:20])


def redeemed(order):
    """Which coupons an order used: none or one of a big table."""
    return list(Coupon.objects.filter(order=order).values_list("code", flat=True))


def ending(customer, day):
    """What a customer may still use."""
    return list(
        Coupon.objects.filter(customer=customer, order=None, expires_on__gte=day).order_by("expires_on")
    )


def calls():
    """Where somebody had to call, lately."""
    return list(Event.objects.filter(kind=Event.Kind.CALLED).order_by("-at").select_related("order")[:30])


# What no index should be advised for.


def twice(since):
    """Orders of the last hours that someone else, or the same click, made before at the same kitchen."""
    before = Order.objects.filter(
        customer=OuterRef("customer"),
        kitchen=OuterRef("kitchen"),
        placed_at__gte=since - timedelta(hours=2),
        pk__lt=OuterRef("pk"),
    )
    return list(
        Order.objects.real()
        .filter(placed_at__gte=since)
        .filter(Exists(before))
        .values_list("code", flat=True)
    )


def to_send(now):
    with transaction.atomic():
        due = Outbox.objects.filter(locked_by=None, due_at__lte=now).order_by("due_at")
        return list(due.select_for_update(skip_locked=True)[:50])


def acceptance(rider):
    """How a rider answers: an index begins with the rider."""
    taken = Count("pk", filter=Q(answer=Offer.Answer.TAKEN))
    return Offer.objects.filter(rider=rider).aggregate(taken=taken, n=Count("pk"), cents=Avg("pay_cents"))


def newest(city):
    return list(Order.objects.in_city(city).real().order_by("-placed_at").values("code", "state")[:25])


def delivered():
    """How all of it went."""
    done = Order.objects.filter(state=Order.State.DELIVERED)
    return done.aggregate(
        words=Avg(Length("note")), longest=Max("taken_min"), first=Min("code"), cents=Sum("refunded_cents")
    )


def like_name(text):
    """A function of trigrams, which isn't their operator."""
    alike = Customer.objects.annotate(alike=TrigramSimilarity("name", text)).filter(alike__gt=0.55)
    return list(alike.order_by("-alike")[:20])


def notes_short(text):
    return Order.objects.filter(note__icontains=text).count()


def some_riders(vehicle):
    """Winners, drawn anew each time."""
    return [(one.name, one.phone) for one in Rider.objects.filter(vehicle=vehicle).order_by("?")[:3]]


def hours_late():
    """Sums of a time and a duration depend on the time zone."""
    late = Order.objects.filter(delivered_at__gt=F("placed_at") + timedelta(hours=2))
    return [(one.code, one.delivered_at - one.placed_at) for one in late]


def unused(code):
    """The unique index of unused coupons."""
    return Coupon.objects.filter(code=code, order=None).first()


def kitchens(city):
    """A small table with an index of its cities."""
    return list(Kitchen.objects.filter(city=city, cuisine="pho").order_by("name", "pk"))
