"""Films, what juries make of them, and who sits in the hall."""

from django.db import transaction
from django.db.models import Avg, Count, F, Func, Max, Q, Sum
from django.db.models.functions import ExtractYear, TruncDate, Upper

from festival import selectors
from festival.models import (
    Credit,
    Edition,
    Feature,
    Film,
    Juror,
    Person,
    Review,
    Screening,
    Submission,
    Ticket,
)
from festival.serializers import FilmSerializer, SubmissionSerializer

VOID = Ticket.State.VOID


def entrance(code):
    """The scanner at the door."""
    return Ticket.objects.live().filter(code=code).select_related("screening").first()


def seats_taken(screening):
    taken = Ticket.objects.live().filter(screening=screening).exclude(seat=None)
    return set(taken.values_list("seat", flat=True))


def refund_screening(screening):
    with transaction.atomic():
        refunded = Ticket.objects.filter(screening_id=screening, state="valid").update(state="refunded")
        transaction.set_rollback(True)
    return refunded


def tickets_of(mail):
    mine = Ticket.objects.filter(holder_mail__iexact=mail).order_by("-bought_at")
    return list(mine.values("code", "seat", "state")[:20])


def void_tickets(begin):
    return list(Ticket.objects.filter(state=VOID, bought_at__gte=begin).order_by("bought_at"))


def sold_at(till):
    days = Ticket.objects.filter(till=till).annotate(day=TruncDate("bought_at")).values("day")
    return list(days.annotate(cents=Sum("cents")).order_by("day"))


def next_in(venue, now):
    coming = Screening.objects.filter(venue=venue, starts_at__gt=now, is_cancelled=False)
    return coming.select_related("film").order_by("starts_at").first()


def programme(begin, end):
    shows = Screening.objects.filter(starts_at__gte=begin, starts_at__lt=end).select_related("film", "venue")
    return [(one.starts_at, one.venue.name, one.film.title) for one in shows.order_by("starts_at")]


def screenings_of(films):
    found = Screening.objects.filter(film_id__in=films).values("film_id")
    return list(found.annotate(last=Max("starts_at"), n=Count("pk")).order_by("film_id"))


def filmography(person, role):
    credited = Credit.objects.filter(person=person, role=role).select_related("film")
    return [(one.film.year, one.film.title) for one in credited.order_by("-film__year")]


def worked_with(person):
    return list(selectors.worked_with(person))


def people_beginning(letters):
    found = Person.objects.filter(sort_name__istartswith=letters)
    return list(found.order_by(Upper("sort_name")).values_list("pk", "sort_name")[:15])


def people_like(name):
    return list(selectors.like_name(Person.objects.all(), name)[:10])


def by_mail(mails):
    return Person.objects.filter(mail__in=mails).count()


def shown_as(title):
    return FilmSerializer(selectors.shown_as(title)).data


def genre_of_country(form):
    return FilmSerializer(selectors.films(**form)[:60]).data


def restored(form):
    return FilmSerializer(selectors.films(**form).order_by("-year", "pk")[:60]).data


def longest_of(country):
    """The index of the country is in another order."""
    return FilmSerializer(Film.objects.filter(country=country).order_by("-minutes")[:25]).data


def cost_most(least):
    dear = Feature.objects.filter(budget__gte=least, country="US").order_by("-budget")
    return [(one.title, one.budget) for one in dear[:30]]


def same_length(length):
    """Words of a title, counted by PostgreSQL."""
    words = Func(F("title"), function="length")
    return list(
        Film.objects.annotate(letters=words).filter(letters__gte=length).values_list("title", flat=True)
    )


def by_reference(reference):
    return SubmissionSerializer(Submission.objects.filter(reference=reference)).data


def leaders(edition):
    best = Submission.objects.filter(edition=edition, withdrawn_at__isnull=True)
    return SubmissionSerializer(best.order_by(F("score").desc(nulls_last=True), "pk")[:20]).data


def best_of_each_state(edition):
    return SubmissionSerializer(selectors.best_of_each_state(edition)).data


def shortlist(year):
    short = Submission.objects.of_year(year).filter(state="shortlist")
    return list(selectors.graded(short).order_by("-mean").values_list("reference", "mean"))


def unjudged(edition):
    left = selectors.unjudged(Submission.objects.filter(edition_id=edition).in_the_running())
    return list(left.order_by("submitted_at").values_list("reference", flat=True)[:50])


def unpaid(year):
    owing = Q(fee_paid=False) & Q(submitted_at__year=year)
    return list(Submission.objects.filter(owing).order_by("submitted_at"))


def not_handed_in(section):
    missing = Review.objects.filter(handed_in_at=None, juror__section=section).values("juror__name")
    return list(missing.annotate(n=Count("pk")).order_by("-n", "juror__name"))


def room_left(begin, end):
    """Shows of a day that aren't sold out."""
    sold = Count("tickets", filter=Q(tickets__state__in=["valid", "used"]))
    shows = Screening.objects.filter(starts_at__gte=begin, starts_at__lt=end).annotate(sold=sold)
    return list(shows.filter(sold__lt=F("venue__seats")).order_by("starts_at").values_list("pk", "sold"))


def shows_with_tickets(film):
    shows = Screening.objects.filter(film=film).prefetch_related("tickets").order_by("starts_at")
    return [(show.starts_at, [ticket.seat for ticket in show.tickets.all()]) for show in shows]


def mean_grade(film):
    return Review.objects.filter(submission__film=film).aggregate(mean=Avg("grade"), n=Count("pk"))


def titles_with(words):
    """As it is called here or where it comes from."""
    either = Q(title__icontains=words) | Q(original_title__icontains=words)
    return FilmSerializer(Film.objects.filter(either).order_by("-year", "pk")[:30]).data


# What no index should be advised for.


def editions(least):
    return list(Edition.objects.filter(year__gte=least).order_by("-year"))


def jurors(section):
    return list(Juror.objects.filter(section=section).order_by("name"))


def credits_of(film):
    return list(Credit.objects.filter(film=film).select_related("person").order_by("billing"))


def films_of(country, year):
    return FilmSerializer(Film.objects.filter(country=country, year=year).order_by("pk")[:50]).data


def sold_between(begin, end):
    return Ticket.objects.filter(bought_at__gte=begin, bought_at__lt=end).aggregate(cents=Sum("cents"))


def takings():
    years = Ticket.objects.live().annotate(year=ExtractYear("bought_at")).values("year", "till")
    return list(years.annotate(cents=Sum("cents"), last=Max("seat")).order_by("year", "till"))


def synopses(letters):
    return Film.objects.filter(synopsis__icontains=letters).aggregate(
        longest=Max("minutes"), mean=Avg("year")
    )


def not_too_long(minutes):
    films = Film.objects.exclude(minutes__gt=minutes).values_list("synopsis", flat=True)
    return sum(len(text) for text in films.iterator())


def submission_of(edition, film):
    return Submission.objects.filter(edition=edition, film=film, withdrawn_at=None).first()


def any_film():
    return Film.objects.order_by("?").first()


def newest_used():
    """The last that came in; nearly all did."""
    return list(Ticket.objects.filter(state=Ticket.State.USED).order_by("-bought_at")[:40])
