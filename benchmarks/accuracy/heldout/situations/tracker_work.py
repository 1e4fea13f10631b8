"""Issues, commits, worklogs: typed, modern code."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q
from django.http import JsonResponse
from django.shortcuts import render
from festival.models import Dossier, Film, Genre, Guest, Person, Screening, Ticket
from situation import negative, positive
from tracker.models import Attachment, Comment, Commit, Component, Developer, Event, Issue, Label, Milestone, Project, Worklog

# ---------------------------------------------------------------- n-plus-one


@positive(
    "n-plus-one",
    model="tracker.Issue",
    relations=("labels", "project"),
    code=('Issue.objects.select_related("project").prefetch_related("labels")',),
)
def board(request):
    """Jinja."""
    issues = Issue.objects.filter(status="review", priority=4)[:40]  # site: board
    return render(request, "tracker/board.html.j2", {"issues": issues}, using="jinja2")


@positive(
    "n-plus-one",
    model="tracker.Issue",
    relations=("assignee", "reporter"),
    code=('Issue.objects.select_related("assignee", "reporter")',),
)
def issue_people(request):
    """Two foreign keys to one table, read by one property."""
    issues = Issue.objects.filter(project__key="PR10", status="open")  # site: issue-people
    return render(request, "tracker/issues.html", {"issues": issues})


@positive(
    "n-plus-one",
    model="tracker.Commit",
    relations=("issue",),
    code=('Commit.objects.prefetch_related("issue")',),
    code_lacks=("select_related",),
)
def changelog() -> list[str]:
    """No constraint: a join would drop the commits whose issue is gone."""
    lines = []
    for commit in Commit.objects.filter(author__handle="dev11"):  # site: changelog
        try:
            lines.append(f"{commit.sha[:8]} {commit.issue.title}")
        except Issue.DoesNotExist:
            lines.append(f"{commit.sha[:8]} ?")
    return lines


@positive(
    "n-plus-one",
    model="tracker.Issue",
    relations=("attachments",),
    code=('Issue.objects.prefetch_related("attachments")',),
)
def attachment_names() -> dict[int, list[str]]:
    return {i.pk: [str(a) for a in i.attachments.all()] for i in Issue.objects.order_by("pk")[:30]}  # site: attachment-names


@positive(
    "n-plus-one",
    model="tracker.Issue",
    relations=("blocked_by",),
    code=('Issue.objects.prefetch_related("blocked_by")', 'open_issues.prefetch_related("blocked_by")'),
)
def blockers() -> Iterator[str]:
    open_issues = Issue.objects.open()  # site: blockers
    for issue in open_issues.order_by("-priority", "pk")[:25]:
        yield from (f"{issue.pk} waits for {other.pk}" for other in issue.blocked_by.all())


@positive(
    "n-plus-one",
    model="tracker.Issue",
    relations=("assignee__user",),
    code=(
        'project.issues.select_related("assignee__user")',
        'Issue.objects.select_related("assignee__user")',
    ),
)
def project_board() -> list[str]:
    project = Project.objects.get(key="PR7")
    todo = project.issues.exclude(assignee=None)  # site: project-board
    return [str(issue.assignee) for issue in todo.filter(status="closed")]


@positive(
    "n-plus-one",
    model="tracker.Worklog",
    relations=("developer__team", "issue__project"),
    code=('Worklog.objects.select_related("developer__team", "issue__project")',),
)
def timesheet() -> dict[tuple[str, str], int]:
    minutes: dict[tuple[str, str], int] = defaultdict(int)
    logs: Iterable[Worklog] = Worklog.objects.filter(minutes__gte=230)[:120]  # site: timesheet
    for log in logs:
        minutes[log.developer.team.name, log.issue.project.name] += log.minutes
    return dict(minutes)


@positive(
    "n-plus-one",
    model="tracker.Attachment",
    relations=("target", "uploaded_by__user"),
    code=('Attachment.objects.select_related("uploaded_by__user").prefetch_related("target")',),
)
def uploads() -> list[str]:
    found = Attachment.objects.order_by("-pk")[:36]  # site: uploads
    return [f"{a.uploaded_by} put {a.name} at {type(a.target).__name__}" for a in found]


def milestones_of(projects):
    for project in projects:
        yield project, project.milestones.all()


@positive(
    "n-plus-one",
    model="tracker.Project",
    relations=("milestones__issues",),
    code=('Project.objects.prefetch_related("milestones__issues")',),
)
def progress() -> dict[str, int]:
    projects = Project.objects.filter(pk__lte=12)  # site: progress
    result = {}
    for project, milestones in milestones_of(projects):
        for milestone in milestones:
            result[f"{project.key}/{milestone.name}"] = sum(i.status == "closed" for i in milestone.issues.all())
    return result


@positive(
    "n-plus-one",
    model="tracker.Issue",
    code_contains=("Count(", 'is_internal=False|filter=Q('),
    also=("query-in-loop",),
)
def public_comments() -> Counter[str]:
    counter: Counter[str] = Counter()
    for issue in Issue.objects.filter(project__key="PR9").iterator():  # site: public-comments
        counter[issue.title] = issue.comments.filter(is_internal=False).count()
    return counter


@positive(
    "n-plus-one",
    model="tracker.Developer",
    code_contains=("Count(|Sum(|values(",),
    also=("query-in-loop",),
)
def workload() -> dict[str, int]:
    """A filter on the model itself, not through the manager."""
    load = {}
    for developer in Developer.objects.filter(team__name="Team 2"):  # site: workload
        load[developer.handle] = Issue.objects.filter(assignee=developer).exclude(status="closed").count()  # site: workload
    return load


@negative("n-plus-one", "a prefetch through a generic foreign key")
def uploads_right():
    found = Attachment.objects.select_related("uploaded_by__user").prefetch_related("target").order_by("-pk")[:36]
    return [f"{a.uploaded_by} put {a.name} at {type(a.target).__name__}" for a in found]


@negative("n-plus-one", "assigned by hand: the children know their parent")
def linked_by_hand():
    projects = {project.pk: project for project in Project.objects.all()}
    milestones = list(Milestone.objects.filter(pk__lte=100))
    for milestone in milestones:
        milestone.project = projects[milestone.project_id]
    return [str(milestone) for milestone in milestones]


@negative("n-plus-one", "related objects know the object that they came from")
def own_issues():
    project = Project.objects.select_related("lead").get(key="PR8")
    return [f"{project.lead.handle} {issue.project.name}" for issue in project.issues.all()]


# ---------------------------------------------------------------- latent


@positive(
    "latent-n-plus-one",
    model="tracker.Comment",
    relations=("author__user",),
    code=('Comment.objects.select_related("author__user")',),
)
def search_comments() -> list[str]:
    hits = Comment.objects.filter(text__contains="see 11777")  # site: search-comments
    return [f"{hit.author}: {hit.text}" for hit in hits]


# ---------------------------------------------------------------- refiltered-prefetch


@positive(
    "refiltered-prefetch",
    model="tracker.Issue",
    code_contains=('Prefetch("comments"',),
    also=("n-plus-one",),
    beside=("unused-prefetch-related",),
)
def last_words() -> list[str]:
    """`.last()` sorts anew."""
    issues = Issue.objects.filter(project__key="PR2").prefetch_related("comments")[:25]  # site: last-words
    return [words.text for issue in issues if (words := issue.comments.last())]


@positive(
    "refiltered-prefetch",
    model="festival.Film",
    code_contains=('Prefetch("reviews"|all()|prefetched',),
    also=("n-plus-one",),
    beside=("unused-prefetch-related",),
)
def film_verdicts():
    """In a method of the model, behind `.all()`."""
    films = Film.objects.filter(year=2014).prefetch_related("reviews")  # site: film-verdicts
    return [review.stars for film in films if (review := film.latest_review()) is not None]


@negative("refiltered-prefetch", "the filter is in the Prefetch")
def public_words():
    from django.db.models import Prefetch

    public = Comment.objects.filter(is_internal=False).order_by("-created_at")
    issues = Issue.objects.filter(project__key="PR2").prefetch_related(Prefetch("comments", public, to_attr="said"))
    return [issue.said[0].text for issue in issues if issue.said]


# ---------------------------------------------------------------- deferred-field-read


@positive("deferred-field-read", model="tracker.Issue", code_contains=("only(", '"status"'), code_lacks=("defer",))
def states() -> Counter[str]:
    return Counter(issue.status for issue in Issue.objects.only("title").filter(project__key="PR1"))  # site: states


@positive(
    "deferred-field-read",
    model="festival.Dossier",
    advice=("synopsis",),
    kinds=("only", "remove", "rewrite", "defer"),
    beside=("unread-columns",),
)
def blurbs():
    """A model's method needs what the view put off."""
    dossiers = Dossier.objects.defer("synopsis", "press_kit", "poster").filter(language="fr")[:20]  # site: blurbs
    return [d.blurb() for d in dossiers]


