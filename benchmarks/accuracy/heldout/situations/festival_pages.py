"""The festival's public pages."""

from datetime import UTC, datetime

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.shortcuts import render
from django.views.generic import ListView, TemplateView
from festival.models import Award, Film, Genre, Person, Screening, Section
from festival.selectors import FilmFinder, recent_reviews, upcoming
from situation import negative, positive


@positive(
    "n-plus-one",
    model="festival.Screening",
    relations=("film", "hall__cinema"),
    code=('Screening.objects.select_related("film", "hall__cinema")',),
)
def programme(request):
    day = datetime(2025, 6, 1, tzinfo=UTC)
    slots = Screening.objects.filter(starts_at__gte=day).order_by("starts_at")  # site: programme
    return render(request, "festival/programme.html", {"slots": slots})


@positive(
    "n-plus-one",
    model="festival.Film",
    relations=("director__country",),
    code=('Film.objects.select_related("director__country")',),
)
def film_bylines(request):
    """A custom tag reads two steps; a paginator stands between."""
    films = Film.objects.newest_first()  # site: film-bylines
    page = Paginator(films, 24).get_page(request.GET.get("page"))
    return render(request, "festival/bylines.html", {"page": page})


@positive(
    "n-plus-one",
    model="festival.Film",
    relations=("director", "genres"),
    code=('Film.objects.select_related("director").prefetch_related("genres")',),
)
class Guide(TemplateView):
    template_name = "festival/guide.html"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["films"] = Film.objects.premieres().order_by("title")[:30]  # site: guide
        return context


@positive(
    "n-plus-one",
    model="festival.Film",
    relations=("roles__person",),
    code=(
        'Film.objects.prefetch_related("roles__person")',
        'Film.objects.prefetch_related(Prefetch("roles", queryset=Role.objects.select_related("person")))',
    ),
)
class CrewList(ListView):  # site: crew-list
    model = Film  # site: crew-list
    template_name = "festival/crews.html"
    paginate_by = 20
    ordering = ["title"]


@positive(
    "n-plus-one",
    model="festival.Film",
    relations=("trailer",),
    code=('Film.objects.select_related("trailer")', 'Film.objects.prefetch_related("trailer")'),
)
def trailer_reel(request):
    """A third of the films has none."""
    films = Film.objects.filter(year=2001).order_by("title")  # site: trailer-reel
    return render(request, "festival/trailers.html", {"films": films})


@positive(
    "n-plus-one",
    model="festival.Screening",
    relations=("film", "hall"),
    code=('Screening.objects.select_related("film", "hall")',),
)
def weekend_grid():
    """`Screening.__str__` reads two relations; the queryset comes from a module between."""
    return [str(screening) for screening in upcoming()]


@positive(
    "n-plus-one",
    model="festival.Review",
    relations=("critic__country", "film"),
    code=('Review.objects.select_related("critic__country", "film")',),
)
def press_wall(request):
    return render(request, "festival/reviews.html", {"reviews": recent_reviews(minimum=4)})


@positive(
    "n-plus-one",
    model="festival.Film",
    relations=("director__agency",),
    code=('Film.objects.select_related("director__agency")',),
)
def finder_results():
    finder = FilmFinder(year=2011)
    out = {}
    for film in finder.results():
        agency = film.director.agency
        out[film.slug] = agency.name if agency else None
    return out


@positive(
    "n-plus-one",
    model="festival.Film",
    relations=("awards",),
    code=('Film.objects.prefetch_related("awards")',),
)
def laurels():
    """A cached_property of the model asks once for each film."""
    winners = Film.objects.in_competition().filter(pk__lte=400)  # site: laurels
    return {film.title: ", ".join(film.award_names) for film in winners if film.award_names}


@positive(
    "n-plus-one",
    model="festival.Film",
    relations=("section",),
    code=('Film.objects.select_related("section")', 'Film.objects.prefetch_related("section")'),
)
def by_section(request):
    """`regroup` asks each film for its section."""
    films = Film.objects.filter(section__isnull=False).order_by("section_id", "title")[:80]  # site: by-section
    return render(request, "festival/sections.html", {"films": films})


