"""What is loaded ahead, too little, wrongly or for nothing."""

from exams.models import Examiner, Student
from gear.models import Listing, Seller, Story
from seedbank.models import Accession, Loan, Vault
from situation import positive
from ski.models import Instructor, Slope

# A prefetch that is asked again with a filter, an order or a slice.


@positive(
    "refiltered-prefetch",
    model="gear.Listing",
    code_contains=("Prefetch(|.all()",),
    also=("n-plus-one", "query-in-loop"),
    beside=("unused-prefetch-related",),
)
def open_offers():
    out = {}
    for listing in Listing.objects.prefetch_related("offers").order_by("pk")[:30]:  # site: open-offers
        out[listing.title] = [o.amount for o in listing.offers.filter(state="open")]
    return out


@positive(
    "refiltered-prefetch",
    model="seedbank.Vault",
    code_contains=("Prefetch(|sorted(|.all()",),
    also=("n-plus-one", "query-in-loop"),
    beside=("unused-prefetch-related",),
)
def shelves_in_order():
    vaults = Vault.objects.prefetch_related("shelves").order_by("name")  # site: shelves-in-order
    return "\n".join(f"{v.name}: {[s.label for s in v.shelves.order_by('-label')]}" for v in vaults)


@positive(
    "refiltered-prefetch",
    model="exams.Student",
    code_contains=("Prefetch(|annotate(|Subquery(|.all()",),
    also=("n-plus-one", "query-in-loop"),
    beside=("unused-prefetch-related", "n-plus-one"),
)
def latest_registrations():
    """`first()` of the sorted."""
    # site: latest-registrations
    students = Student.objects.prefetch_related("registrations").filter(tutor=None)[:25]
    return [(s.number, s.registrations.order_by("-pk").first().state) for s in students]


@positive(
    "refiltered-prefetch",
    model="ski.Instructor",
    code_contains=("Prefetch(|annotate(|len(|sum(|.all()",),
    also=("n-plus-one", "query-in-loop"),
    beside=("unused-prefetch-related",),
)
def full_lessons():
    """The rows are read as well; a filtered count of the same could be had of them."""
    lines = []
    for teacher in Instructor.objects.prefetch_related("courses").order_by("name")[:30]:  # site: full-lessons
        titles = [c.title for c in teacher.courses.all()]
        lines.append((titles, teacher.courses.filter(capacity__gte=10).count()))
    return lines


@positive(
    "refiltered-prefetch",
    model="gear.Seller",
    code_contains=("Prefetch(|.all()|annotate(",),
    also=("n-plus-one", "query-in-loop"),
    beside=("unused-prefetch-related",),
)
def teasers():
    sellers = Seller.objects.filter(city="City 7").prefetch_related("listings")  # site: teasers
    teaser = {}
    for seller in sellers:
        dear = seller.listings.exclude(status="draft").order_by("-price")[:2]
        teaser[seller.pk] = " & ".join(x.title for x in dear)
    return teaser


# Fields that were left out, and read.


@positive("deferred-field-read", model="ski.Slope", code=('Slope.objects.only("name", "colour")',))
def colours():
    return [f"{s.name} {s.colour}" for s in Slope.objects.only("name").order_by("name")[:40]]  # site: colours


@positive(
    "deferred-field-read",
    model="gear.Story",
    code=('Story.objects.defer("recording", "history")', 'Story.objects.defer("history", "recording")'),
    beside=("unread-columns",),
)
def stories():
    rows = []
    for story in Story.objects.defer("body", "history", "recording").order_by("pk")[:30]:  # site: stories
        rows.append((story.headline, story.body[:80]))
    return rows


@positive(
    "deferred-field-read",
    model="exams.Examiner",
    code=(
        'Examiner.objects.only("title", "account__username", "account__last_name")',
        'Examiner.objects.only("title", "account__last_name")',
        'Examiner.objects.select_related("account").only("title", "account__username", "account__last_name")',
        'Examiner.objects.select_related("account").only("title", "account__last_name")',
    ),
    also=("n-plus-one",),
)
def name_plates():
    """Through a relation; `__str__` reads the last name."""
    # site: name-plates
    people = Examiner.objects.select_related("account").only("title", "account__username")
    return [str(examiner) for examiner in people.order_by("pk")[:40]]


@positive(
    "deferred-field-read", model="seedbank.Accession", code=('Accession.objects.only("number", "grams")',)
)
def weights():
    slim = Accession.objects.only("number").order_by("number")  # site: weights

    def weigh(accession):
        return accession.grams * 1.05

    return sum(map(weigh, slim[:50]))


@positive(
    "deferred-field-read",
    model="seedbank.Loan",
    code=(
        'Loan.objects.only("lent_on", "grams", "institute_id")',
        'Loan.objects.only("lent_on", "grams", "institute")',
        'Loan.objects.only("lent_on", "institute_id", "grams")',
    ),
)
def loan_keys():
    """The key was left out as well."""
    loans = Loan.objects.only("lent_on", "grams").filter(grams=3).order_by("pk")[:40]  # site: loan-keys
    return {(loan.lent_on, loan.institute_id): loan.grams for loan in loans}
