"""The same rows more than once."""

from django.shortcuts import render
from exams.models import (
    Appeal,
    Course,
    Sitting,
)
from gear.models import Category, Listing, Purchase
from seedbank.models import Institute, Tag, Vault
from situation import positive
from ski.models import Instructor, Item, Slope

AGAIN = ("once|reuse|again|keep|pass",)


# One query from several places.


@positive("duplicate-query", model="exams.Course", advice=AGAIN, also=("uncached-lookup",))
def header_and_footer():
    """Three helpers, and each looks for the course."""
    return _title(), _department(), _code()


def _course():
    return Course.objects.get(code="C011")  # site: header-and-footer


def _title():
    return _course().title.upper()


def _department():
    return _course().department_id


def _code():
    return f"<{_course().code}>"


@positive(
    "duplicate-query",
    model="gear.Category",
    advice=AGAIN,
    also=("queryset-evaluated-twice", "uncached-lookup"),
)
def two_menus():
    """Built anew by a helper for each of two menus."""
    side = [c.name for c in top_categories()]
    foot = {c.slug: c.name for c in top_categories()}
    return side, foot


def top_categories():
    return Category.objects.filter(parent=None).order_by("name")  # site: two-menus


@positive(
    "duplicate-query", advice=AGAIN, also=("uncached-lookup", "queryset-evaluated-twice", "query-in-loop")
)
def desk_sheet():
    """A property without a cache, read in four places."""

    class Sheet:
        @property
        def team(self):
            return list(
                # site: desk-sheet
                Instructor.objects.filter(resort__name="Resort 1").order_by("name")
            )

    sheet = Sheet()
    return len(sheet.team), sheet.team[0].name, sheet.team[-1].name, [t.speciality for t in sheet.team]


@positive(
    "duplicate-query",
    model="seedbank.Collector",
    advice=AGAIN,
    also=("queryset-evaluated-twice", "n-plus-one"),
)
def team_of():
    """A related manager, twice."""
    institute = Institute.objects.get(name="Institute 7")
    names = [c.name for c in institute.collectors.all()]  # site: team-of
    mentors = {c.mentor_id for c in institute.collectors.all()}  # site: team-of
    return names, mentors


@positive("duplicate-query", model="ski.Slope", advice=AGAIN, also=("uncached-lookup", "exists-then-get"))
def slope_form(request):
    """The form, the heading and the log."""
    first = Slope.objects.filter(name="Slope 011").first()  # site: slope-form
    heading = f"Slope: {Slope.objects.filter(name='Slope 011').first().colour}"  # site: slope-form
    return heading, first.zone_id


# One queryset, evaluated more than once.


@positive(
    "queryset-evaluated-twice",
    model="gear.Purchase",
    advice=("once|list(|keep|reuse",),
    also=("duplicate-query", "count-then-iterate", "len-instead-of-count"),
)
def shipped_twice():
    shipped = Purchase.objects.filter(state="shipped", price__gt=2800)  # site: shipped-twice
    total = sum(p.price for p in shipped.all())
    best = max(p.price for p in shipped.all())
    return total, best


@positive(
    "queryset-evaluated-twice",
    model="exams.Appeal",
    advice=("once|list(|keep|reuse",),
    also=("duplicate-query",),
)
def appeals_in_two_columns():
    """Slices of what was not evaluated yet."""
    appeals = Appeal.objects.filter(state="new").order_by("pk")  # site: appeals-in-two-columns
    left = [a.reason for a in appeals[:100]]
    right = [a.pk for a in appeals[:100]]
    return left, right


@positive(
    "queryset-evaluated-twice",
    model="seedbank.Vault",
    advice=("once|list(|keep|reuse",),
    also=("duplicate-query",),
)
def vault_options():
    vaults = Vault.objects.order_by("celsius")  # site: vault-options

    def options():
        return [(v.pk, v.name) for v in vaults.iterator()]

    return {"from": options(), "to": options()}


@positive(
    "queryset-evaluated-twice",
    model="ski.Item",
    advice=("once|list(|keep|reuse|first",),
    also=("duplicate-query", "exists-then-get", "truth-instead-of-exists"),
)
def worn_report():
    """Indices, each of which asks."""
    worn = Item.objects.filter(state="worn").order_by("serial")  # site: worn-report
    return [worn[0].serial, worn[1].serial, worn[2].serial, worn[3].serial]


# Counted, then read.


@positive(
    "count-then-iterate", model="gear.Offer", advice=("len(|length",), also=("queryset-evaluated-twice",)
)
def offers_of():
    listing = Listing.objects.get(title="Instrument 12")
    offers = listing.offers.order_by("-amount")  # site: offers-of
    return {"number": offers.count(), "amounts": [o.amount for o in offers]}


@positive(
    "count-then-iterate", model="exams.Sitting", advice=("len(|length",), also=("queryset-evaluated-twice",)
)
def planned(request):
    """The template counts what it shows."""
    sittings = Sitting.objects.upcoming().filter(room=None).order_by("pk")  # site: planned
    return render(request, "exams/planned.html", {"sittings": sittings})


@positive(
    "count-then-iterate", model="seedbank.Tag", advice=("len(|length",), also=("queryset-evaluated-twice",)
)
def tag_summary():
    tags = Tag.objects.filter(name__startswith="tag1").order_by("name")  # site: tag-summary
    head = f"{tags.count()} tags"
    return "\n".join([head, *(tag.name for tag in tags)])