@positive("deferred-field-read", model="tracker.Commit", code_contains=("only(", "author__team|author__handle"), also=("n-plus-one",))
def handles() -> list[str]:
    # site: handles
    commits = Commit.objects.select_related("author").only("sha", "author__team").filter(pk__lte=40)
    return [commit.author.handle for commit in commits]


@negative("deferred-field-read", "just what `only()` names")
def titles():
    return [issue.title for issue in Issue.objects.only("title", "project").filter(project__key="PR1")]


@negative("deferred-field-read", "what was put off stays unread")
def languages():
    return [(d.title, d.language) for d in Dossier.objects.defer("synopsis", "press_kit", "poster")[:50]]


# ---------------------------------------------------------------- evaluated twice


@positive(
    "queryset-evaluated-twice", model="tracker.Label", advice=("once|list",), also=("duplicate-query",)
)
def label_cloud() -> tuple[list[str], list[int]]:
    labels = Label.objects.annotate(n=Count("issues"))  # site: label-cloud
    names = [label.name for label in labels.all()]  # site: label-cloud
    sizes = [label.n for label in labels.all()]  # site: label-cloud
    return names, sizes


@positive(
    "queryset-evaluated-twice", model="tracker.Worklog", advice=("once|list",), also=("duplicate-query",), beside=("unbounded-result",)
)
def shares() -> list[float]:
    logs = Worklog.objects.filter(developer__handle="dev9")  # site: shares
    total = sum(log.minutes for log in logs.iterator())  # site: shares
    return [log.minutes / total for log in logs.iterator()]  # site: shares


