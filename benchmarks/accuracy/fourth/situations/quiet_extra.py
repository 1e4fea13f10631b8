"""Near misses of a rarer kind."""

from functools import cache

from bloodbank.models import Centre, Component, Donation, Hospital, Issue, Order, Tag, Unit
from django import forms
from django.contrib import admin
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.views.generic import DetailView
from orbit.models import Command, Contact, Country, Platform, Satellite
from situation import negative


@negative("n-plus-one", "one object, through many of its own relations")
class OrderPage(DetailView):
    context_object_name = "order"
    template_name = "bloodbank/order.html"

    def get_object(self, queryset=None):
        return Order.objects.get(number="N00006")


@negative("n-plus-one", "streamed, and joined")
def joined_csv():
    donations = Donation.objects.select_related("donor__centre").filter(status="lost").order_by("pk")[:300]
    lines = (f"{d.pk};{d.donor.name};{d.donor.centre.name}\n" for d in donations.iterator())
    return StreamingHttpResponse(lines, content_type="text/csv")


@negative("n-plus-one", "Django's admin joins a key that `list_display` names")
@admin.register(Issue)
class IssueAdmin(admin.ModelAdmin):
    list_display = ["id", "unit"]
    list_per_page = 25


@negative("n-plus-one", "the choices come with their region")
def joined_choices(request):
    class FridgeForm(forms.Form):
        name = forms.CharField()
        centre = forms.ModelChoiceField(Centre.objects.select_related("region").order_by("name"))

    return render(request, "bloodbank/form.html", {"form": FridgeForm()})


@negative("duplicate-query", "the same question to three servers")
def servers():
    return {alias: Hospital.objects.using(alias).count() for alias in ("north", "south", "west")}


@negative("query-in-loop", "one query per server")
def everywhere():
    names = {}
    for alias in ("north", "south", "west"):
        names[alias] = [tag.name for tag in Tag.objects.using(alias).order_by("name")[:5]]
    return names


@negative("uncached-lookup", "a memo: two values, two queries")
def memo():
    @cache
    def days(code):
        return Component.objects.get(code=code).shelf_days

    return [days(("C1", "C2")[i % 2]) for i in range(30)]


@negative("uncached-lookup", "a dict is filled as values turn up")
def filled_dict():
    names = {}
    result = []
    for platform in Platform.objects.order_by("name"):
        result.append((platform.name, platform.maker_id))
    for code in ("A0", "A0", "A1", "A0", "A1", "A1", "A0", "A1"):
        if code not in names:
            names[code] = Country.objects.get(code=code).name
        result.append((code, names[code]))
    return result


@negative("exists-then-get", "asked before something dear, which reads another table")
def dear():
    if not Contact.objects.filter(state="planned").exists():
        return []
    return [craft.norad for craft in Satellite.objects.filter(status="safe").order_by("norad")[:20]]


@negative("write-in-loop", "thousands, in batches of five hundred")
def in_batches():
    contact = Contact.objects.upcoming().first()
    for start in range(0, 1500, 500):
        batch = [Command(contact=contact, opcode=f"B{start + i}") for i in range(500)]
        Command.objects.bulk_create(batch)


@negative("count-then-iterate", "one counts the stored units, the other lists the spoilt ones")
def two_sorts_of_units():
    stored = Unit.objects.filter(status="stored").count()
    spoilt = [unit.code for unit in Unit.objects.filter(status="spoilt").order_by("code")[:20]]
    return stored, spoilt


@negative("one-query-per-instance-prefetch", "one instance is all there is")
def one_instance():
    from django.db.models import prefetch_related_objects

    order = Order.objects.get(number="N00009")
    prefetch_related_objects([order], "lines__component")
    return [(line.quantity, line.component.name) for line in order.lines.all()]
