"""The reading room, its editors and its machines."""

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import transaction
from django.db.models import Avg, Count, Exists, F, Max, Min, OuterRef, Q, Sum
from django.db.models.functions import Coalesce, Lower, TruncMonth

from press.models import Article, Hit, Issue, Mention, Paper, Person, Redirect, Session
from press.serializers import full, short
from press.views import Calendar, SectionArchive, Writers

POOR = 0.01
SERVER_ERROR = 500


def front(issue):
    """All of an issue in its order."""
    articles = Article.objects.filter(issue=issue).readable().select_related("issue")
    return [full(one) for one in articles.order_by("position")]


def writers(starts):
    return [short(one) for one in Writers(starts=starts).get()]


def headline_words(words):
    vector = SearchVector("headline", "byline", config="english")
    query = SearchQuery(words, config="english", search_type="websearch")
    found = Article.objects.annotate(words=vector).filter(words=query)
    return list(found.values_list("pk", "headline")[:50])


def keyword(word):
    return list(Article.objects.filter(keywords__overlap=[word]).values("pk", "published_on"))


def released_after(day):
    """What may be read from a day on."""
    return [short(one) for one in Article.objects.filter(embargo_until__gt=day).order_by("embargo_until")]


def to_read_again(language):
    """What the machine read badly, the worst first."""
    poor = Article.objects.filter(quality__lt=POOR, language=language)
    return list(poor.order_by("quality").values_list("pk", flat=True)[:40])


def articles_of(person):
    return list(Person(pk=person).articles.order_by("-published_on")[:20])


def seen_together(person):
    """Who stands in the same articles, most often first."""
    others = Mention.objects.filter(article__mention__person=person).exclude(person=person)
    return list(others.values("person").annotate(n=Count("pk")).order_by("-n", "person")[:10])


def reel(name):
    return list(Article.objects.filter(meta__source__reel=name).order_by("meta__source__frame"))


def moved(path):
    asked = Redirect.objects.annotate(low=Lower("old")).filter(low=path.lower())
    return asked.values_list("new", flat=True).first()


def hits_of(article, first):
    seen = Hit.objects.filter(article=article, at__gte=first)
    return seen.aggregate(n=Count("session", distinct=True), last=Max("at"))


def errors():
    failed = Hit.objects.filter(status__gte=SERVER_ERROR)
    return list(failed.order_by("-at").values("article_id", "at")[:50])


def log_out_old(before):
    with transaction.atomic():
        n = Session.objects.filter(seen_at__lt=before).delete()
        transaction.set_rollback(True)
    return n


def like_headline(text):
    return list(Article.objects.filter(headline__trigram_similar=text).values_list("pk", "headline"))


def birthdays(month, day):
    born = Person.objects.filter(born_on__month=month, born_on__day=day)
    return list(born.order_by("name").values_list("name", flat=True))


def withdrawn():
    return [short(one) for one in Article.objects.exclude(withdrawn_at=None).order_by("-withdrawn_at")[:50]]


def shown_on(day):
    """By the day that is printed, or else by that of the issue."""
    issues = Issue.objects.annotate(day=Coalesce("printed_date", "published_on"))
    return list(issues.filter(day=day).order_by("pk"))


def section_archive(query):
    return [short(one) for one in SectionArchive(**query).get()]


def latest_of_readers(readers):
    """When some readers were there last."""
    mine = Session.objects.filter(reader__in=readers).order_by("reader", "-seen_at")
    return list(mine.distinct("reader").values_list("reader", "address"))


def person_named(name, authority):
    """By name, or by the number that a library gave."""
    found = Person.objects.filter(Q(name=name) | Q(authority=authority))
    return list(found.order_by("pk"))


def extras(paper_number):
    """A small paper's extra editions, as they were scanned last."""
    paper = Paper.objects.order_by("slug")[paper_number]
    return list(Issue.objects.filter(paper=paper, edition="extra").order_by("-scanned_on")[:30])


def months_of(paper_number):
    """How many issues of a paper there are of each month."""
    paper = Paper.objects.order_by("slug")[paper_number]
    months = Issue.objects.filter(paper=paper).annotate(month=TruncMonth("published_on")).values("month")
    return list(months.annotate(n=Count("pk")).order_by("month"))


def moved_from(start):
    return list(Redirect.objects.filter(old__startswith=start).order_by("old").values("old", "new")[:200])


def read_by(session):
    """All that one session read, whenever."""
    return list(Hit.objects.filter(session=session).exclude(status=404).order_by("at"))


def find_person(text):
    return list(Person.objects.filter(name__icontains=text).order_by("name", "pk")[:20])


def deaths_of(name):
    found = Article.objects.in_section(Article.Section.DEATHS).filter(headline__contains=name)
    return [short(one) for one in found]


# What no index should be advised for.


def papers(town):
    return list(Paper.objects.filter(town__icontains=town).order_by("name"))


def in_english():
    return Article.objects.filter(language="en").aggregate(q=Avg("quality"), last=Max("withdrawn_at"))


def body_has(word):
    """A word that all articles have."""
    return Article.objects.filter(body__icontains=word).count()


def people_of(article):
    return list(Mention.objects.filter(article=article).order_by("-times").values("person", "times"))


def day(day, edition):
    return list(Issue.objects.filter(published_on=day, edition=edition))


def well_read():
    good = Article.objects.filter(quality__gt=0.3).values("section")
    return list(good.annotate(n=Count("headline"), first=Min("published_on")))


def nobody():
    """Persons who stand nowhere, of whom there are many."""
    named = Mention.objects.filter(person=OuterRef("pk"))
    return Person.objects.filter(~Exists(named)).aggregate(n=Count("name"), first=Min("born_on"))


def greet(token):
    return Session.objects.filter(token=token).values("reader", "seen_at").first()


def sum_of_redirects():
    return Redirect.objects.exclude(hits__lt=0).aggregate(n=Sum("hits"), new=Max("new"))


def more_said(page):
    """Mentions of more than one time, by key."""
    return list(Mention.objects.filter(times__gte=1).order_by("pk")[page * 50 : page * 50 + 50])


def by_ids(ids):
    return [short(one) for one in Article.objects.in_bulk(ids).values()]


def oldest_issues():
    return list(Issue.objects.order_by("published_on", "edition").annotate(p=F("pages") * 2)[:30])


def calendar(paper_number, year):
    paper = Paper.objects.order_by("slug")[paper_number]
    return Calendar(paper=paper, year=year).get()


def half_a_year(first, until):
    """What a partition has, nearly."""
    return Hit.objects.filter(at__gte=first, at__lt=until).aggregate(n=Count("session"), worst=Max("status"))


def some_news():
    return [short(one) for one in Article.objects.in_section(Article.Section.NEWS).readable()[:20]]
