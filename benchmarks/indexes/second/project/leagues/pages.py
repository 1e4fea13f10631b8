"""Fixtures, squads and tables of many leagues."""

from django.db.models import Avg, Count, Exists, F, OuterRef, Q, Window
from django.db.models.functions import RowNumber

from leagues.models import Appearance, Club, Event, Fixture, Player, Transfer


def plays(club):
    """Either side."""
    return Q(home=club) | Q(away=club)


def fixtures_of(club):
    return list(Fixture.objects.filter(plays(club)).order_by("-kick_off")[:20])


def career(player):
    played = Appearance.objects.filter(player=player).select_related("fixture", "club")
    return list(played.order_by("-fixture__kick_off"))


def best_rated():
    rated = Player.objects.active().order_by(F("rating").desc(nulls_last=True))
    return list(rated[:25])


def last_arrivals(club):
    """The last time that each player came to a club."""
    came = Transfer.objects.filter(to_club=club).order_by("player", "-happened_on").distinct("player")
    return list(came.values_list("player_id", "happened_on", "fee"))


def sweepers(nationality):
    return list(
        Player.objects.filter(positions__contains=["SW"], nationality=nationality).order_by("surname")
    )


def called_off():
    off = Fixture.objects.filter(status__in=[Fixture.Status.POSTPONED, Fixture.Status.ABANDONED])
    return list(off.order_by("kick_off"))


def big_crowds(competition, at_least):
    crowds = Fixture.objects.filter(competition=competition, attendance__gte=at_least)
    return list(crowds.order_by("-attendance")[:10])


def reds_of_competition(competition):
    reds = Event.objects.filter(kind=Event.Kind.RED, fixture__competition=competition)
    return list(reds.values("player").annotate(n=Count("pk")).order_by("-n", "player")[:20])


def report(fixture):
    return list(Event.objects.filter(fixture=fixture).select_related("player").order_by("minute"))


def never_played(nationality, born_since):
    played = Appearance.objects.filter(player=OuterRef("pk"))
    young = Player.objects.filter(nationality=nationality, birth_date__gte=born_since)
    return list(young.filter(~Exists(played)))


def find_player(text):
    return list(
        Player.objects.with_full_name().filter(full_name__icontains=text).values_list("full_name", flat=True)
    )


def dearest_of_week(begin, end):
    """The dearest arrival of each club between two days."""
    moved = Transfer.objects.filter(happened_on__gte=begin, happened_on__lt=end).exclude(fee=None)
    place = Window(RowNumber(), partition_by="to_club", order_by=F("fee").desc())
    return list(moved.annotate(place=place).filter(place=1))


def own_goals_by(kind):
    return list(Event.objects.filter(detail__type=kind).values_list("fixture_id", "minute"))


def by_licence(licence):
    return Player.objects.filter(licence=licence).first()


def youngest(nationality):
    young = Player.objects.active().filter(nationality=nationality)
    return list(young.order_by("-birth_date", "pk")[:15])


def referee_record(name):
    held = Fixture.objects.filter(referee=name, status=Fixture.Status.FINISHED)
    return held.aggregate(n=Count("pk"), crowd=Avg("attendance"))


# What no index should be advised for.


def club_by_slug(slug):
    return Club.objects.filter(slug=slug).first()


def line_up(fixture):
    return list(Appearance.objects.filter(fixture=fixture, started=True).select_related("player"))


def somebody():
    return list(Player.objects.order_by("?")[:5])


def mean_of_starters():
    return Appearance.objects.filter(started=True).aggregate(Avg("minutes"))


def foreigners(nationality):
    abroad = Player.objects.exclude(nationality=nationality)
    return len(abroad.values_list("given", "surname", "birth_date", "nationality"))


def coming_up(moment):
    coming = Fixture.objects.filter(kick_off__gte=moment).exclude(status=Fixture.Status.LIVE)
    return list(coming.order_by("kick_off")[:30])


def clubs_of(country, text):
    return list(Club.objects.filter(country=country, name__icontains=text))


def rated_table():
    """Every player's place."""
    place = Window(RowNumber(), order_by=F("rating").desc(nulls_last=True))
    return len(Player.objects.annotate(place=place).values_list())


def events_of_player(player):
    return list(Event.objects.filter(player=player, kind=Event.Kind.GOAL).order_by("minute"))
