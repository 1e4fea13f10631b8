"""What is loaded for nothing."""

from django.db.models import Prefetch
from django.shortcuts import render
from django.views.generic import ListView
from exams.models import Course, Registration, Script, Sitting
from gear.models import Listing, Purchase
from seedbank.models import Accession, Passport
from situation import positive
from ski.models import Rental, Slope, SnowReport

# Eager loads for nothing.


@positive(
    "unused-select-related",
    model="exams.Registration",
    advice=("remove|drop|without|never", "select_related"),
    code_lacks=('"student__programme"',),
)
def seat_numbers():
    rows = (
        # site: seat-numbers
        Registration.objects.select_related("student__programme").filter(seat=5).order_by("pk")[:60]
    )
    return [r.seat for r in rows if r.state == "open"]


@positive(
    "unused-select-related", model="gear.Purchase", code_contains=('"listing"',), code_lacks=('"buyer"',)
)
def sold_titles():
    """One of two is read."""
    # site: sold-titles
    purchases = Purchase.objects.select_related("listing", "buyer").order_by("-price")[:40]
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
        # site: hours-out
        Rental.objects.select_related("item__kind").exclude(back_at=None).order_by("pk")[day : day + 50]
    ):
        out += (rental.back_at - rental.out_at).total_seconds() / 3600
    return out


@positive(
    "unused-select-related",
    model="seedbank.Accession",
    advice=("remove|drop|without|never", "select_related"),
)
class StockList(ListView):
    """The template was simplified, the view was not."""

    # site: stock-list
    queryset = Accession.objects.select_related("country", "shelf__vault").order_by("number")
    template_name = "seedbank/stock.html"
    paginate_by = 40


@positive(
    "unused-prefetch-related", model="ski.Slope", advice=("remove|drop|without|never", "prefetch_related")
)
def slope_names():
    slopes = (
        # site: slope-names
        Slope.objects.prefetch_related("webcams").filter(colour="red").order_by("name")[:50]
    )
    return [slope.name.upper() for slope in slopes]


@positive(
    "unused-prefetch-related",
    model="exams.Sitting",
    code_contains=('"registrations"',),
    code_lacks=('"invigilators"',),
)
def heads():
    # site: heads
    sittings = Sitting.objects.prefetch_related("registrations", "invigilators").order_by("pk")[:20]
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
    # site: exam-codes
    courses = Course.objects.prefetch_related(Prefetch("sittings", queryset=planned, to_attr="planned"))
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
        # site: headlines
        Listing.objects.select_related("story").filter(story__isnull=False).order_by("pk")[:60]
    )
    return [(x.title, x.story.headline) for x in listings]
