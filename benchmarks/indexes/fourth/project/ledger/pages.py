"""Money that came in, was disputed, and was paid out."""

from datetime import timedelta
from functools import reduce
from operator import or_

from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery, Sum, Value, Window
from django.db.models.fields.json import KT
from django.db.models.functions import TruncMonth

from ledger import views
from ledger.models import Counter, Dispute, Entry, Merchant, Payment, Payout, Webhook

ISK = "ISK"
DEAD = "dead"


def my_payments(merchant, query):
    return views.PaymentList(merchant, query).get()


def my_held(merchant, query):
    return views.PaymentList(merchant, query).get()


def office_by_order(query):
    return views.BackOffice(query).get()


def office_by_descriptor(query):
    return views.BackOffice(query).get()


def stuck():
    """What somebody has to look at, the largest first."""
    return list(Payment.objects.stuck().order_by("-amount")[:50])


def refunds(payments):
    refunded = Payment.objects.filter(refund_of__in=payments).values("refund_of")
    return list(refunded.annotate(sum=Sum("amount")))


def of_key(merchant, key):
    return Payment.objects.of_merchant(merchant).filter(idempotency_key=key).first()


def day_sheet(day):
    """By the calendar of the house, whatever the clock of the server says."""
    return list(Payment.objects.filter(created_at__date=day).values("currency").annotate(sum=Sum("amount")))


def twice_within(begin, end):
    """Paid with the same card and the same amount within minutes."""
    earlier = Payment.objects.filter(
        card=OuterRef("card"),
        amount=OuterRef("amount"),
        created_at__lt=OuterRef("created_at"),
        created_at__gte=OuterRef("created_at") - Value(timedelta(minutes=30)),
    )
    recent = Payment.objects.counted().filter(created_at__gte=begin, created_at__lt=end)
    return list(recent.filter(Exists(earlier)).values_list("pk", "card"))


def krona_by_merchant():
    in_krona = Payment.objects.filter(currency=ISK).values("merchant")
    return list(in_krona.annotate(most=Max("amount"), n=Count("pk")).order_by("-most"))


def story_of_card(card):
    """What was paid and what was disputed, in one list."""
    paid = Payment.objects.filter(card=card).values_list("created_at", "status")
    disputed = Dispute.objects.filter(card=card).values_list("opened_at", "reason")
    return list(paid.union(disputed, all=True).order_by("-created_at")[:30])


def balance(account, day):
    booked = Entry.objects.filter(account_no=account, booked_on__lte=day)
    return booked.aggregate(balance=Sum("amount"), n=Count("pk"))


def running(account, begin, end):
    """Each line with what the account came to."""
    lines = Entry.objects.filter(account_no=account, booked_on__range=(begin, end))
    summed = Window(Sum("amount"), order_by=[F("booked_on").asc(), F("pk").asc()])
    return list(
        lines.annotate(total=summed).order_by("booked_on", "pk").values_list("booked_on", "amount", "total")
    )


def entries_of(payments):
    return list(Entry.objects.filter(payment__in=payments).order_by("pk"))


def without_payment(kind, begin):
    """Booked by hand, of one kind."""
    return list(Entry.objects.filter(payment=None, kind=kind, booked_on__gte=begin).order_by("-amount")[:20])


def to_answer(page):
    return views.DisputeChanges(page, state=Dispute.State.NEEDS_RESPONSE).get()


def assigned_to(name):
    mine = Dispute.objects.filter(assignee=name, state__in=(1, 2)).select_related("payment")
    return [(one.reason, one.payment.amount) for one in mine.order_by("respond_by")[:50]]


def returned_on(day):
    return list(Payout.objects.filter(period__contains=day, state="returned"))


def by_bank(reference):
    return Payout.objects.filter(bank_ref__iexact=reference).select_related("merchant").first()


def dead_hooks(merchant):
    return list(Webhook.objects.filter(merchant=merchant, state=DEAD).order_by("-pk")[:20])


def backlog(now):
    """What is due; for a graph."""
    return Webhook.objects.filter(next_try_at__lte=now).aggregate(n=Count("pk"), most=Max("attempts"))


def match_statement(lines):
    """A bank's lines: pairs of a card and an amount."""
    wanted = reduce(or_, (Q(card=card, amount=amount) for card, amount in lines), Q())
    return list(Payment.objects.filter(wanted).values_list("pk", "card", "amount"))


def last_by_country(country):
    """Each merchant with what it took last."""
    last = Payment.objects.filter(merchant=OuterRef("pk")).order_by("-created_at").values("amount")[:1]
    return list(
        Merchant.objects.filter(country=country).annotate(last=Subquery(last)).values_list("name", "last")
    )


# What no index should be advised for.


def risky(country):
    return list(Merchant.objects.filter(country=country, risk__gte=3).order_by("name"))


def payments_between(begin, end):
    return list(Payment.objects.filter(created_at__gte=begin, created_at__lt=end).order_by("created_at"))


def some(payments):
    return Payment.objects.in_bulk(payments)


def dollars_settled():
    """The most usual of both."""
    usual = Payment.objects.filter(currency="USD", status=Payment.Status.SETTLED).annotate(
        channel=KT("metadata__channel")
    )
    return list(usual.values("channel").annotate(sum=Sum("amount"), n=Count("pk")))


def by_month():
    months = Payment.objects.counted().annotate(month=TruncMonth("created_at")).values("month", "currency")
    return list(months.annotate(sum=Sum("amount")).order_by("month", "currency"))


def reasons():
    return views.reasons()


def above(amount):
    large = Q(amount__gte=amount) | Q(metadata__attempt=2)
    return Payment.objects.filter(large).aggregate(n=Count("pk"), most=Max("descriptor"))


def payouts_of(merchant, day):
    return list(Payout.objects.filter(merchant=merchant, period__contains=day))


def day_of_kind(day, kind):
    return list(Entry.objects.filter(booked_on=day, kind=kind))


def count_use(first):
    """A limiter: for each request a change, for each look many of them."""
    for number in range(first, first + 120):
        Counter.objects.filter(pk=number).update(
            used=F("used") + 1, minute=F("minute") + timedelta(minutes=1)
        )
    return list(Counter.objects.filter(minute__gte=Value("2025-03-01 14:50+00")).order_by("-used")[:5])


def latest_settled():
    return list(
        Payment.objects.filter(status=Payment.Status.SETTLED, is_test=False).order_by("-created_at")[:25]
    )
