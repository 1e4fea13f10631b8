"""Rows that are loaded to know whether, or how many."""

from django.shortcuts import render
from exams.models import (
    Grade,
    Sitting,
    Student,
)
from gear.models import Coupon, Message, Repair
from seedbank.models import Institute, Shelf
from situation import positive
from ski.models import Pass, Rental

# Asked whether, then fetched.


@positive(
    "exists-then-get",
    model="gear.Coupon",
    advice=("first(|try|doesnotexist",),
    also=("duplicate-query", "query-in-loop"),
)
def redeem():
    code = "K0042"
    if Coupon.objects.filter(code=code).exists():  # site: redeem
        coupon = Coupon.objects.get(code=code)  # site: redeem
        return coupon.percent
    return 0


@positive(
    "exists-then-get", model="exams.Student", advice=("first(|try|doesnotexist",), also=("duplicate-query",)
)
def find_student():
    matches = Student.objects.filter(number="M00123")  # site: find-student
    if not matches.exists():  # site: find-student
        return None
    return matches.get().programme_id  # site: find-student


@positive(
    "exists-then-get",
    model="ski.Rental",
    advice=("first(|try|doesnotexist|list|once",),
    also=("duplicate-query", "queryset-evaluated-twice"),
)
def newest_open_rental():
    """Then the newest of them."""
    # site: newest-open-rental
    still_out = Rental.objects.filter(back_at__isnull=True, item__kind__name="Kind 9")
    if still_out.exists():  # site: newest-open-rental
        return still_out.order_by("-out_at").first().skier_id  # site: newest-open-rental
    return None


@positive(
    "exists-then-get",
    model="seedbank.Shelf",
    advice=("list|once|iterate|if |first(",),
    also=("queryset-evaluated-twice", "duplicate-query", "truth-instead-of-exists"),
)
def shelf_labels():
    """And all of them are read."""
    shelves = Shelf.objects.filter(vault__name="Vault 2").order_by("label")  # site: shelf-labels
    if shelves.exists():  # site: shelf-labels
        return ", ".join(shelf.label for shelf in shelves)
    return "empty"


# The rows are loaded for a number or for a yes.


@positive("len-instead-of-count", model="gear.Message", code_contains=("count()",))
def unread():
    mine = Message.objects.filter(is_read=False)  # site: unread
    return f"You have {len(mine)} messages"  # site: unread


@positive("len-instead-of-count", model="exams.Registration", code_contains=("count()",))
def head_count():
    sitting = Sitting.objects.order_by("pk").first()
    return len(sitting.registrations.filter(state="done"))  # site: head-count


@positive("len-instead-of-count", model="ski.Pass", code_contains=("count()",))
def season_holders():
    passes = list(Pass.objects.filter(kind="season"))  # site: season-holders
    return {"holders": len(passes)}


@positive("truth-instead-of-exists", model="gear.Repair", code_contains=("exists()",))
def has_repairs():
    repairs = Repair.objects.filter(state="open")  # site: has-repairs
    if repairs:  # site: has-repairs
        return "busy"
    return "idle"


@positive("truth-instead-of-exists", model="seedbank.Loan", code_contains=("exists()",))
def may_borrow():
    institute = Institute.objects.get(name="Institute 3")
    return not bool(institute.loans.filter(returned_on=None))  # site: may-borrow


@positive("truth-instead-of-exists", model="exams.Grade", code_contains=("exists()",))
def is_published(request):
    """A template's `if`."""
    hidden = Grade.objects.filter(published_at=None)  # site: is-published
    return render(request, "exams/published.html", {"hidden": hidden})
