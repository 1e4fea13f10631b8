"""Tickets, guests, reviews: loops of several kinds."""

import csv
import io
import itertools
from dataclasses import dataclass, field
from operator import attrgetter

from asgiref.sync import sync_to_async
from django.contrib.sitemaps import Sitemap
from django.contrib.syndication.views import Feed
from django.db import connection
from django.db.models import Avg, Count, Exists, OuterRef, Prefetch, Subquery
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from festival.models import Cinema, Film, Guest, Hall, Person, Review, Screening, Ticket
from situation import negative, positive


class Echo:
    def write(self, value):
        return value


@positive(
    "n-plus-one",
    model="festival.Ticket",
    relations=("guest", "screening__film"),
    code=('Ticket.objects.select_related("guest", "screening__film")',),
)
def ticket_export():
    """A streamed CSV: the loop runs while the response is sent."""
    tickets = Ticket.objects.filter(screening_id__lte=30)  # site: ticket-export
    writer = csv.writer(Echo())
    lines = (
        writer.writerow([t.guest.email, t.screening.film.title, t.price])
        for t in tickets.iterator(chunk_size=500)
    )
    return StreamingHttpResponse(lines, content_type="text/csv")


@positive(
    "n-plus-one",
    model="festival.Ticket",
    relations=("guest",),
    code=('Ticket.objects.select_related("guest")',),
)
async def doormen():
    names = []
    async for ticket in Ticket.objects.filter(scanned_at=None)[:25]:  # site: doormen
        guest = await sync_to_async(lambda t=ticket: t.guest)()
        names.append(guest.name)
    return names


@positive(
    "n-plus-one",
    model="festival.Film",
    relations=("genres",),
    code=('Film.objects.prefetch_related("genres")',),
)
async def genre_feed():
    films = Film.objects.filter(year=2012)  # site: genre-feed
    result = {}
    async for film in films:
        result[film.title] = [genre.name async for genre in film.genres.all()]
    return JsonResponse(result)


@positive(
    "n-plus-one",
    model="festival.Film",
    relations=("director",),
    code=('Film.objects.select_related("director")',),
)
class NewFilms(Feed):
    """Called as a view."""

    title = "New films"
    link = "/films/"
    description = "What is new"

    @classmethod
    def as_view(cls):
        return cls()

    def items(self):
        return Film.objects.order_by("-year")[:20]  # site: new-films

    def item_description(self, film):
        return f"A film by {film.director.name}"


@positive(
    "n-plus-one",
    model="festival.Review",
    relations=("critic",),
    code=('Review.objects.select_related("critic")', 'Review.objects.prefetch_related("critic")'),
)
def critics_in_order():
    reviews = Review.objects.filter(stars=5, film__year=2020)  # site: critics-in-order
    return list(map(attrgetter("critic.name"), reviews))


@positive(
    "n-plus-one",
    model="festival.Hall",
    relations=("cinema",),
    code=('Hall.objects.select_related("cinema")', 'Hall.objects.prefetch_related("cinema")'),
)
def halls_by_town():
    # site: halls-by-town
    halls = Hall.objects.all()
    key = lambda hall: hall.cinema.city  # noqa: E731
    return {city: len(list(group)) for city, group in itertools.groupby(sorted(halls, key=key), key)}


@dataclass
class Schedule:
    hall: Hall
    lines: list = field(default_factory=list)

    def fill(self):
        for screening in self.hall.screenings.all()[:3]:
            self.lines.append(screening.starts_at)
        return self


@positive(
    "n-plus-one",
    model="festival.Hall",
    relations=("screenings",),
    code_contains=("prefetch_related(", '"screenings"'),
    also=("query-in-loop",),
)
def hall_schedules():
    """The slice needs a Prefetch with a queryset (sliced prefetches are allowed)."""
    halls = Hall.objects.filter(seats__gte=90)  # site: hall-schedules
    return [Schedule(hall).fill() for hall in halls]


@positive(
    "n-plus-one",
    model="festival.Film",
    relations=("reviews",),
    code_contains=("annotate(", 'Avg("reviews__stars"'),
    also=("query-in-loop",),
)
def average_stars():
    films = Film.objects.filter(year=2015)  # site: average-stars
    return {film.title: film.reviews.aggregate(mean=Avg("stars"))["mean"] for film in films}


@positive(
    "n-plus-one",
    model="festival.Film",
    relations=("screenings",),
    code_contains=('Subquery(|Prefetch("screenings"|prefetch_related("screenings")|Min(',),
    also=("query-in-loop",),
)
def next_showings():
    """The earliest row of each: a method of the model."""
    films = Film.objects.filter(section__name="Section 4")  # site: next-showings
    return [film.next_screening() for film in films]


@positive(
    "n-plus-one",
    model="festival.Guest",
    relations=("tickets",),
    code_contains=("Exists(|filter(tickets__",),
    also=("query-in-loop",),
)
def no_shows():
    guests = Guest.objects.filter(pk__lte=40)  # site: no-shows
    return [guest for guest in guests if guest.tickets.filter(scanned_at__isnull=True).exists()]