@positive(
    "queryset-evaluated-twice", model="festival.Genre", advice=("once|list",), also=("duplicate-query", "count-then-iterate", "exists-then-get")
)
def first_and_all() -> list[str]:
    """`[0]` on a queryset that wasn't evaluated asks for a row, then the loop for all."""
    genres = Genre.objects.order_by("name")  # site: first-and-all
    first = genres[0]  # site: first-and-all
    return [f"{first} / {genre}" for genre in genres]  # site: first-and-all


@negative("queryset-evaluated-twice", "one queryset object keeps its rows")
def label_cloud_right():
    labels = Label.objects.annotate(n=Count("issues"))
    return [label.name for label in labels], [label.n for label in labels], len(labels)


@negative("queryset-evaluated-twice", "narrowed each time: other rows")
def two_ends():
    issues = Issue.objects.filter(project__key="PR5")
    return [i.title for i in issues.filter(status="open")], [i.title for i in issues.filter(status="review")]


# ---------------------------------------------------------------- count, exists


@positive("count-then-iterate", model="tracker.Milestone", advice=("len(|once",), also=("queryset-evaluated-twice",))
def milestones_with_number() -> list[str]:
    milestones = Milestone.objects.filter(project_id__lte=6)  # site: milestones-with-number
    n = milestones.count()  # site: milestones-with-number
    return [f"{i}/{n} {m.name}" for i, m in enumerate(milestones, 1)]


@positive("count-then-iterate", model="festival.Film", advice=("len(|length|once",), also=("queryset-evaluated-twice",))
def films_counted(request):
    """Counted by the view, read by the template."""
    films = Film.objects.filter(year=1995)  # site: films-counted
    context = {"films": films, "total": films.count()}  # site: films-counted
    return render(request, "festival/counted.html", context)


@negative("count-then-iterate", "a page of many: the number is of all")
def paged_films(request):
    films = Film.objects.order_by("title")
    return render(request, "festival/counted.html", {"films": films[:20], "total": films.count()})


@positive("exists-then-get", model="tracker.Developer", advice=("first()|once|DoesNotExist",), also=("queryset-evaluated-twice", "duplicate-query"))
def find_developer() -> str:
    if Developer.objects.filter(handle="dev44").exists():  # site: find-developer
        return Developer.objects.get(handle="dev44").handle  # site: find-developer
    return ""


@positive("exists-then-get", model="tracker.Issue", advice=("first()|once|list",), also=("queryset-evaluated-twice", "truth-instead-of-exists", "duplicate-query"))
def urgent_issues() -> list[str]:
    urgent = Issue.objects.filter(priority=1, project__key="PR10")  # site: urgent-issues
    if not urgent.exists():  # site: urgent-issues
        return ["none"]
    return [issue.title for issue in urgent]


@negative("exists-then-get", "asked about one, got another")
def other_developer():
    if Developer.objects.filter(handle="dev44").exists():
        return Developer.objects.get(handle="dev45").handle
    return ""


@negative("exists-then-get", "only asked")
def is_known():
    return Developer.objects.filter(handle="dev44").exists(), Issue.objects.filter(priority=9).exists()


