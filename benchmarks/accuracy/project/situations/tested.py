"""Rows loaded only to be counted, tested or compared, and small tables asked again and again."""

from functools import lru_cache

from clinic.models import Patient, Visit
from django.db.models import Count
from django.shortcuts import render
from freight.models import Shipment
from newsroom.models import Article, Comment, Tag, Topic
from school.models import Course, Enrolment, Ensemble, Guardian, Option, Student, Tariff, Teacher
from situation import negative, positive

AGAIN = ("queryset-evaluated-twice", "uncached-lookup")


@positive(
    "len-instead-of-count", beside=("unbounded-result",), model="clinic.Visit", code_contains=("count(",)
)
def how_many_open():
    return f"{len(Visit.objects.filter(status='open'))} open"  # site: how-many-open


@positive(
    "len-instead-of-count", beside=("unbounded-result",), model="newsroom.Comment", code_contains=("count(",)
)
def busy_article():
    article = Article.objects.get(slug="headline-17")
    comments = article.comments.filter(is_approved=True)  # site: busy-article
    return "busy" if len(comments) > 5 else "quiet"


@positive(
    "len-instead-of-count", beside=("unbounded-result",), model="freight.Shipment", code_contains=("count(",)
)
def load_of_the_day():
    late = list(Shipment.objects.late())  # site: load-of-the-day
    return {"late": len(late)}


@negative("len-instead-of-count", "the rows are counted and read")
def counted_and_read():
    visits = list(Visit.objects.filter(status="open", fee__gt=150))
    return len(visits), sum(visit.fee for visit in visits)


@negative("len-instead-of-count", "the length of prefetched rows costs nothing")
def sizes_of_ensembles():
    ensembles = Ensemble.objects.prefetch_related("members")
    return {ensemble.name: len(ensemble.members.all()) for ensemble in ensembles}


@negative("len-instead-of-count", "`len()` first, the rows after it: one query")
def table_with_size(request):
    tags = Tag.objects.order_by("name")
    return render(request, "newsroom/names.html", {"number": len(tags), "articles": tags})


@positive(
    "truth-instead-of-exists", beside=("unbounded-result",), model="clinic.Visit", code_contains=("exists(",)
)
def is_busy():
    if Visit.objects.filter(status="open"):  # site: is-busy
        return "busy"
    return "quiet"


@positive(
    "truth-instead-of-exists",
    beside=("unbounded-result",),
    model="freight.Shipment",
    code_contains=("exists(",),
)
def anything_late():
    late = Shipment.objects.late().filter(weight__gt=100)  # site: anything-late
    return bool(late)


@positive(
    "truth-instead-of-exists",
    beside=("unbounded-result",),
    model="newsroom.Comment",
    code_contains=("exists(",),
)
def moderation_badge(request):
    """The template only asks whether there are any."""
    waiting = Comment.objects.filter(is_approved=False)  # site: moderation-badge
    return render(request, "newsroom/badge.html", {"waiting": waiting})


@negative("truth-instead-of-exists", "tested, and read when there are any")
def test_and_read():
    visits = Visit.objects.filter(status="open", fee__gt=150)
    if not visits:
        return "none"
    return [visit.fee for visit in visits]


@negative("truth-instead-of-exists", "`exists()` it is")
def is_busy_by_exists():
    return "busy" if Visit.objects.filter(status="open").exists() else "quiet"


@negative("truth-instead-of-exists", "one row taken by slice, tested and read")
def newest_or_none():
    newest = Article.objects.order_by("-published_at")[:1]
    return newest[0].headline if newest else None


# Membership.


@positive(
    "membership-in-loop",
    also=("n-plus-one", "query-in-loop", "duplicate-query", "queryset-evaluated-twice"),
    beside=("duplicate-query",),
    model="school.Student",
    advice=("set(|values_list|__in|once",),
)
def who_sings():
    """`in` on a queryset that is built anew for each row."""
    choir = Ensemble.objects.get(name="Ensemble 2")
    students = Student.objects.filter(level=2)[:30]
    return [student.name for student in students if student in choir.members.all()]  # site: who-sings


