"""Columns that nobody reads, over all visits of a page, and deferred ones that somebody does."""

import pickle

from clinic.models import Letter, Visit
from django.forms import model_to_dict
from django.shortcuts import render
from newsroom.models import Article, Essay, Journalist
from rest_framework import generics, serializers
from school.models import Course
from situation import negative, positive

REMOVE = ("remove", "rewrite", "select_related", "prefetch_related")


@positive(
    "unread-columns", model="newsroom.Essay", code_contains=("only(|defer(",), advice=("body",), runs=({}, {})
)
def essay_titles():
    """Two columns of many thousand characters, for a list of titles."""
    return [essay.headline for essay in Essay.objects.order_by("-published_at")[:200]]  # site: essay-titles


@positive("unread-columns", model="clinic.Letter", code_contains=("only(|defer(",), advice=("scan",))
def letters_sent():
    letters = Letter.objects.select_related("patient").filter(sent_at__isnull=False)  # site: letters-sent
    return [f"{letter.subject} to {letter.patient.name} on {letter.sent_at:%d %b}" for letter in letters]


class EssaySerializer(serializers.ModelSerializer):
    class Meta:
        model = Essay
        fields = ["headline", "published_at"]


@positive(
    "unread-columns",
    model="newsroom.Essay",
    code_contains=("only(|defer(",),
    advice=("rendered",),
    runs=({}, {}),
)
class EssayList(generics.ListAPIView):
    queryset = Essay.objects.order_by("headline")[:150]  # site: essay-list
    serializer_class = EssaySerializer


@positive(
    "unread-columns",
    model="newsroom.Essay",
    code_contains=("only(|defer(",),
    advice=("body",),
    runs=({"full": ""}, {"full": ""}),
)
def essay_page(request):
    """A template with a branch that no visit took."""
    essays = Essay.objects.filter(pk__lte=200).order_by("-pk")  # site: essay-page
    return render(request, "newsroom/essays.html", {"essays": essays, "full": request.GET["full"]})


@positive(
    "unread-columns",
    model="newsroom.Journalist|newsroom.Essay",
    advice=("body", "only(|defer("),
)
def essays_by_author():
    """The wide columns come with a prefetch."""
    people = Journalist.objects.prefetch_related("essays").order_by("pk")  # site: essays-by-author
    return {person.phone: [essay.headline for essay in person.essays.all()] for person in people}


@negative("unread-columns", "one visit reads the text", runs=({"full": ""}, {"full": "yes"}))
def essay_page_in_full(request):
    essays = Essay.objects.filter(pk__lte=150).order_by("-pk")
    return render(request, "newsroom/essays.html", {"essays": essays, "full": request.GET["full"]})


@negative("unread-columns", "every column is narrow")
def visit_fees():
    return sum(visit.fee for visit in Visit.objects.filter(status="open"))


@negative("unread-columns", "the wide columns are deferred")
def essay_titles_deferred():
    return [
        essay.headline for essay in Essay.objects.defer("body", "rendered").order_by("-published_at")[:200]
    ]


@negative("unread-columns", "one row, whose text isn't worth a line of code")
def one_essay():
    return Essay.objects.get(headline="Essay 7").headline


@negative("unread-columns", "`model_to_dict` reads every column")
def essays_as_dicts():
    return [model_to_dict(essay) for essay in Essay.objects.order_by("-published_at")[:60]]


@negative("unread-columns", "handed to a cache by pickle: who knows what is read of it")
def essays_to_cache():
    return pickle.dumps(list(Essay.objects.order_by("pk")[:60]))


# Deferred, and read after all.


@positive(
    "deferred-field-read",
    also=("n-plus-one",),
    model="newsroom.Article",
    code=('Article.objects.only("headline", "slug", "teaser")',),
)
def teasers():
    articles = Article.objects.only("headline", "slug").order_by("-published_at")[:30]  # site: teasers
    return [f"{article.headline}: {article.teaser}" for article in articles]


@positive(
    "deferred-field-read",
    also=("n-plus-one",),
    model="newsroom.Essay",
    code=('Essay.objects.defer("rendered")',),
)
def essay_extracts():
    """Deferred by one, read by another."""
    essays = Essay.objects.defer("body", "rendered").order_by("pk")[:25]  # site: essay-extracts
    return [extract(essay) for essay in essays]


def extract(essay):
    return f"{essay.headline}: {essay.body[:40]}"


@positive(
    "deferred-field-read",
    also=("n-plus-one",),
    model="newsroom.Essay",
    code_contains=('"rendered"', '"body"'),
)
def essays_in_full(request):
    """The template reads both."""
    essays = Essay.objects.only("headline").order_by("pk")[:20]  # site: essays-in-full
    return render(request, "newsroom/essays.html", {"essays": essays, "full": True})


@positive(
    "deferred-field-read",
    also=("n-plus-one",),
    model="clinic.Visit",
    code=('Visit.objects.only("started_at", "patient__name", "patient__born")',),
)
def ages():
    """Named with the join, and one column too few."""
    # site: ages
    visits = Visit.objects.select_related("patient").only("started_at", "patient__name").filter(fee=80)
    return [visit.started_at.year - visit.patient.born.year for visit in visits]


@positive(
    "deferred-field-read",
    also=("n-plus-one",),
    model="school.Course",
    code=(
        'Course.objects.only("title", "capacity")',
        'Course.objects.only("title", "capacity", "tariff_code")',
    ),
)
def capacities():
    """Read by a property of the model."""
    # site: capacities
    courses = Course.objects.only("title").prefetch_related("enrolments").filter(tariff_code="A")
    return {course.title: course.free_places for course in courses}


@negative("deferred-field-read", "nothing but what `only()` names is read")
def slugs():
    return [f"{article.pk} {article.slug}" for article in Article.objects.only("slug").order_by("views")[:40]]


@negative("deferred-field-read", "one row's text, read when it is opened")
def open_first_essay():
    essays = list(Essay.objects.defer("body", "rendered").order_by("pk")[:20])
    titles = [essay.headline for essay in essays]
    return titles, essays[0].body


@negative("deferred-field-read", "one object, loaded slim, of which one column is read once")
def slim_letter():
    letter = Letter.objects.only("subject").get(subject="About your visit 5")
    return letter.subject if letter.subject.startswith("Re") else letter.body


@negative("deferred-field-read", "what is assigned isn't loaded")
def assigned():
    courses = list(Course.objects.only("title").filter(tariff_code="B"))
    for course in courses:
        course.capacity = 10
    return [f"{course.title} {course.capacity}" for course in courses]
