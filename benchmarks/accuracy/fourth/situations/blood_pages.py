"""Pages of the blood bank."""

from bloodbank.models import Badge, Centre, Donation, Donor, Drive, Order, Staff, Unit
from bloodbank.services import OrderRow, full_name, spoilt_units, urgent_orders, where_is
from django.core.management import call_command
from django.core.paginator import Paginator
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.views.generic import ListView
from situation import positive

from situations import joined


@positive("n-plus-one", model="bloodbank.Donor", relations=("centre",), code=joined("centre"))
def rare_donors():
    """A queryset's own method."""
    # site: rare-donors
    return [f"{d.name} <{d.email}> {d.centre.name}" for d in Donor.objects.of_group("O-")[:40]]


@positive("n-plus-one", model="bloodbank.Centre", relations=("region",), code=joined("region"))
def centre_menu():
    return {c.pk: str(c) for c in Centre.objects.order_by("name")}  # site: centre-menu


@positive("n-plus-one", model="bloodbank.Drive", relations=("centre__region",), code=joined("centre__region"))
def next_drives(request):
    """The template prints the object, whose `__str__` prints another one."""
    drives = Drive.objects.order_by("-starts_at")[:30]  # site: next-drives
    return render(request, "bloodbank/drives.html", {"drives": drives})


@positive(
    "n-plus-one",
    model="bloodbank.Donation",
    relations=("donor", "taken_by"),
    code=joined("donor", "taken_by"),
)
def donation_sheet(request):
    """An include, on a page of a paginator."""
    # site: donation-sheet
    paginator = Paginator(Donation.objects.filter(status="deferred").order_by("-at"), 40)
    return render(request, "bloodbank/sheet.html", {"page": paginator.get_page(request.GET.get("page"))})


@positive("n-plus-one", model="bloodbank.Unit", relations=("component",), code=joined("component"))
def labels():
    units = Unit.objects.filter(status="stored").order_by("-code")[:60]  # site: labels
    return "\n".join(map(Unit.label, units))


@positive("n-plus-one", model="bloodbank.Unit", relations=("donation",), code=joined("donation"))
def oldest_first():
    """The key of a sort."""
    units = list(Unit.objects.filter(fridge__name="Fridge 007")[:80])  # site: oldest-first
    units.sort(key=lambda unit: unit.donation.at)
    return [f"{unit.code} {unit.donation.volume} ml" for unit in units]


@positive(
    "n-plus-one",
    model="bloodbank.Order",
    relations=("tags",),
    code=('Order.objects.prefetch_related("tags")',),
)
def tagged_orders(request):
    """A filter of the templates."""
    orders = Order.objects.filter(priority="urgent").order_by("number")[:40]  # site: tagged-orders
    return render(request, "bloodbank/tagged.html", {"orders": orders})


@positive("n-plus-one", model="bloodbank.Donor", relations=("health",), code=joined("health"))
def with_allergies():
    """A fourth of the rows is missing."""
    found = []
    for donor in Donor.objects.order_by("email")[:80]:  # site: with-allergies
        if hasattr(donor, "health"):
            found.append((donor.name, donor.health.allergies))
    return found


@positive("n-plus-one", model="bloodbank.Donor", relations=("referred_by",), code=joined("referred_by"))
def thanks():
    recruits = Donor.objects.filter(referred_by__isnull=False).order_by("name")  # site: thanks
    for recruit in recruits[:45]:
        yield f"Thank you, {recruit.referred_by.name}, for bringing {recruit.name}!"


@positive("n-plus-one", model="bloodbank.Staff", relations=("badge",), code=joined("badge"))
def phlebotomists(request):
    people = Staff.objects.filter(centre__is_mobile=True).order_by("username")  # site: phlebotomists
    return render(request, "bloodbank/phlebotomists.html", {"people": people})


@positive("n-plus-one", model="bloodbank.Donation", relations=("donor",), code=joined("donor"))
def donor_cards(request):
    """A tag of the templates."""
    # site: donor-cards
    donations = Donation.objects.filter(drive__name="Drive 5").order_by("at")[:50]
    return render(request, "bloodbank/cards.html", {"donations": donations})


@positive(
    "n-plus-one",
    model="bloodbank.Drive",
    relations=("shifts__staff",),
    code=('Drive.objects.prefetch_related("shifts__staff")', 'Drive.objects.prefetch_related("shifts", "shifts__staff")',
          'queryset = Drive.objects.prefetch_related("shifts__staff")',
          'Drive.objects.prefetch_related(Prefetch("shifts", queryset=Shift.objects.select_related("staff")))'),
)  # fmt: skip
class Crews(ListView):
    """An inclusion tag reads rows and a relation of each."""

    queryset = Drive.objects.order_by("name")  # site: crews
    paginate_by = 20
    template_name = "bloodbank/crews.html"


@positive(
    "n-plus-one",
    model="bloodbank.Order",
    relations=("created_by", "hospital"),
    code=joined("hospital", "created_by"),
)
def urgent_board():
    """Dataclasses are made of them."""
    return [OrderRow.of(order) for order in urgent_orders()[:40]]


@positive("n-plus-one", model="bloodbank.Unit", relations=("fridge__centre",), code=joined("fridge__centre"))
def spoilt_report():
    """Two helpers deep."""
    return {unit.code: where_is(unit) for unit in spoilt_units(50)}


@positive(
    "n-plus-one",
    model="bloodbank.Unit",
    relations=("component", "fridge__centre"),
    code=joined("component", "fridge__centre"),
)
def expiry_mail():
    """A management command."""
    from io import StringIO

    out = StringIO()
    call_command("expiry_mail", "--limit", "50", stdout=out)
    return out.getvalue()


@positive(
    "n-plus-one", model="bloodbank.Donation", relations=("donor__centre",), code=joined("donor__centre")
)
def donations_csv():
    """Streamed."""

    def lines():
        # site: donations-csv
        for donation in Donation.objects.filter(status="lost").order_by("pk")[:200].iterator():
            donor = donation.donor
            yield f"{donation.pk};{donor.name};{donor.centre.name}\n"

    return StreamingHttpResponse(lines(), content_type="text/csv")


@positive(
    "n-plus-one",
    model="bloodbank.Staff",
    relations=("drives",),
    code=('Staff.objects.prefetch_related("drives")',),
)
def rota():
    nurses = Staff.objects.filter(username__startswith="staff1").order_by("username")  # site: rota
    return {full_name(nurse): [drive.name for drive in nurse.drives.all()] for nurse in nurses[:25]}


@positive("n-plus-one", model="bloodbank.Badge", relations=("staff__centre",), code=joined("staff__centre"))
def badge_list():
    """Forward, and then a nullable key."""
    rows = []
    badges = Badge.objects.order_by("number")  # site: badge-list
    for badge in badges:
        holder = badge.staff
        rows.append((badge.number, holder.centre.name if holder.centre else "head office"))
    return rows
