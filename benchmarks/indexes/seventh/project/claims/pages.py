"""The claims desk, accounts and the auditors."""

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Count, DecimalField, Exists, F, Max, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, TruncYear

from claims.models import Branch, Diary, Document, File, HomeFile, MotorFile, Party, Payment, Policy, Trail
from claims.search import Contested, PartySearch, UndecidedMotor

LARGE = 25_000


def of_type(model, pk):
    kind = ContentType.objects.get_by_natural_key("claims", model)
    return Document.objects.filter(content_type=kind, object_id=pk)


def undone(change):
    with transaction.atomic():
        done = change()
        transaction.set_rollback(True)
    return done


def policies_of(holder, day):
    """What someone was covered by, on a day."""
    return list(Policy.objects.filter(holder=holder, cover__contains=day).values("number", "product"))


def ending(first, until):
    """Who needs a letter: covers that end soon."""
    ends = Policy.objects.filter(cover__endswith__gte=first, cover__endswith__lt=until, cancelled_on=None)
    return list(ends.order_by("cover__endswith", "pk").select_related("holder"))


def brokers_business(code, day):
    """How much a small broker has in force."""
    has = Policy.objects.filter(broker=code, cover__contains=day)
    return has.aggregate(n=Count("pk"), premium=Sum("premium"))


def telematics(box):
    return Policy.objects.filter(terms__telematics__box=box).order_by("pk").first()


def waived():
    """Terms with a key that hardly any have."""
    return list(Policy.objects.filter(terms__has_key="waived").order_by("number").values("number", "terms"))


def parties(query):
    return [(one.surname, one.given) for one in PartySearch(**query).results()]


def tax_ids(several):
    return dict(Party.objects.filter(tax_id__in=several).values_list("tax_id", "pk"))


def files_of(number):
    """Every file of a policy, deleted ones too."""
    return list(File.everything.filter(policy=number).order_by("-opened_on").values("reference", "status"))


def crashes(plate):
    """A child table's column, and the parent's order."""
    return list(MotorFile.objects.filter(plate=plate).order_by("-opened_on"))


def undecided(branch, page):
    return UndecidedMotor(branch, page=page).get()


def contested(branch):
    return Contested(branch).get()


def same_car(vin, but):
    other = MotorFile.objects.filter(vin=vin).exclude(pk=but)
    return list(other.values_list("reference", "policy_id"))


def my_day(handler, day):
    """What a handler has to do until a day; an index has the handler."""
    mine = Diary.objects.filter(handler=handler, done_at=None, due_on__lte=day)
    return [(one.due_on, one.subject, one.file.reference) for one in mine.select_related("file")]


def to_pay(day):
    due = Payment.objects.filter(paid_at__isnull=True, due_on__lte=day)
    return list(due.order_by("due_on", "pk").values("iban", "cents", "file__reference")[:500])


def batch(number):
    return list(Payment.objects.filter(batch=number).order_by("iban", "pk"))


def same_account(file):
    """Other files that paid into the accounts of this one."""
    accounts = Payment.objects.filter(file=file).values("iban")
    return list(Payment.objects.filter(iban__in=accounts).exclude(file=file).values_list("file", flat=True))


def papers(model, pk):
    """Of one object, which the index of kinds doesn't know."""
    return list(of_type(model, pk).order_by("-received_at").values("name", "kind"))


def newest_of_each_kind(pk):
    found = of_type("file", pk).order_by("kind", "-received_at").distinct("kind")
    return [(one.kind, one.name) for one in found.defer("digest")]


def same_content(digest):
    return list(Document.objects.filter(digest=bytes.fromhex(digest)).values_list("pk", "name"))


def scanner_run(number):
    return Document.objects.filter(meta__scanner__run=number).aggregate(
        n=Count("pk"), last=Max("received_at")
    )


def redacted():
    return list(Document.objects.filter(meta__contains={"redacted": True}).order_by("-received_at")[:40])


def history(ref):
    return list(Trail.objects.filter(ref=ref).order_by("-at").values("at", "actor", "verb"))


