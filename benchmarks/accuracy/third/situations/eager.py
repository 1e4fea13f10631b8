"""What is loaded ahead, too little, wrongly or for nothing."""

from django.db.models import Prefetch
from django.shortcuts import render
from django.views.generic import ListView
from exams.models import Course, Examiner, Registration, Script, Sitting, Student
from gear.models import Listing, Purchase, Seller, Story
from seedbank.models import Accession, Loan, Passport, Vault
from situation import positive
from ski.models import Instructor, Rental, Slope, SnowReport

# A prefetch that is asked again with a filter, an order or a slice.


@positive(
    "refiltered-prefetch",
    model="gear.Listing",
    code_contains=("Prefetch(",),
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
    code_contains=("Prefetch(|sorted(",),
    also=("n-plus-one", "query-in-loop"),
    beside=("unused-prefetch-related",),
)
def shelves_in_order():
    vaults = Vault.objects.prefetch_related("shelves").order_by("name")  # site: shelves-in-order
    return "\n".join(f"{v.name}: {[s.label for s in v.shelves.order_by('-label')]}" for v in vaults)


@positive(
    "refiltered-prefetch",
    model="exams.Student",
    code_contains=("Prefetch(|select_related(|annotate(",),
    also=("n-plus-one", "query-in-loop"),
    beside=("unused-prefetch-related", "n-plus-one"),
)
def latest_registrations():
    """`first()` of the sorted."""
    students = Student.objects.prefetch_related("registrations").filter(tutor=None)[
        :25
    ]  # site: latest-registrations
    return [(s.number, s.registrations.order_by("-pk").first().state) for s in students]


@positive(
    "refiltered-prefetch",
    model="ski.Instructor",
    code_contains=("Prefetch(|annotate(|len(",),
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
    people = Examiner.objects.select_related("account").only(
        "title", "account__username"
    )  # site: name-plates
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


# Eager loads for nothing.


@positive(
    "unused-select-related",
    model="exams.Registration",
    advice=("remove|drop|without|never", "select_related"),
    code_lacks=('"student__programme"',),
)
def seat_numbers():
    rows = (
        Registration.objects.select_related("student__programme").filter(seat=5).order_by("pk")[:60]
    )  # site: seat-numbers
    return [r.seat for r in rows if r.state == "open"]


@positive(
    "unused-select-related", model="gear.Purchase", code_contains=('"listing"',), code_lacks=('"buyer"',)
)
def sold_titles():
    """One of two is read."""
    purchases = Purchase.objects.select_related("listing", "buyer").order_by("-price")[
        :40
    ]  # site: sold-titles
    return "; ".join(p.listing.title for p in purchases)


@positive(
    "unused-select-related",
    model="ski.Rental",
    advice=("remove|drop|without|never", "select_related"),
    runs=({"day": 2}, {"day": 4}),
)
def hours_out(day):
    out = 0
    for rental in (
        Rental.objects.select_related("item__kind").exclude(back_at=None).order_by("pk")[day : day + 50]
    ):  # site: hours-out
        out += (rental.back_at - rental.out_at).total_seconds() / 3600
    return out


@positive(
    "unused-select-related",
    model="seedbank.Accession",
    advice=("remove|drop|without|never", "select_related"),
)
class StockList(ListView):
    """The template was simplified, the view was not."""

    queryset = Accession.objects.select_related("country", "shelf__vault").order_by(
        "number"
    )  # site: stock-list
    template_name = "seedbank/stock.html"
    paginate_by = 40


@positive(
    "unused-prefetch-related", model="ski.Slope", advice=("remove|drop|without|never", "prefetch_related")
)
def slope_names():
    slopes = (
        Slope.objects.prefetch_related("webcams").filter(colour="red").order_by("name")[:50]
    )  # site: slope-names
    return [slope.name.upper() for slope in slopes]


@positive(
    "unused-prefetch-related",
    model="exams.Sitting",
    code_contains=('"registrations"',),
    code_lacks=('"invigilators"',),
)
def heads():
    sittings = Sitting.objects.prefetch_related("registrations", "invigilators").order_by("pk")[
        :20
    ]  # site: heads
    return [[r.seat for r in sitting.registrations.all()] for sitting in sittings]


@positive(
    "unused-prefetch-related", model="gear.Listing", advice=("remove|drop|without|never", "prefetch_related")
)
def price_tags(request):
    listings = Listing.objects.newest().prefetch_related("photos", "watchers")[:40]  # site: price-tags
    return render(request, "gear/prices.html", {"listings": listings})


@positive(
    "unused-prefetch-related", model="exams.Course", advice=("remove|drop|without|never", "prefetch_related")
)
def exam_codes():
    """A Prefetch object with an attribute nobody reads."""
    planned = Sitting.objects.filter(state="planned")
    courses = Course.objects.prefetch_related(
        Prefetch("sittings", queryset=planned, to_attr="planned")
    )  # site: exam-codes
    return [course.code for course in courses.order_by("code")[:60]]


# Wide columns that nobody reads.


@positive("unread-columns", model="seedbank.Passport", code_contains=("only(|defer(|values",))
def passport_titles():
    return [p.title for p in Passport.objects.order_by("pk")[:80]]  # site: passport-titles


@positive("unread-columns", model="ski.SnowReport", code_contains=("only(|defer(|values",))
def snow_table(request):
    reports = SnowReport.objects.order_by("-at")[:100]  # site: snow-table
    return render(request, "ski/snow.html", {"reports": reports})


@positive("unread-columns", model="exams.Script", code_contains=("only(|defer(|values",))
def page_counts():
    total = {}
    for script in Script.objects.select_related("registration").order_by("pk")[:70]:  # site: page-counts
        total.setdefault(script.registration.state, []).append(script.pages)
    return total


@positive("unread-columns", model="gear.Story|gear.Listing", code_contains=("only(|defer(",))
def headlines():
    """The wide ones come along by a join."""
    listings = (
        Listing.objects.select_related("story").filter(story__isnull=False).order_by("pk")[:60]
    )  # site: headlines
    return [(x.title, x.story.headline) for x in listings]
