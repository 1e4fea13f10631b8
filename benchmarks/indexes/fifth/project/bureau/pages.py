"""A bureau that finds translators for texts."""

import hashlib

from django.db import transaction
from django.db.models import CharField, Count, Exists, F, Func, Max, Min, OuterRef, Q, Sum
from django.db.models.functions import Lower, Now

from bureau.admin_lists import InvoiceList, ProjectList
from bureau.models import Assignment, Client, Invoice, Memory, Outbox, Project, Segment, Session, Translator


def board(client, state):
    cards = Project.objects.of(client).current().filter(state=state).order_by("due_at")
    return [{"code": one.code, "title": one.title, "due": one.due_at} for one in cards[:20]]


def project_list(get):
    return ProjectList(get).results()


def invoice_list(get):
    return InvoiceList(get).results()


def into(language):
    return list(Project.objects.current().filter(targets__contains=[language]).values_list("code", "title"))


def late_projects(now):
    return list(Project.objects.late(now).select_related("client").order_by("due_at"))


def get_project(code):
    return Project.objects.filter(code=code).first()


def same_text(text, besides):
    """Segments of other projects that say just the same."""
    return list(Segment.objects.filter(source=text).exclude(project=besides).values_list("pk", "target"))


def disputed():
    found = Segment.objects.filter(state=Segment.State.DISPUTED).select_related("project")
    return [(one.project.code, one.position) for one in found.order_by("-changed_at")[:40]]


def pull(externals):
    """What a plug-in asks for by its own keys."""
    return {one.external: one.target for one in Segment.objects.filter(external__in=externals)}


def finder(languages, dearest):
    able = Translator.objects.filter(languages__contains=languages, rate__lte=dearest)
    return list(able.exclude(standing=Translator.Standing.BARRED).order_by("-rating")[:25])


def log_in(email):
    return Translator.objects.annotate(mail=Lower("email")).filter(mail=email.lower()).first()


def offers_to(translator):
    waiting = Assignment.objects.filter(translator=translator, accepted_at=None, is_rejected=False)
    return list(waiting.select_related("project").order_by("offered_at"))


def nobody_does():
    """Open projects that nobody was asked for."""
    asked = Assignment.objects.filter(project=OuterRef("pk"))
    return list(Project.objects.filter(~Exists(asked), state=Project.State.OPEN).order_by("due_at"))


def choosy():
    """Who said no more than once."""
    no = Assignment.objects.filter(is_rejected=True).values("translator").annotate(n=Count("pk"))
    return list(no.filter(n__gt=1).order_by("-n", "translator"))


def dunning(today):
    owed = Invoice.objects.filter(paid_on__isnull=True, due_on__lt=today).values("client")
    return list(owed.annotate(sum=Sum("total"), oldest=Min("due_on")).order_by("-sum"))


def statement(client, year):
    months = Invoice.objects.filter(client=client, issued_on__year__gte=year).values("issued_on__month")
    return list(months.annotate(total=Sum("total")).order_by("issued_on__month"))


def last_delivery(client):
    return Project.objects.of(client).aggregate(last=Max("delivered_at"))["last"]


def inbox(user):
    mine = Project.objects.filter(manager=user).values("pk", "code", "due_at")
    return list(mine.union(Project.objects.filter(reviewer=user).values("pk", "code", "due_at")))


def similar(pair, text):
    return list(Memory.objects.filter(source__trigram_similar=text, pair=pair).values("source", "target"))


def learned_from(client):
    """Sentences from the projects of a client."""
    return list(Memory.objects.filter(origin__client=client).values_list("pair", "source"))


def names_like(name):
    return list(Translator.objects.filter(name__trigram_similar=name).values_list("name", "email"))


def exactly(text):
    digest = Func(F("source"), function="MD5", output_field=CharField())
    return list(
        Memory.objects.alias(digest=digest).filter(digest=hexdigest_of(text)).values_list("pair", "target")
    )


def hexdigest_of(text):
    return hashlib.md5(text.encode()).hexdigest()


def to_send():
    return list(Outbox.objects.filter(sent_at=None, tries__lt=5).order_by("queued_at")[:100])


def archive(before, dry_run=True):
    with transaction.atomic():
        old = Project.objects.filter(is_archived=False, delivered_at__lt=before)
        changed = old.update(is_archived=True)
        transaction.set_rollback(dry_run)
    return changed


def confidential_of(client):
    """Projects whose settings ask for a signature."""
    found = Project.objects.of(client).filter(settings__nda__signed=False)
    return list(found.values_list("code", flat=True))


def pairs_offered(begin, end):
    """Two roles of one translator in one project, offered in a week."""
    again = Assignment.objects.filter(
        project=OuterRef("project"), translator=OuterRef("translator"), pk__gt=OuterRef("pk")
    )
    week = Assignment.objects.filter(offered_at__gte=begin, offered_at__lt=end)
    return list(week.filter(Exists(again)).values_list("project", "translator"))


def slow_to_accept(translator):
    taken = Assignment.objects.filter(translator=translator).exclude(accepted_at=None)
    return list(
        taken.annotate(took=F("accepted_at") - F("offered_at")).order_by("-took").values("pk", "took")[:5]
    )


def biographies(word):
    return list(Translator.objects.filter(biography__search=word).values_list("pk", flat=True)[:20])


# What no index should be advised for.


def editor(project, page):
    rows = Segment.objects.filter(project=project, position__gt=50 * (page - 1)).order_by("position")
    return list(rows[:50])


def team(project):
    return list(Assignment.objects.filter(project=project).select_related("translator"))


def clients_like(text):
    return list(Client.objects.filter(name__icontains=text).order_by("name"))


def progress():
    states = Segment.objects.values("state").annotate(words=Sum("words"), last=Max("changed_at"))
    return list(states.annotate(longest=Max("source")).order_by("state"))


def beat(translator, segment):
    return Session.objects.filter(translator=translator).update(beat_at=Now(), segment=segment)


def idle(seconds):
    """Sessions that are quiet, among the three hundred that there are."""
    return list(Session.objects.filter(segment=None, beat_at__lt=Now()).order_by("beat_at")[:seconds])


def titles_with(letters):
    return Project.objects.filter(title__icontains=letters).count()


def delivered_budget():
    done = Project.objects.filter(state=Project.State.DELIVERED)
    return done.aggregate(sum=Sum("budget"), last=Max("due_at"), title=Max("title"))


def not_english():
    found = Project.objects.exclude(source="en").values_list("code", "title", "targets")
    return len(list(found))


def projects_by_pk(pks):
    return Project.objects.in_bulk(pks)


def lottery():
    return Translator.objects.filter(standing__in=["T", "X"]).order_by("?").first()


def recent_of_client(client):
    return list(Project.objects.of(client).order_by("-created_at")[:15])


def anyone_waiting():
    return Segment.objects.filter(Q(state=Segment.State.DONE) | Q(state=Segment.State.DRAFT)).exists()