@positive(
    "membership-in-loop",
    also=("n-plus-one", "query-in-loop"),
    model="school.Student",
    advice=("set(|values_list|__in|once",),
)
def who_plays():
    """`contains()` asks for each row."""
    band = Ensemble.objects.get(name="Ensemble 5")
    players = band.members.all()  # site: who-plays
    return [student.name for student in Student.objects.filter(level=3)[:30] if players.contains(student)]


@positive(
    "membership-in-loop",
    also=("n-plus-one", "query-in-loop"),
    model="school.Enrolment",
    advice=("set(|values_list|__in|once",),
)
def missing_from_course():
    """`filter(…).exists()` for each row."""
    missing = []
    for student in Student.objects.filter(level=4)[:30]:
        # site: missing-from-course
        if not Enrolment.objects.filter(course_id=7, student=student).exists():
            missing.append(student.email)
    return missing


@negative("membership-in-loop", "a set of keys, once")
def who_sings_by_key():
    choir = Ensemble.objects.get(name="Ensemble 2")
    keys = set(choir.members.values_list("pk", flat=True))
    return [student.name for student in Student.objects.filter(level=2)[:30] if student.pk in keys]


@negative("membership-in-loop", "the queryset is evaluated once and keeps its rows")
def who_sings_cached():
    members = Ensemble.objects.get(name="Ensemble 2").members.all()
    return [student.name for student in Student.objects.filter(level=2)[:30] if student in members]


# Small tables, asked again and again.


def price_of(course):
    return Tariff.objects.get(code=course.tariff_code).price  # site: price-list


@positive(
    "uncached-lookup",
    also=("query-in-loop", "n-plus-one", "duplicate-query"),
    beside=("duplicate-query",),
    model="school.Tariff",
    advice=("cache|in_bulk|once|dict",),
)
def price_list():
    """Three rows, asked for forty times."""
    return {course.title: price_of(course) for course in Course.objects.order_by("title")[:40]}


def option(key):
    return Option.objects.get(key=key).value  # site: letterhead


@positive(
    "uncached-lookup",
    also=("query-in-loop", "duplicate-query"),
    beside=("duplicate-query",),
    model="school.Option",
    advice=("cache|in_bulk|once|dict",),
)
def letterhead():
    """A setting that every line of a document asks for."""
    lines = []
    for guardian in Guardian.objects.order_by("name")[:20]:
        lines.append(f"{option('option-1')} {guardian.name} {option('option-2')}")
    return lines


class Calendar:
    def colour(self, level):
        return Option.objects.filter(key=f"option-{level}").first().value  # site: coloured


@positive(
    "uncached-lookup",
    also=("query-in-loop", "n-plus-one", "duplicate-query"),
    beside=("duplicate-query",),
    model="school.Option",
    advice=("cache|in_bulk|once|dict",),
)
def coloured():
    """`filter().first()` in a method, five values for sixty rows."""
    calendar = Calendar()
    return [(student.name, calendar.colour(student.level)) for student in Student.objects.order_by("pk")[:60]]


@lru_cache
def tariff(code):
    return Tariff.objects.get(code=code).price


@negative("uncached-lookup", "looked up once for each code, and cached")
def price_list_cached():
    tariff.cache_clear()
    courses = Course.objects.exclude(tariff_code="C").order_by("title")[:40]
    return {course.title: tariff(course.tariff_code) for course in courses}


@negative("uncached-lookup", "the whole small table once, as a dictionary")
def price_list_by_dict():
    prices = dict(Tariff.objects.values_list("code", "price"))
    return {course.title: prices[course.tariff_code] for course in Course.objects.order_by("title")[:40]}


@negative("uncached-lookup", "two settings, asked once each")
def two_settings():
    return (
        option("option-3"),
        option("option-4"),
        Topic.objects.aggregate(n=Count("pk")),
        Teacher.objects.exists(),
    )


@negative("len-instead-of-count", "patients are counted by the database")
def counted_by_database():
    return {"patients": Patient.objects.count(), "visits": Visit.objects.filter(status="open").count()}
