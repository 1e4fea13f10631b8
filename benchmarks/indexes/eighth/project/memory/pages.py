"""The editor, the terminologists and the nightly cleaning."""

from django.db import transaction
from django.db.models import Avg, Case, Count, Exists, F, OuterRef, Q, Sum, Value, When, Window
from django.db.models.functions import Coalesce, Greatest, Length, Now, RowNumber

from memory.models import Client, Job, Project, Segment, Term, Unit
from memory.suggest import Suggestions, never_used_first


def undone(change):
    """Let a job run and take it back."""
    with transaction.atomic():
        done = change()
        transaction.set_rollback(True)
    return done


def same(target, digest):
    return Suggestions("en", target).same(digest)


def spelt_like(target, word):
    return [one.lemma for one in Suggestions("en", target).spelt_like(word)]


def like_meaning(numbers):
    """The nearest sentences of a place that is not in the memory."""
    place = [((number * 37) % 101) / 101 - 0.5 for number in range(numbers, numbers + 32)]
    return Suggestions("en", "de").like_meaning(place)


def concordance(asked, text):
    return Suggestions("en", **asked).concordance(text)


def terms(target, words):
    return Suggestions("en", target).terms(words)


def to_revise(target):
    """What was never used, then what wasn't for long."""
    return list(never_used_first(Unit.objects.into("en", target)).values_list("pk", "source")[:50])


def monsters(least):
    """Sentences that were cut wrongly."""
    units = Unit.objects.annotate(length=Length("source")).filter(length__gte=least)
    return list(units.order_by("-length").values_list("pk", "length"))


def next_segment(project):
    """Where to go on, in a manual that is nearly done."""
    todo = Segment.objects.filter(project=project, status=Segment.Status.NEW, position__gt=0)
    return todo.order_by("position").first()


def unlock(before):
    stale = Segment.objects.filter(locked_at__lt=before)
    return undone(lambda: stale.update(locked_at=None, locked_by=None))


def where_used(unit):
    used = Segment.objects.filter(unit=unit).select_related("project")
    return [(one.project.title, one.position) for one in used.order_by("project__due_at", "position")]


def of_fields(domains):
    """Any of some fields, the best first."""
    units = Unit.objects.usable().filter(domains__overlap=domains)
    return list(units.order_by("-quality").values_list("source", "target")[:40])


def last_hand(user):
    """Whoever corrected it, or made it."""
    units = Unit.objects.annotate(hand=Coalesce("corrected_by", "created_by")).filter(hand=user)
    return list(units.values_list("pk", "source"))


def lately(target):
    """What was touched last, however."""
    touched = Unit.objects.into("en", target).annotate(touched=Greatest("created_at", "corrected_at"))
    return list(touched.order_by("-touched").values_list("pk", "touched")[:20])


def most_used(target, uses, last):
    """A page that goes on after the last row of the one before, in mixed directions."""
    after = Q(uses__lt=uses) | Q(uses=uses, pk__gt=last)
    units = Unit.objects.into("en", target).filter(after)
    return list(units.order_by("-uses", "pk").values_list("pk", "uses")[:25])


def of_file(name):
    return list(Unit.objects.filter(origin__file__name=name).order_by("pk").values_list("source", "target"))


def synonyms(concept):
    return list(Term.objects.filter(concept=concept).order_by("language").values_list("language", "lemma"))


def forbidden(language):
    words = Term.objects.filter(language=language, is_forbidden=True)
    return sorted(words.values_list("lemma", flat=True))


def on_line(line):
    """Terms that stand on a line of the corpus."""
    return list(Term.objects.filter(lines__contains=line).values_list("lemma", "lines"))


def rejected(client):
    """The projects of a client that have a rejected segment, with how many words."""
    bad = Segment.objects.filter(status=Segment.Status.REJECTED, project__client__slug=client)
    return list(bad.values("project__title").annotate(words=Sum("words"), n=Count("pk")).order_by("-words"))


def best_of_user(user):
    """The three best of each language that a translator made."""
    rank = Window(RowNumber(), partition_by="target_language", order_by=[F("quality").desc(), F("pk").asc()])
    mine = Unit.objects.filter(created_by=user).annotate(rank=rank)
    return list(mine.filter(rank__lte=3).values_list("target_language", "source"))


def neglected(before):
    """Drafts of manuals that are overdue."""
    late = Project.objects.filter(due_at__lt=before, pk=OuterRef("project"))
    drafts = Segment.objects.filter(Exists(late), status=Segment.Status.DRAFT, locked_by__isnull=False)
    return list(drafts.values("project_id", "position").order_by("project_id", "position"))


# What no index should be advised for.


def client(slug):
    return Client.objects.filter(slug=slug).first()


def projects(client):
    """The list of a client's manuals."""
    return list(Project.objects.filter(client__slug=client).order_by("-due_at"))


def screen(project, position):
    """What the editor shows: some segments, and the sentences of those that have one."""
    shown = Segment.objects.filter(project=project, position__gt=position).order_by("position")
    return list(shown.select_related("unit")[:40])


def since(slug, day):
    """A client's new sentences: the index of both columns has them."""
    return list(Unit.objects.for_client(slug).filter(created_at__gte=day).values_list("pk", "source"))


def next_job(kind):
    with transaction.atomic():
        jobs = Job.objects.filter(done_at=None, run_at__lte=Now(), kind=kind).order_by("run_at")
        return list(jobs.select_for_update(skip_locked=True)[:1])


def with_article(text):
    """A word that stands in every sentence."""
    units = Unit.objects.filter(source__icontains=text)
    return units.aggregate(long=Avg(Length("target")), longer=Avg(Length("source")))


def capitals():
    """Sentences that end as a heading does."""
    return Unit.objects.filter(source__regex=r"[A-Z]$").count()


def quality_of_languages():
    grade = Case(
        When(quality__gte=90, then=Value("A")), When(quality__gte=50, then=Value("B")), default=Value("C")
    )
    units = Unit.objects.annotate(grade=grade).values("target_language", "grade")
    return list(
        units.annotate(n=Count("pk"), long=Avg(Length("target"))).order_by("target_language", "grade")
    )


def past():
    """All that was used before now."""
    used = Unit.objects.filter(used_at__lt=Now())
    return used.aggregate(long=Avg(Length("source")), score=Avg("quality"))


def any_done(project):
    return Segment.objects.filter(project=project, status=Segment.Status.DONE).exists()


def by_numbers(units):
    found = Unit.objects.in_bulk(units)
    return [found[one].target for one in units if one in found]


def latest_terms():
    return list(Term.objects.filter(is_forbidden=False).order_by("-pk").values_list("lemma", flat=True)[:30])


def not_legal():
    """What an array doesn't hold: a third of all."""
    units = Unit.objects.exclude(domains__contains=["legal"])
    return units.aggregate(long=Avg(Length("target")), longer=Avg(Length("source")))
