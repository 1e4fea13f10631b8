"""Large tables, and rows that are too many."""

from bloodbank.models import Donation, Donor, Reading
from django.core.paginator import Paginator
from django.http import JsonResponse
from django.views.generic import ListView
from orbit.models import Delivery, Satellite, Telemetry
from orbit.serializers import DeliverySerializer
from rest_framework import viewsets
from situation import positive


@positive("unbounded-result", model="orbit.Delivery", advice=("paginat|limit|slice",))
class DeliveryViewSet(viewsets.ReadOnlyModelViewSet):
    """An endpoint without pages."""

    queryset = Delivery.objects.order_by("pk")  # site: delivery-view-set
    serializer_class = DeliverySerializer
    pagination_class = None


@positive("unbounded-result", model="bloodbank.Donation", advice=("paginat|limit|slice|iterator",))
def every_donation(request):
    donations = Donation.objects.order_by("pk")  # site: every-donation
    return JsonResponse({"volumes": [{"id": d.pk, "ml": d.volume} for d in donations]})


@positive("deep-offset", model="orbit.Telemetry", advice=("keyset|__gt|__lt|seek|last",))
def old_telemetry():
    """What an endless scroll asks for in the end."""
    rows = Telemetry.objects.order_by("pk")[200_000:200_050]  # site: old-telemetry
    return [(row.channel, row.value) for row in rows]


@positive(
    "deep-offset",
    model="bloodbank.Reading",
    advice=("keyset|__gt|__lt|seek|last",),
    also=("query-in-loop",),
    beside=("query-in-loop",),
)
def export_readings():
    """Page by page, each from the start."""
    size, out = 2000, []
    for start in range(150_000, 160_000, size):
        batch = Reading.objects.order_by("pk")[start : start + size]  # site: export-readings
        out.extend(f"{reading.at:%H:%M};{reading.celsius}" for reading in batch)
    return out


@positive("random-order", model="orbit.Telemetry", advice=("random|sample|TABLESAMPLE",))
def spot_check():
    sample = Telemetry.objects.order_by("?")[:10]  # site: spot-check
    return [(one.channel, one.value) for one in sample]


@positive("random-order", model="bloodbank.Donation", advice=("random|sample|TABLESAMPLE",))
def audit():
    """A filter besides; the first of them."""
    donation = Donation.objects.filter(volume__gt=100).order_by("?").first()  # site: audit
    return donation.pk, donation.volume


@positive(
    "expensive-count",
    model="bloodbank.Reading",
    advice=("estimate|reltuples|without count|show_full|has_next|paginator",),
)
def readings_page(request):
    """The paginator counts all of them."""
    # site: readings-page
    page = Paginator(Reading.objects.order_by("-pk"), 50).get_page(1)
    return JsonResponse(
        {"readings": [reading.celsius for reading in page], "pages": page.paginator.num_pages}
    )


@positive(
    "expensive-count",
    model="orbit.Telemetry",
    advice=("estimate|reltuples|without count|has_next|paginator",),
)
class TelemetryList(ListView):
    queryset = Telemetry.objects.order_by("-pk")  # site: telemetry-list
    paginate_by = 25
    template_name = "orbit/telemetry.html"


@positive("distinct-after-join", model="bloodbank.Donor", code_contains=("Exists(|__in=",))
def faithful():
    # site: faithful
    donors = Donor.objects.filter(donations__volume__gte=450).distinct().order_by("name")
    return [donor.email for donor in donors[:100]]


@positive("distinct-after-join", model="orbit.Satellite", code_contains=("Exists(|__in=",))
def troubled():
    crafts = Satellite.objects.filter(anomalies__severity=5)  # site: troubled
    return sorted(craft.name for craft in crafts.distinct())