# ---------------------------------------------------------------- columns


@positive(
    "unread-columns",
    model="festival.Dossier",
    code_contains=("only(|defer(",),
    beside=("unbounded-result",),
)
def dossier_titles(request):
    return render(request, "festival/blurbs.html", {"dossiers": Dossier.objects.order_by("title")[:120]})  # site: dossier-titles


@positive("unread-columns", model="diner.Recipe", code_contains=("only(|defer(",), beside=("unbounded-result",))
def recipe_index():
    from diner.models import Recipe

    recipes = (
        Recipe.objects.select_related("dish")  # site: recipe-index
        .filter(dish__price__lt=30)
    )
    return JsonResponse({recipe.title: recipe.dish.name for recipe in recipes})


@negative("unread-columns", "all of it is shown")
def dossiers_in_full(request):
    return render(request, "festival/blurbs_full.html", {"dossiers": Dossier.objects.all()[:10]})


@negative("unread-columns", "the columns are named")
def dossier_names():
    return list(Dossier.objects.values_list("title", "language")), [d.title for d in Dossier.objects.only("title")]


@negative("unread-columns", "small columns are not worth a word")
def issue_titles():
    return [issue.title for issue in Issue.objects.filter(project__key="PR6")]


# ---------------------------------------------------------------- unused


@positive("unused-select-related", model="tracker.Comment", kinds=("remove",), code_lacks=('"issue__project"',))
def authors() -> set[str]:
    """One of two is read: keep it."""
    comments = Comment.objects.select_related("author", "issue__project")  # site: authors
    return {comment.author.handle for comment in comments.filter(is_internal=True)[:200]}


@positive("unused-prefetch-related", model="tracker.Issue", kinds=("remove",), code_lacks=("watchers",))
def open_titles() -> list[str]:
    return [i.title for i in Issue.objects.open().prefetch_related("watchers").filter(priority__lte=2)]  # site: open-titles


@negative("unused-prefetch-related", "read by a helper")
def watched():
    issues = Issue.objects.prefetch_related("watchers").filter(project__key="PR11")
    me = Developer.objects.get(handle="dev1")
    return [issue.title for issue in issues if issue.is_watched_by(me)]


# ---------------------------------------------------------------- membership


@positive("membership-in-loop", advice=("set",), also=("n-plus-one", "query-in-loop", "duplicate-query", "queryset-evaluated-twice"))
def marked() -> list[tuple[str, bool]]:
    """The queryset is built anew by `.all()` each time."""
    mine = Issue.objects.filter(watchers__handle="dev5")  # site: marked
    rows = []
    for issue in Issue.objects.filter(project__key="PR12")[:40]:
        rows.append((issue.title, issue in mine.all()))  # site: marked
    return rows


@positive("membership-in-loop", advice=("set",), also=("n-plus-one", "query-in-loop"))
def contained() -> int:
    festive = Person.objects.filter(acted_in__year=2000)  # site: contained
    return sum(1 for person in Person.objects.filter(pk__lte=50) if festive.contains(person))  # site: contained


@positive("membership-in-loop", advice=("set",), also=("n-plus-one", "query-in-loop", "duplicate-query", "queryset-evaluated-twice"))
def banned_guests() -> list[str]:
    out = []
    banned = Guest.objects.filter(tickets__price=14).values_list("pk", flat=True)  # site: banned-guests
    for ticket in Ticket.objects.filter(screening_id=17):
        if ticket.guest_id not in banned.filter(pk__lte=900):  # site: banned-guests
            out.append(str(ticket.pk))
    return out


@negative("membership-in-loop", "a set of keys, once")
def marked_right():
    mine = set(Issue.objects.filter(watchers__handle="dev5").values_list("pk", flat=True))
    return [(issue.title, issue.pk in mine) for issue in Issue.objects.filter(project__key="PR12")]


@negative("membership-in-loop", "a prefetched relation is searched in memory")
def watched_by_team():
    me = Developer.objects.get(handle="dev3")
    issues = Issue.objects.filter(project__key="PR13").prefetch_related("watchers")
    return [me in issue.watchers.all() for issue in issues]


# ---------------------------------------------------------------- big results


@positive("unbounded-result", model="festival.Ticket", advice=("paginat|slice|limit|iterator|chunk|page",), beside=("unread-columns",))
def all_tickets():
    tickets = Ticket.objects.order_by("pk")  # site: all-tickets
    return JsonResponse({"tickets": [{"id": t.pk, "price": str(t.price), "at": str(t.scanned_at)} for t in tickets]})


