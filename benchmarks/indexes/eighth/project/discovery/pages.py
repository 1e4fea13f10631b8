"""What reviewers, partners and vendors ask the document store for."""

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import transaction
from django.db.models import Avg, Count, Exists, F, Max, OuterRef, Subquery
from django.db.models.functions import Length

from discovery.models import Access, Batch, Coding, Custodian, Document, Matter, Recipient

CARD = ("pk", "bates", "subject", "sent_at")


def undone(change):
    """Let a job run and take it back."""
    with transaction.atomic():
        done = change()
        transaction.set_rollback(True)
    return done


def family(document):
    """A mail's attachments in the order of their stamps."""
    return list(Document.objects.live().filter(parent=document).order_by("bates").values(*CARD))


def by_stamp(digits):
    """Opposing counsel reads the last digits over the phone."""
    return list(Document.objects.filter(bates__endswith=digits).values(*CARD))


def copies(sha1, of):
    found = Document.objects.filter(sha1=sha1).exclude(pk=of)
    return list(found.values("pk", "matter__code", "custodian__name"))


def privilege_log(code):
    """What still has to be justified to the court, the oldest first."""
    asserted = Document.objects.in_matter(code).unreviewed().filter(privilege=Document.Privilege.ASSERTED)
    return list(asserted.order_by("sent_at").values_list("bates", "sender", "subject")[:50])


def thread(reference):
    return list(Document.objects.live().filter(metadata__thread=reference).order_by("sent_at").values(*CARD))


def find(code, words):
    query = SearchQuery(words, config="simple")
    hits = Document.objects.in_matter(code).filter(words=query)
    return list(hits.annotate(rank=SearchRank("words", query)).order_by("-rank").values(*CARD)[:20])


def wrote_to(sender, address):
    """All mails of one person, however spelt, to another."""
    got = Recipient.objects.filter(document=OuterRef("pk"), address=address)
    return list(Document.objects.filter(Exists(got), sender__iexact=sender).values(*CARD))


def outsiders(domain):
    """Addresses of a house that shouldn't have been written to."""
    leaked = Recipient.objects.filter(address__endswith=f"@{domain}")
    return list(leaked.values_list("address").annotate(n=Count("document", distinct=True)).order_by("-n"))


def decisions(documents):
    """The documents on the screen, with what was decided of each last."""
    last = Coding.objects.filter(document=OuterRef("pk")).order_by("-decided_at")
    shown = Document.objects.filter(pk__in=documents)
    return list(shown.annotate(decision=Subquery(last.values("value")[:1])).values("pk", "decision"))


def overturned():
    """Where people and the model didn't agree."""
    return list(Coding.objects.exclude(value=F("proposed")).order_by("-decided_at")[:50])


def visits_from(start):
    visits = Access.objects.filter(ip__startswith=start)
    return list(visits.values("account").annotate(n=Count("pk"), last=Max("at")).order_by("account"))


def largest(code):
    files = Document.objects.in_matter(code).filter(kind=Document.Kind.ATTACHMENT)
    return list(files.order_by("-size").values_list("bates", "size")[:20])


def cool_down():
    """What was hot is so no more when a case is settled."""
    hot = Document.objects.filter(tags__contains=["hot"])
    return undone(lambda: hot.update(tags=["responsive"]))


def hand_over(reviewer, to):
    """Somebody is ill: what was assigned and is not done goes to another."""
    mine = Document.objects.unreviewed().filter(reviewer=reviewer)
    return undone(lambda: mine.update(reviewer=to))


def decrypted():
    return list(Document.objects.filter(metadata__has_key="decryption").values("pk", "metadata"))


def timeline(custodian):
    """The newest first, what has no date at the end."""
    found = Document.objects.live().filter(custodian=custodian)
    return list(found.order_by(F("sent_at").desc(nulls_last=True), "pk").values(*CARD)[:25])


def code_name(pattern):
    return list(Document.objects.live().filter(subject__iregex=pattern).values(*CARD))


def shift(reviewer, begin, end):
    """How much a reviewer did on a day, and of which value."""
    done = Coding.objects.filter(reviewer=reviewer, decided_at__gte=begin, decided_at__lt=end)
    return list(done.values("value").annotate(n=Count("document")).order_by("value"))


def orphans_of(code):
    """Attachments of a matter that were dropped, by the mail they came with."""
    gone = Document.objects.filter(
        matter__code=code, kind=Document.Kind.ATTACHMENT, dropped_at__isnull=False, privilege="redacted"
    )
    return list(gone.select_related("parent").order_by("pk")[:50])


# What no index should be advised for.


def matter(code):
    return Matter.objects.filter(code__iexact=code).first()


def custodians(text):
    return list(Custodian.objects.filter(name__icontains=text).select_related("matter").order_by("name"))


def stamped(code, first, last):
    """A span of stamps, as a subpoena names it."""
    span = Document.objects.filter(matter__code=code, bates__gte=first, bates__lte=last)
    return list(span.order_by("bates").values(*CARD))


def next_batch(reviewer):
    """Take what is most urgent; others take theirs beside."""
    with transaction.atomic():
        free = Batch.objects.filter(taken_by__isnull=True).order_by("-priority", "made_at")
        return list(free.select_for_update(skip_locked=True)[:1]), reviewer


def volume():
    """The monthly bill: how much text of each kind is stored."""
    kinds = Document.objects.values("kind").annotate(n=Count("pk"), letters=Avg(Length("body")))
    return list(kinds.order_by("kind"))


def unprivileged():
    open_ones = Document.objects.filter(privilege=Document.Privilege.NONE)
    return open_ones.aggregate(letters=Avg(Length("body")), widest=Max(Length("subject")))


def initials(two):
    """Two letters have no trigram."""
    return Document.objects.filter(subject__icontains=two).aggregate(letters=Avg(Length("body")))


def last_visits():
    return list(Access.objects.exclude(path="").order_by("-at")[:50])


def picked(documents):
    return Document.objects.live().in_bulk(documents)


def addressed(document):
    return list(
        Recipient.objects.filter(document=document).order_by("address").values_list("address", "role")
    )


def responsive():
    """What two of five documents are marked with."""
    marked = Document.objects.filter(tags__overlap=["responsive", "hot"])
    return marked.aggregate(letters=Avg(Length("body")), widest=Max(Length("subject")))
