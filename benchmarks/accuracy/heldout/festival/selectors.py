"""Where the other modules get their querysets from."""

from .models import Film, Review, Screening


def upcoming(limit=40):
    return Screening.objects.order_by("-starts_at")[:limit]  # site: weekend-grid


def recent_reviews(*, minimum):
    reviews = Review.objects.filter(stars__gte=minimum)  # site: press-wall
    reviews = reviews.order_by("-created_at", "pk")
    return reviews[:50]


class FilmFinder:
    """Builds its queryset step by step."""

    def __init__(self, year=None, section=None):
        self.year = year
        self.section = section

    def base(self):
        return Film.objects.all()  # site: finder-results

    def results(self):
        films = self.base()
        if self.year:
            films = films.filter(year=self.year)
        if self.section:
            films = films.filter(section__name=self.section)
        return films.order_by("title")[:60]
