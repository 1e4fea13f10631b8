"""What is met less often."""

import time

from bloodbank.models import Drive, Shift
from django.contrib import admin
from django.db import transaction
from django.shortcuts import render
from django.template import engines
from orbit.models import Anomaly, Contact, Product, Satellite
from situation import positive

from situations import joined


@positive(
    "n-plus-one", model="orbit.Contact", relations=("engineer", "station"), code=joined("station", "engineer")
)
def printed_contacts():
    """Jinja2."""
    contacts = Contact.objects.filter(state="done").order_by("starts_at")[:30]  # site: printed-contacts
    return engines["jinja2"].get_template("orbit/contacts.html.j2").render({"contacts": contacts})


@positive(
    "duplicate-query",
    model="orbit.Anomaly",
    advice=("once|reuse|with|cache|variable",),
    also=("queryset-evaluated-twice",),
)
def open_anomalies(request):
    """The template counts twice."""
    anomalies = Anomaly.objects.filter(severity__gte=4)  # site: open-anomalies
    return render(request, "orbit/tally.html", {"anomalies": anomalies})


@positive(
    "query-in-loop",
    model="orbit.Product",
    advice=("__in|in_bulk|one query|once",),
    also=("n-plus-one",),
)
def prices_again():
    """Each of them is read anew."""
    products = list(Product.objects.order_by("price", "pk")[:15])  # site: prices-again
    Product.objects.filter(price__lt=20).update(price=21)
    for product in products:
        product.refresh_from_db()  # site: prices-again
    return [product.price for product in products]


def _reset_fuel():
    Satellite.objects.update(fuel=100)


@positive("long-transaction", advice=("transaction|atomic",), is_autocommit=True, clean=_reset_fuel)
@transaction.atomic  # site: burn-in-turn
def burn_in_turn():
    """One transaction around six answers from elsewhere."""
    crafts = Satellite.objects.filter(norad__lt=40006).order_by("norad").select_for_update(of=("self",))
    burnt = list(crafts)  # site: burn-in-turn
    for craft in burnt:
        craft.fuel -= _order_burn(craft.norad)
    Satellite.objects.bulk_update(burnt, ["fuel"])


def _order_burn(norad):
    time.sleep(0.5)
    return norad % 7


class ShiftRows(admin.TabularInline):  # site: drive-admin
    model = Shift  # site: drive-admin
    extra = 3


@positive(
    "duplicate-query",
    advice=("raw_id_fields|autocomplete|choices|formfield_for_foreignkey|once",),
    also=("n-plus-one", "query-in-loop", "queryset-evaluated-twice"),
    runs=({"pk": 1},),
)
@admin.register(Drive)
class DriveAdmin(admin.ModelAdmin):
    """Each row of the inline fills its own list of all the staff."""

    inlines = [ShiftRows]  # site: drive-admin
    fields = ["name", "starts_at"]
