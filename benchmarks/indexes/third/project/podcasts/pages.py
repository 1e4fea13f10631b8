"""A host of podcasts: feeds, an application's pages, and the makers' statistics."""

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Avg, Count, F, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Lower

from podcasts.models import Download, Episode, Listener, Play, Show, Subscription
from podcasts.serializers import EpisodeSerializer

State = Episode.State
UNSEEN = State.DRAFT, State.SCHEDULED


def published(queryset):
    return queryset.filter(state=State.PUBLISHED)


def feed(slug):
    show = Show.objects.get(slug=slug)
    return [(one.guid, one.title) for one in published(show.episodes).order_by("-published_at")[:50]]


def downloads_of(episode, begin, end):
    days = Download.objects.filter(episode=episode, at__gte=begin, at__lt=end).values("country")
    return list(days.annotate(n=Count("pk"), sum=Sum("bytes")).order_by("-n"))


def abuse(ip):
    """Everything from an address."""
    return list(Download.objects.filter(ip=ip).order_by("-at").values("at", "agent", "episode_id"))


def abuse_of_network(network, since):
    found = Download.objects.filter(ip__in_network=network, at__gte=since)
    return list(found.values("ip").annotate(n=Count("pk")).order_by("-n"))


def old_clients(name):
    return list(Download.objects.filter(agent__startswith=name).values("agent").annotate(n=Count("pk")))


def audience(show):
    """Whom to tell of a new episode."""
    return list(
        Subscription.objects.filter(show=show).exclude(muted=True).values_list("listener_id", flat=True)
    )


def keep_listening(listener):
    begun = Play.objects.filter(listener=listener, finished=False, position__gt=30)
    return [one.episode.title for one in begun.select_related("episode").order_by("-updated_at")[:10]]


def sign_in(text):
    """A name or an address, as one likes."""
    return Listener.objects.filter(Q(email__iexact=text) | Q(handle=text)).order_by("pk").first()


def lapsing(begin, end):
    ending = Subscription.objects.filter(paid_until__gte=begin, paid_until__lt=end)
    return list(ending.select_related("listener").order_by("paid_until", "pk"))


def workbench():
    """What isn't out yet, of all shows: for the editors."""
    return list(Episode.objects.filter(state__in=UNSEEN).order_by("show_id", "number"))


def longest_by_season(show):
    seasons = Episode.objects.filter(show=show).values("season").annotate(longest=Max("seconds"))
    return list(seasons.order_by("season"))


def about(*topics):
    """Both of two that are common alone."""
    return list(
        published(Episode.objects).filter(topics__contains=list(topics)).values("title", "show__title")
    )


def beta_testers():
    return list(Listener.objects.filter(settings__beta=True).values_list("email", flat=True))


def day_of(day):
    """A day's downloads in the makers' time zone."""
    return Download.objects.filter(at__date=day).aggregate(n=Count("pk"), sum=Sum("bytes"))


def ratings(episode):
    """Few rate what they hear."""
    rated = Play.objects.filter(episode=episode, rating__isnull=False)
    return rated.aggregate(mean=Avg("rating"), n=Count("pk"))


def newest_of_subscribed(listener):
    """The newest of each show that somebody subscribes to."""
    newest = (
        published(Episode.objects).filter(show=OuterRef("show")).order_by("-published_at").values("pk")[:1]
    )
    mine = Subscription.objects.filter(listener=listener).annotate(newest=Subquery(newest))
    return list(mine.values_list("show_id", "newest"))


def next_episode(show, number):
    later = published(Episode.objects).filter(show_id=show, number__gt=number)
    return later.order_by("number").first()


def same_address(text):
    """Addresses with a part after a plus sign, without regard to case."""
    return list(
        Listener.objects.annotate(low=Lower("email")).filter(low__startswith=text).values("pk", "email")
    )


def episode_list(show):
    return EpisodeSerializer(show).data


# What no index should be advised for.


def show_of(slug):
    return Show.objects.get(slug=slug)


def shows_in(language):
    return list(Show.objects.filter(language=language).order_by("title"))


def by_country():
    return list(Download.objects.values("country").annotate(n=Count("pk"), sum=Sum("bytes")).order_by("-n"))


def subscribes(listener, show):
    return Subscription.objects.filter(listener=listener, show=show).exists()


def my_shows(listener):
    mine = Subscription.objects.filter(listener=listener, muted=False).select_related("show")
    return [one.show.title for one in mine]


def by_guid(guids):
    return Episode.objects.in_bulk(guids, field_name="guid")


def heard_to_the_end():
    return list(
        Play.objects.filter(finished=True).values_list("episode_id", "position", "listener_id", "updated_at")
    )


def surprise():
    return list(published(Episode.objects).order_by("?")[:3])


def recently_played():
    return list(Play.objects.filter(finished=True).order_by("-updated_at")[:30])


def languages():
    return list(Show.objects.values("language").annotate(ids=ArrayAgg("pk"), n=Count(F("pk"))))


def clean(page):
    """Episodes for children, in the order of their keys."""
    return list(Episode.objects.filter(explicit=False).order_by("pk")[100 * (page - 1) : 100 * page])
