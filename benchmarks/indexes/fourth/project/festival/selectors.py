"""What views ask for: functions that give querysets."""

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Avg, Exists, F, OuterRef, Q, Subquery, Window
from django.db.models.functions import Coalesce, Lower, RowNumber

from festival.models import Credit, Film, Review, Submission


def films(*, genre=None, country=None, longest=None, tech=None, restored=False, since=None):
    found = Film.objects.all()
    if genre:
        found = found.filter(genres__contains=[genre])
    if country:
        found = found.filter(country=country)
    if longest:
        found = found.filter(minutes__lte=longest)
    if tech:
        found = found.filter(tech__contains=tech)
    if restored:
        found = found.filter(tech__has_key="restored")
    if since:
        found = found.filter(year__gte=since)
    return found


def shown_as(title):
    shown = Lower(Coalesce("original_title", "title"))
    return Film.objects.annotate(shown=shown).filter(shown=title.lower())


def like_name(people, name):
    near = people.filter(name__trigram_similar=name)
    return near.annotate(similarity=TrigramSimilarity("name", name)).order_by("-similarity", "pk")


def best_of_each_state(edition, most=3):
    """However it went: the first of what was selected, of what was rejected, and so on."""
    scored = Submission.objects.filter(edition=edition, score__isnull=False)
    place = Window(RowNumber(), partition_by=[F("state")], order_by=F("score").desc())
    return scored.annotate(place=place).filter(place__lte=most)


def graded(submissions):
    mean = Review.objects.filter(submission=OuterRef("pk")).values("submission").annotate(mean=Avg("grade"))
    return submissions.annotate(mean=Subquery(mean.values("mean")))


def unjudged(submissions):
    handed_in = Review.objects.filter(submission=OuterRef("pk"), handed_in_at__isnull=False)
    return submissions.filter(~Exists(handed_in))


def worked_with(person):
    """Others who are credited for the same films."""
    theirs = Q(film__credits__person=person) & ~Q(person=person)
    return Credit.objects.filter(theirs).values_list("person_id", flat=True).distinct()