def exports(actor, first, until):
    """What a rare verb did in a month, by one who does little."""
    done = Trail.objects.filter(actor=actor, at__gte=first, at__lt=until).exclude(verb="view")
    return list(done.order_by("at"))


def accounts_changed():
    """Entries that have a rare key, the latest first."""
    return list(Trail.objects.filter(changes__has_key="iban").order_by("-at").values("ref", "actor")[:50])


def forget(before):
    """Entries that are too old; rows stand in the order of time."""
    return undone(lambda: Trail.objects.filter(at__lt=before).delete())


def suspicious(branch):
    """By a score that may be NULL, which comes last."""
    order = F("fraud_score").desc(nulls_last=True)
    return list(File.objects.filter(branch=branch).order_by(order).values("reference", "fraud_score")[:30])


def reopened(file):
    return list(File.objects.filter(reopened_from=file).values_list("reference", flat=True))


def large_and_unpaid(branch):
    """Large open files that nobody was paid for."""
    paid = Payment.objects.filter(file=OuterRef("pk"), paid_at__isnull=False)
    large = File.objects.filter(branch=branch, status=File.Status.OPEN, reserve__gte=LARGE)
    return list(large.filter(~Exists(paid)).order_by("-reserve").values_list("reference", "reserve"))


def costs_of(handler):
    """The open files of a handler and what was paid for each."""
    paid = Payment.objects.filter(file=OuterRef("pk")).order_by().values("file").annotate(s=Sum("cents"))
    mine = File.objects.filter(handler=handler, status=File.Status.OPEN)
    total = Coalesce(Subquery(paid.values("s")), 0, output_field=DecimalField())
    return list(mine.annotate(total=total).values("reference", "total"))


def homes_near(start, perils):
    """Losses of a place by rare perils."""
    found = HomeFile.objects.filter(postcode__startswith=start, peril__in=perils)
    return list(found.order_by("-opened_on")[:50])


def by_tail(number):
    """What people remember of a reference: its end."""
    return list(File.objects.filter(reference__endswith=number).values("pk", "reference"))


def everything_of(party):
    """Policies and files of a party in one list."""
    policies = Policy.objects.filter(holder=party).values_list("number", "product")
    files = File.objects.filter(policy__holder=party).values_list("reference", "status")
    return list(policies.union(files, all=True))


# What no index should be advised for.


def branches(text):
    return list(Branch.objects.filter(name__icontains=text).order_by("name"))


def policy(number):
    return Policy.objects.select_related("holder", "broker").filter(pk=number).first()


def branch_day(branch, first, until):
    """An index has the branch and the day."""
    return list(
        File.objects.filter(branch=branch, opened_on__gte=first, opened_on__lt=until).order_by("opened_on")
    )


def in_force(first, until):
    """Covers that a whole decade meets: most."""
    met = Policy.objects.filter(cover__overlap=(first, until)).values("product")
    return list(
        met.annotate(n=Count("holder"), most=Max("premium"), last=Max("cancelled_on"), b=Min("broker"))
    )


def unaccented(text):
    """A function that isn't immutable around the column."""
    return list(Party.objects.filter(surname__unaccent__icontains=text).order_by("surname", "pk")[:20])


def motor_policies(page):
    """More than half of the table, in the order of its key."""
    motor = Policy.objects.filter(product=Policy.Product.MOTOR).order_by("pk")
    return list(motor.values("number")[page * 20 : page * 20 + 20])


def paid_by_year():
    paid = Payment.objects.exclude(paid_at=None).annotate(year=TruncYear("due_on")).values("year")
    return list(paid.annotate(cents=Sum("cents"), ibans=Max("iban"), n=Count("file")).order_by("year"))


def due_on(day):
    """An index has the day, which leaves a hundred."""
    return list(Payment.objects.filter(due_on=day, paid_at__isnull=False).values("cents"))


def long_surnames():
    """Nearly all have more than three letters."""
    found = Party.objects.filter(Q(surname__regex="....") | Q(born_on=None))
    return found.aggregate(n=Count("pk"), first=Min("born_on"), tax=Max("tax_id"), at=Max("street"))


def last_entries():
    return list(Trail.objects.exclude(verb="delete").order_by("-pk")[:40])