@positive(
    "n-plus-one",
    model="festival.Film",
    relations=("director",),
    code=('Film.objects.select_related("director")', 'select_related("director")'),
)
def picked_films():
    ids = list(range(10, 60, 2))
    films = Film.objects.in_bulk(ids)  # site: picked-films
    return [f"{films[i].title}: {films[i].director.name}" for i in ids if i in films]


@positive(
    "n-plus-one",
    model="festival.Person",
    relations=("directed",),
    code_contains=('Count("directed"',),
    also=("query-in-loop",),
)
def busiest():
    """Counted while sorting."""
    people = Person.objects.filter(directed__year=2008).distinct()  # site: busiest
    return sorted(people, key=lambda person: person.directed.count(), reverse=True)[:10]


def walk(cinemas):
    for cinema in cinemas:
        for hall in cinema.halls.all():
            yield cinema, hall


@positive(
    "n-plus-one",
    model="festival.Cinema",
    relations=("halls",),
    code=('Cinema.objects.prefetch_related("halls")',),
)
def seats_per_city():
    """Through a generator."""
    totals = {}
    for cinema, hall in walk(Cinema.objects.order_by("name")):  # site: seats-per-city
        totals[cinema.city] = totals.get(cinema.city, 0) + hall.seats
    return totals


@positive(
    "n-plus-one",
    model="festival.Film",
    relations=("country", "director"),
    code=('Film.objects.select_related("country", "director")',),
)
class FilmSitemap(Sitemap):
    """The site's map; the location reads relations."""

    limit = 30

    @classmethod
    def as_view(cls):
        return lambda request: HttpResponse(
            "\n".join(url["location"] for url in cls().get_urls(site=Site, protocol="https"))
        )

    def items(self):
        return Film.objects.filter(year__gte=2024).order_by("pk")  # site: film-sitemap

    def location(self, film):
        return f"/{film.country.code}/{film.director.name}/{film.slug}"


class Site:
    domain = "films.example"


@negative("n-plus-one", "`iterator()` prefetches once a chunk, by design")
def guest_book():
    guests = Guest.objects.filter(pk__lte=600).prefetch_related("tickets")
    return sum(len(g.tickets.all()) for g in guests.iterator(chunk_size=50))


@negative("n-plus-one", "counted by the database in one statement")
def stars_right():
    films = Film.objects.filter(year=2015).annotate(mean=Avg("reviews__stars"), n=Count("reviews"))
    return [(film.title, film.mean, film.n) for film in films]


@negative("n-plus-one", "the latest of each came by a subquery")
def next_right():
    first = Screening.objects.filter(film=OuterRef("pk")).order_by("starts_at").values("starts_at")[:1]
    shown = Exists(Screening.objects.filter(film=OuterRef("pk")))
    return [f.at for f in Film.objects.filter(shown, year=2016).annotate(at=Subquery(first))]


@negative("n-plus-one", "`to_attr` with what is read of it")
def tonight_right():
    rows = Screening.objects.filter(is_sold_out=False).select_related("hall")
    films = Film.objects.filter(year=1999).prefetch_related(Prefetch("screenings", rows, to_attr="tonight"))
    return [[s.hall.name for s in film.tonight] for film in films]


@negative("query-in-loop", "chunks of keys: many rows by each query")
def mail_in_chunks():
    keys = list(Guest.objects.filter(pk__lte=2400).values_list("pk", flat=True))
    buffer = io.StringIO()
    for start in range(0, len(keys), 400):
        for email in Guest.objects.filter(pk__in=keys[start : start + 400]).values_list("email", flat=True):
            buffer.write(email)
    return buffer.tell()


@negative("query-in-loop", "keyset pages: each brings a thousand rows")
def scan_all_tickets():
    last, total = 0, 0
    while True:
        page = list(Ticket.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "price")[:3000])
        if not page:
            return total
        last = page[-1][0]
        total += sum(price for _, price in page)


@negative("query-in-loop", "one query for each server")
def screenings_everywhere():
    return sum(Screening.objects.using(name).filter(is_sold_out=True).count() for name in ("default", "north", "south", "west"))


@positive(
    "query-in-loop",
    model="festival.Guest|",
    code_contains=("in_bulk(|__in=",),
    also=("n-plus-one",),
)
def badge_printer():
    """Guests by key, one at a time."""
    printed = []
    for number in [5, 9, 14, 33, 70, 71, 90, 120, 180, 199, 240, 300]:
        guest = Guest.objects.get(pk=number)  # site: badge-printer
        printed.append(f"{number}: {guest.name}")
    return printed


@positive("query-in-loop", advice=("= ANY(|IN (|__in|in_bulk",), also=("n-plus-one",))
def raw_lookups():
    """Plain SQL, a statement for each key."""
    found = {}
    with connection.cursor() as cursor:
        for key in range(40, 75):
            cursor.execute("SELECT title FROM festival_film WHERE id = %s", [key])  # site: raw-lookups
            row = cursor.fetchone()
            found[key] = row[0] if row else None
    return found