@positive("unbounded-result", model="diner.OrderLine", advice=("paginat|slice|limit|iterator|chunk|page",), beside=("unread-columns",))
def all_lines(request):
    from diner.models import OrderLine

    return render(request, "diner/lines.html", {"lines": OrderLine.objects.all()})  # site: all-lines


@negative("unbounded-result", "streamed from the server in chunks")
def ticket_sum():
    return sum(t.price for t in Ticket.objects.order_by("pk").only("price").iterator(chunk_size=2000))


@negative("unbounded-result", "a page")
def ticket_page():
    return [t.price for t in Ticket.objects.order_by("pk")[:100]]


@positive("deep-offset", model="tracker.Event", advice=("__gt|__lt|keyset|last",), beside=("expensive-count",))
def old_events(request):
    events = Event.objects.order_by("pk")  # site: old-events
    page = Paginator(events, 50).page(4600)
    return render(request, "tracker/events.html", {"page": page})


@positive("deep-offset", model="tracker.Event", advice=("__gt|__lt|keyset|last",))
def export_slices() -> int:
    """An export in slices: each begins from the start."""
    n = 0
    for start in range(100_000, 200_000, 20_000):
        chunk = Event.objects.order_by("at", "pk")[start : start + 500]  # site: export-slices
        n += len([event.kind for event in chunk])
    return n


@negative("deep-offset", "the second page")
def newest_events():
    return [event.kind for event in Event.objects.order_by("-pk")[50:100]]


@negative("deep-offset", "by key, however far")
def events_after():
    return [event.kind for event in Event.objects.filter(pk__gt=180_000).order_by("pk")[:50]]


@positive("random-order", model="festival.Film", advice=("random|sample",))
def film_of_the_day() -> str:
    film = Film.objects.order_by("?").first()  # site: film-of-the-day
    return film.title


@positive("random-order", model="tracker.Event", advice=("random|sample",))
def sample_events() -> list[str]:
    events = Event.objects.filter(kind="kind3").order_by("?")[:5]  # site: sample-events
    return [event.kind for event in events]


@negative("random-order", "drawn in Python, then fetched by key")
def film_by_lot():
    keys = random.Random(4).sample(list(Film.objects.values_list("pk", flat=True)), 3)
    return [film.title for film in Film.objects.in_bulk(keys).values()]


@positive(
    "expensive-count",
    model="tracker.Event",
    advice=("count|estimate",),
    settings={"slow_ms": 2},
    beside=("deep-offset", "unread-columns"),
)
def event_log(request):
    """The paginator counts a quarter of a million rows on each page."""
    events = Event.objects.order_by("-pk")  # site: event-log
    return render(request, "tracker/events.html", {"page": Paginator(events, 50).get_page(1)})


@positive(
    "expensive-count",
    model="tracker.Issue",
    advice=("Exists|distinct|join|count",),
    also=("distinct-after-join",),
    settings={"slow_ms": 2},
)
def issues_commented() -> int:
    """The join is there for nothing but its existence."""
    busy = Issue.objects.annotate(n=Count("comments")).filter(n__gt=0)  # site: issues-commented
    return busy.count()  # site: issues-commented


@negative("expensive-count", "a small COUNT of its own")
def how_many():
    return Issue.objects.filter(status="open").count(), Label.objects.count()


@positive("distinct-after-join", model="tracker.Issue", code_contains=("Exists(",), beside=("expensive-count", "unbounded-result"))
def internal_issues() -> list[str]:
    issues = Issue.objects.filter(comments__is_internal=True, project__key="PR3").distinct()  # site: internal-issues
    return [issue.title for issue in issues]


@positive("distinct-after-join", model="festival.Film", code_contains=("Exists(|__in",), beside=("expensive-count", "unbounded-result"))
def shown_films() -> list[str]:
    # site: shown-films
    films = Film.objects.filter(Q(screenings__is_sold_out=True) | Q(screenings__hall__seats__gt=110)).distinct()
    return [film.title for film in films.order_by("title")]


@negative("distinct-after-join", "distinct values of a column, without a to-many join")
def cities():
    return list(Developer.objects.order_by("team__name").values_list("team__name", flat=True).distinct())


@negative("distinct-after-join", "`Exists` already")
def shown_right():
    sold = Screening.objects.filter(film=OuterRef("pk"), is_sold_out=True)
    return [film.title for film in Film.objects.filter(Exists(sold), year=2010)]


@negative("distinct-after-join", "a foreign key forward never multiplies, and there is no distinct")
def of_team():
    return [issue.title for issue in Issue.objects.filter(reporter__team__name="Team 1", priority=2)]


assert Component  # walked elsewhere
