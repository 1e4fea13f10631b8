"""The registry of some courts."""

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Count, Max

from courts.models import Court, Document, File, Involvement, Note, Party, Person
from courts.views import ChangeList, CourtFiles, PartyFinder


def files_of_party(party):
    return list(Party(pk=party).files.order_by("-opened_on"))


def notes_on_file(file):
    return list(File(pk=file).notes.order_by("-written_at"))


def pinned_notes():
    return list(Note.objects.filter(pinned=True).order_by("-written_at")[:20])


def court_list(court, page):
    return CourtFiles(court=court, page=page).page()


def changelist(q, filters):
    return ChangeList(q=q, filters=filters).page()


def docket_of_judge(judge):
    """Open and not archived, the oldest first."""
    return list(File.alive.filter(judge=judge, closed_on=None).order_by("opened_on"))


def person_born(name, born):
    return list(Person.objects.filter(name__iexact=name, birth_date=born))


def full_text(words):
    vector = SearchVector("title", "body", config="english")
    query = SearchQuery(words, config="english")
    return list(Document.objects.annotate(text=vector).filter(text=query).values_list("pk", "title"))


def same_document(digest):
    return list(Document.objects.filter(sha256=digest).values("file_id", "filed_at"))


def party_finder(q):
    return PartyFinder(q=q).get_queryset().count()


def stuck(day):
    running = File.objects.exclude(stage__in=File.FINAL).filter(opened_on__lt=day)
    return list(running.order_by("opened_on")[:100])


def experts():
    heard = Involvement.objects.filter(role=Involvement.Role.EXPERT).select_related("party", "file")
    return [(one.party.name, one.file.docket) for one in heard]


def last_filed(authors):
    """When something was last filed, of files that some people pinned a note to."""
    pinned = Note.objects.filter(pinned=True, author__in=authors).values("object_id")
    return list(Document.objects.filter(file__in=pinned).values("file").annotate(last=Max("filed_at")))


# What no index should be advised for.


def docket(court, number):
    return File.objects.filter(court=court, docket=number).first()


def involved_in(file):
    return list(Involvement.objects.filter(file=file).select_related("party"))


def persons(ids):
    return list(Person.objects.filter(pk__in=ids))


def open_to_public():
    return File.objects.exclude(is_sealed=True).aggregate(first=Max("opened_on"), stages=Count("stage"))


def busiest_courts():
    counted = Court.objects.annotate(n=Count("files")).order_by("-n")
    return list(counted[:10])


def titles_with_word(word):
    """Without a configuration: what words are depends on a setting of the session."""
    found = Document.objects.annotate(text=SearchVector("title")).filter(text=word, file_id__lte=20000)
    return found.count()


def subject_letters(letters):
    return File.alive.filter(subject__icontains=letters).count()


def final_files():
    stages = [File.Stage.JUDGED, File.Stage.SETTLED]
    return len(list(File.objects.filter(stage__in=stages).values_list("subject", "docket")))
