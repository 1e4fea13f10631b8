"""A list that has one row today."""

from django.shortcuts import render
from exams.models import Appeal, Registration, Sitting, Student
from gear.models import Listing, Purchase, Seller
from rest_framework import generics
from seedbank.models import Accession, Loan
from situation import negative, positive
from ski.api import RentalSerializer
from ski.models import Booking, Lift, Rental


@positive(
    "latent-n-plus-one",
    model="ski.Lift",
    relations=("zone__resort",),
    code=('Lift.objects.select_related("zone__resort")', 'Lift.objects.prefetch_related("zone__resort")'),
    also=("n-plus-one",),
)
def lifts_called():
    """Names aren't unique."""
    return [
        f"{lift.name}, {lift.zone.resort.name}"
        # site: lifts-called
        for lift in Lift.objects.filter(name="Lift 07")
    ]


@positive(
    "latent-n-plus-one",
    model="ski.Booking",
    relations=("course__instructor", "skier"),
    code=('Booking.objects.select_related("course__instructor", "skier")',),
    also=("n-plus-one",),
)
def slips(request):
    """A template's loop, around the one of today."""
    newest = Booking.objects.order_by("pk").first()
    bookings = Booking.objects.filter(booked_at__gte=newest.booked_at)  # site: slips
    return render(request, "ski/slips.html", {"bookings": bookings})


@positive(
    "latent-n-plus-one",
    model="exams.Student",
    relations=("registrations",),
    code=('Student.objects.prefetch_related("registrations")',),
    also=("n-plus-one",),
)
def namesakes():
    out = {}
    for student in Student.objects.filter(account__last_name="Last250"):  # site: namesakes
        out[student.number] = [r.state for r in student.registrations.all()]
    return out


@positive(
    "latent-n-plus-one",
    model="ski.Rental",
    relations=("item__kind", "skier"),
    code=('Rental.objects.select_related("item__kind", "skier")',),
    also=("n-plus-one",),
)
class FirstRentals(generics.ListAPIView):
    """A serializer with `many=True`."""

    serializer_class = RentalSerializer

    def get_queryset(self):
        first = Rental.objects.order_by("pk").values_list("out_at", flat=True)[:1]
        return Rental.objects.filter(out_at=first, back_at=None)  # site: first-rentals


@positive(
    "latent-n-plus-one",
    model="gear.Listing",
    code_contains=("annotate(|Max(|Subquery(",),
    also=("n-plus-one", "query-in-loop"),
)
def one_title():
    """A cached property, of one row."""
    return {
        x.title: x.best_offer
        # site: one-title
        for x in Listing.objects.filter(title="Instrument 30").order_by("-price")
    }


@positive(
    "latent-n-plus-one",
    model="seedbank.Loan",
    relations=("institute__country",),
    code=('Loan.objects.select_related("institute__country")',),
    also=("n-plus-one",),
)
def loan_letters():
    loans = Loan.objects.filter(accession__number="AC00007").order_by("pk")  # site: loan-letters
    return [f"{loan.institute.name}, {loan.institute.country.name}" for loan in loans[:20]]


@negative("latent-n-plus-one", "`get()` can give but one")
def one_sitting():
    sitting = Sitting.objects.get(pk=Sitting.objects.order_by("pk").values("pk")[:1])
    return sitting.examiner.account.last_name, sitting.course.title


@negative("latent-n-plus-one", "a unique column decides")
def of_number():
    return [s.account.email for s in Student.objects.filter(number="M00010")]


@negative("latent-n-plus-one", "the newest, never more than one")
def newest_appeal():
    for appeal in Appeal.objects.order_by("-pk")[:1]:
        return appeal.grade.points, appeal.reason


@negative("latent-n-plus-one", "`first()`, and what belongs to it")
def first_seller():
    seller = Seller.objects.filter(city="City 3").order_by("since").first()
    return seller and (seller.account.username, [x.title for x in seller.listings.order_by("pk")[:5]])


@negative("latent-n-plus-one", "the list has one row, and it brought the relation with it")
def joined_row():
    return [
        (x.pk, x.seller.account.username) for x in Listing.objects.with_seller().filter(title="Instrument 33")
    ]


@negative("latent-n-plus-one", "the primary key decides, however it is spelt")
def by_key():
    key = Accession.objects.values_list("pk", flat=True).order_by("number")[0]
    return [a.taxon.name for a in Accession.objects.filter(pk=key)]


@negative("latent-n-plus-one", "only NULL keys in the list")
def uncollected():
    return [
        p.courier.name if p.courier else "collect"
        for p in Purchase.objects.filter(courier=None).order_by("pk")[:1]
    ]


@negative("n-plus-one", "the loop is a test's body")
def their_own_test():
    from exams.tests import test_everybody_has_an_examiner

    test_everybody_has_an_examiner()


@negative("latent-n-plus-one", "the list is empty")
def nobody_there():
    return [r.student.full_name for r in Registration.objects.filter(state="lost")]