@positive(
    "n-plus-one",
    model="festival.Screening",
    code_contains=("annotate(", 'Count("tickets"', 'select_related("hall")'),
    also=("query-in-loop",),
    beside=("n-plus-one",),
)
def seat_plan(request):
    """A filter of the template counts, and reads the hall."""
    # site: seat-plan
    screenings = Screening.objects.filter(is_sold_out=False)[:35]
    return render(request, "festival/seats.html", {"screenings": screenings})


@positive(
    "n-plus-one",
    model="festival.Screening|festival.Film",
    code_contains=('select_related("hall")|prefetch_related("screenings__hall")|"hall"',),
)
def tonight():
    """The prefetch has a queryset of its own, which lacks the hall."""
    films = Film.objects.filter(year=1999).prefetch_related(  # site: tonight
        Prefetch("screenings", queryset=Screening.objects.filter(is_sold_out=False), to_attr="open_screenings")  # site: tonight
    )
    return [[s.hall.name for s in film.open_screenings] for film in films]


@positive(
    "n-plus-one",
    model="festival.Screening",
    relations=("moderator",),
    code=('Screening.bookable.select_related("moderator")', 'Screening.bookable.prefetch_related("moderator")', 'super().get_queryset().select_related("moderator")'),
)
def box_office_window():
    """A manager's own get_queryset()."""
    out = []
    for s in Screening.bookable.filter(moderator__isnull=False)[:25]:  # site: box-office-window
        out.append(s.moderator.name)
    return out


@positive(
    "n-plus-one",
    model="festival.Film",
    relations=("screenings__hall",),
    code=(
        'Section.objects.prefetch_related("films__screenings__hall")',
        'films.prefetch_related("screenings__hall")',
        'films.prefetch_related(Prefetch("screenings", queryset=Screening.objects.select_related("hall")))',
    ),
)
def section_page():
    """One section, its films, each with its showings in halls."""
    section = Section.objects.get(name="Section 3")
    lines = []
    for film in section.films.all()[:20]:  # site: section-page
        for screening in film.screenings.all():
            lines.append(f"{film.title} in {screening.hall.name}")
    return lines


@positive(
    "n-plus-one",
    model="festival.Film",
    relations=("country", "section"),
    code=('Film.objects.select_related("country", "section")', 'Film.objects.select_related("country")'),
)
def countries_of_listing():
    """There is a select_related already, in a queryset method, and it is used."""
    rows = []
    for film in Film.objects.for_listing().filter(year=2005):  # site: countries-of-listing
        rows.append((film.title, film.section.name if film.section else "", film.country.name))
    return rows


@positive(
    "n-plus-one",
    model="festival.Award",
    relations=("chair", "film__director"),
    code=('Award.objects.select_related("chair", "film__director")',),
)
def ceremony_script():
    awards = sorted(
        Award.objects.all()[:40],  # site: ceremony-script
        key=lambda award: award.film.director.name,
    )
    return "\n".join("%s presents %s" % (a.chair, a.film) for a in awards)


@negative("n-plus-one", "all that the page reads came with it")
def programme_done_right(request):
    slots = Screening.objects.select_related("film", "hall__cinema").order_by("-starts_at")[:50]
    return render(request, "festival/programme.html", {"slots": slots})


@negative("n-plus-one", "one film and its own relations, each asked once")
def film_page():
    film = Film.objects.get(slug="film-12")
    return {
        "title": film.headline,
        "genres": [g.name for g in film.genres.all()],
        "awards": film.award_names,
        "next": film.next_screening(),
        "section": film.section and film.section.name,
    }


@negative("n-plus-one", "prefetched two deep, then read by the tag")
class CrewListPrefetched(ListView):
    queryset = Film.objects.prefetch_related("roles__person").order_by("title")
    template_name = "festival/crews.html"
    paginate_by = 20


@negative("n-plus-one", "the key is a column of the row")
def director_ids():
    return [film.director_id for film in Film.objects.filter(year=2003)]


@negative("n-plus-one", "two different lines call the helper, once each")
def two_greetings():
    first = Person.objects.filter(agency__isnull=False).first()
    last = Person.objects.filter(agency__isnull=False).last()
    return agency_of(first), agency_of(last)


def agency_of(person):
    return person.agency.name


@negative("n-plus-one", "two prefetches into one table, each one query")
def genre_matrix():
    out = []
    for genre in Genre.objects.prefetch_related("films__director", "films__section__curator"):
        out += [(f.director.name, f.section.curator.name if f.section else "") for f in genre.films.all()[:3]]
    return out
