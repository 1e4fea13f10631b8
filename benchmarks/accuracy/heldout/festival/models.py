from functools import cached_property

from django.db import models
from django.utils.text import Truncator


class Country(models.Model):
    name = models.CharField(max_length=60)
    code = models.CharField(max_length=2, unique=True)

    def __str__(self):
        return self.name


class Agency(models.Model):
    name = models.CharField(max_length=60)
    city = models.CharField(max_length=60)

    def __str__(self):
        return self.name


class Person(models.Model):
    name = models.CharField(max_length=80)
    country = models.ForeignKey(Country, models.PROTECT, related_name="people")
    agency = models.ForeignKey(Agency, models.SET_NULL, null=True, related_name="clients")

    def __str__(self):
        return self.name

    @property
    def credit(self):
        return f"{self.name} ({self.country.code})"


class Section(models.Model):
    name = models.CharField(max_length=60)
    curator = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="curated")

    def __str__(self):
        return self.name


class Genre(models.Model):
    name = models.CharField(max_length=40)

    def __str__(self):
        return self.name


class FilmQuerySet(models.QuerySet):
    def in_competition(self):
        return self.filter(section__name="Section 0")

    def premieres(self):
        return self.filter(is_premiere=True)

    def for_listing(self):
        return self.select_related("section")

    def newest_first(self):
        return self.order_by("-year", "pk")


class Film(models.Model):
    title = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)
    year = models.IntegerField()
    runtime = models.IntegerField()
    director = models.ForeignKey(Person, models.PROTECT, related_name="directed")
    section = models.ForeignKey(Section, models.SET_NULL, null=True, related_name="films")
    country = models.ForeignKey(Country, models.PROTECT, related_name="films")
    genres = models.ManyToManyField(Genre, related_name="films")
    cast = models.ManyToManyField(Person, through="Role", related_name="acted_in")
    is_premiere = models.BooleanField(default=False)

    objects = FilmQuerySet.as_manager()

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return f"/films/{self.slug}/"

    @cached_property
    def award_names(self):
        return [award.name for award in self.awards.all()]

    @property
    def headline(self):
        return f"{self.title} by {self.director.credit}"

    def next_screening(self):
        return self.screenings.order_by("starts_at").first()

    def latest_review(self):
        reviews = self.reviews.all()
        return reviews.last()


class Role(models.Model):
    film = models.ForeignKey(Film, models.CASCADE, related_name="roles")
    person = models.ForeignKey(Person, models.CASCADE, related_name="roles")
    character = models.CharField(max_length=60)
    billing = models.IntegerField()


class Trailer(models.Model):
    film = models.OneToOneField(Film, models.CASCADE, related_name="trailer")
    url = models.URLField()


class Dossier(models.Model):
    """All that the press office has on a film: heavy."""

    film = models.ForeignKey(Film, models.CASCADE, related_name="dossiers")
    title = models.CharField(max_length=80)
    language = models.CharField(max_length=2)
    synopsis = models.TextField()
    press_kit = models.TextField()
    poster = models.BinaryField()

    def blurb(self):
        return Truncator(self.synopsis).chars(80)


class Cinema(models.Model):
    name = models.CharField(max_length=60)
    city = models.CharField(max_length=60)

    def __str__(self):
        return self.name


class Hall(models.Model):
    cinema = models.ForeignKey(Cinema, models.CASCADE, related_name="halls")
    name = models.CharField(max_length=20)
    seats = models.IntegerField()

    def __str__(self):
        return f"{self.cinema.name}, {self.name}"


class TonightManager(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(is_sold_out=False)  # site: box-office-window


class Screening(models.Model):
    film = models.ForeignKey(Film, models.CASCADE, related_name="screenings")
    hall = models.ForeignKey(Hall, models.CASCADE, related_name="screenings")
    moderator = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="moderated")
    starts_at = models.DateTimeField(db_index=True)
    is_sold_out = models.BooleanField(default=False)

    objects = models.Manager()
    bookable = TonightManager()

    def __str__(self):
        return f"{self.film.title} @ {self.hall.name}"


class Guest(models.Model):
    name = models.CharField(max_length=80)
    email = models.EmailField(unique=True)

    def __str__(self):
        return self.name


class Ticket(models.Model):
    screening = models.ForeignKey(Screening, models.CASCADE, related_name="tickets")
    guest = models.ForeignKey(Guest, models.CASCADE, related_name="tickets")
    price = models.DecimalField(max_digits=6, decimal_places=2)
    scanned_at = models.DateTimeField(null=True)


class Review(models.Model):
    film = models.ForeignKey(Film, models.CASCADE, related_name="reviews")
    critic = models.ForeignKey(Person, models.CASCADE, related_name="reviews")
    stars = models.IntegerField()
    text = models.CharField(max_length=200)
    created_at = models.DateTimeField()


class Award(models.Model):
    film = models.ForeignKey(Film, models.CASCADE, related_name="awards")
    name = models.CharField(max_length=60)
    chair = models.ForeignKey(Person, models.PROTECT, related_name="chaired")
