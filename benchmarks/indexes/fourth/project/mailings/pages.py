"""Newsletters: who gets them, what became of them."""

from django.db import transaction
from django.db.models import Avg, Count, F, Max, OuterRef, Subquery, Sum
from django.db.models.functions import TruncHour, TruncMonth

from mailings.models import Account, Campaign, Click, Delivery, Outgoing, Subscriber
from mailings.segments import condition

PAGE = 50


def bounces_of_campaign(campaign):
    failed = Delivery.objects.filter(campaign_id=campaign, status=Delivery.Status.BOUNCED)
    return list(failed.order_by("-sent_at").values_list("subscriber_id", "sent_at")[:200])


def deliveries_page(campaign, sent_at, pk):
    """Keyset: the page that follows a row."""
    found = Delivery.objects.filter(campaign_id=campaign).before((sent_at, pk))
    return list(found.order_by("-sent_at", "-pk")[:PAGE])


def history(subscriber):
    mails = Delivery.objects.filter(subscriber=subscriber).select_related("campaign").order_by("-sent_at")
    return [(one.campaign.subject, one.get_status_display()) for one in mails[:PAGE]]


def rejected():
    """The newest that a server refused for good: three in two thousand."""
    return list(Delivery.objects.filter(status=Delivery.Status.REJECTED).order_by("-sent_at")[:100])


def volume_by_hour(begin, end):
    day = Delivery.objects.filter(sent_at__gte=begin, sent_at__lt=end)
    hours = day.annotate(hour=TruncHour("sent_at")).values("hour")
    return list(hours.annotate(mails=Count("pk"), opens=Sum("opens")).order_by("hour"))


def last_mail_of(subscribers):
    groups = Delivery.objects.filter(subscriber_id__in=subscribers).values("subscriber_id")
    return dict(groups.annotate(last=Max("sent_at")).values_list("subscriber_id", "last"))


def give_up_on(subscribers):
    """Deferred mails of people who are gone now."""
    with transaction.atomic():
        stuck = Delivery.objects.filter(subscriber_id__in=subscribers, status=Delivery.Status.DEFERRED)
        changed = stuck.update(status=Delivery.Status.REJECTED)
        transaction.set_rollback(True)
    return changed


def one_of_account(slug, email):
    return Subscriber.objects.filter(account__slug=slug, email__iexact=email).first()


def complaints():
    """Across all tenants, for the abuse desk."""
    return list(Subscriber.objects.complained().order_by("-joined_at")[:40])


def segment(account, form):
    return list(Subscriber.objects.of(account).filter(condition(**form)).order_by("joined_at")[:PAGE])


def people_with(form):
    """Staff search over all accounts."""
    return list(Subscriber.objects.filter(condition(**form)).order_by("-pk")[:PAGE])


def of_crm(numbers):
    return {one.crm_id: one for one in Subscriber.objects.filter(crm_id__in=numbers)}


def lifetime_members():
    return list(Subscriber.objects.filter(attributes__plan__tier="lifetime").order_by("pk"))


def recently_opened(account, since):
    opened = Subscriber.objects.of(account).reachable().filter(last_opened_at__gte=since)
    return list(opened.order_by("-last_opened_at")[:PAGE])


def clicks_from(network):
    return list(Click.objects.filter(ip__within=network).order_by("-clicked_at").values("url", "ip"))


def forget_clicks(before):
    with transaction.atomic():
        gone, _ = Click.objects.filter(clicked_at__lt=before).delete()
        transaction.set_rollback(True)
    return gone


def clicks_on(prefix):
    return Click.objects.filter(url__startswith=prefix).count()


def mailed_since(account, since):
    """Campaigns of a tenant with how many bounced, one subquery each."""
    bounced = Delivery.objects.filter(campaign=OuterRef("pk"), status=Delivery.Status.BOUNCED)
    counted = bounced.order_by().values("campaign").annotate(n=Count("pk")).values("n")
    found = Campaign.objects.filter(account=account, sent_at__gte=since).annotate(bounced=Subquery(counted))
    return list(found.order_by("sent_at").values_list("subject", "bounced"))


# What no index should be advised for.


def joined_first(account):
    return list(Subscriber.objects.of(account).order_by("joined_at")[:PAGE])


def joined_between(account, begin, end):
    return list(Subscriber.objects.of(account).filter(joined_at__range=(begin, end)))


def export_reachable():
    reachable = Subscriber.objects.reachable().values_list("email", "name", "locale", "tags")
    return sum(len(email) for email, *_ in reachable.iterator())


def mails_with_letter(letter):
    """A pattern that nearly all contain."""
    return Subscriber.objects.filter(email__icontains=letter).aggregate(n=Count("pk"), last=Max("joined_at"))


def opens_by_month():
    months = Delivery.objects.annotate(month=TruncMonth("sent_at")).values("month", "status")
    return list(months.annotate(mean=Avg("opens"), most=Max("opens")).order_by("month", "status"))


def accounts_in(country):
    return list(Account.objects.filter(country=country).order_by("slug"))


def lucky_winners():
    return list(Subscriber.objects.order_by("?")[:3])


def campaigns_of(account):
    last = Click.objects.filter(campaign=OuterRef("pk")).order_by("-clicked_at").values("clicked_at")[:1]
    found = Campaign.objects.filter(account=account, sent_at=None).annotate(last=Subquery(last))
    return list(found.values_list("subject", "last"))


def worker():
    """Takes from the queue and gives back, many times for each look."""
    for lane in range(4):
        taken = list(
            Outgoing.objects.filter(lane=lane, state="waiting")
            .order_by("due_at")
            .values_list("pk", flat=True)[:60]
        )
        for pk in taken:
            Outgoing.objects.filter(pk=pk).update(state="sending", tries=F("tries") + 1)
        for pk in taken:
            Outgoing.objects.filter(pk=pk).update(state="sent", due_at=F("due_at"))
        Outgoing.objects.filter(pk__in=taken).update(state="waiting")


def silent(account, since):
    """The oldest who don't read: many are so, and the order is there."""
    return list(
        Subscriber.objects.of(account).filter(condition(silent_since=since)).order_by("joined_at")[:PAGE]
    )
