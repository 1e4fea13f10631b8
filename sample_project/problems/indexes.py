"""Look-ups in a big table that nobody gave an index; the twins read its copy that has them."""

from datetime import UTC, date, datetime, time, timedelta

from django.shortcuts import render
from django.utils.dateparse import parse_date

from problems.models import IndexedMessage, IndexedShipment, Message, Shipment


def show(request, shipments):
    return render(request, "problems/shipments.html", {"shipments": shipments})


def equality(request):
    code = request.GET.get("code", "1Z00023757")
    return show(request, Shipment.objects.filter(tracking_code=code))  # site: index-equality


def equality_cured(request):
    code = request.GET.get("code", "1Z00023757")
    return show(request, IndexedShipment.objects.filter(tracking_code=code))


def foreign_key(request):
    order = request.GET.get("order", 77)
    return show(request, Shipment.objects.filter(order_id=order))  # site: index-foreign-key


def foreign_key_cured(request):
    order = request.GET.get("order", 77)
    return show(request, IndexedShipment.objects.filter(order_id=order))


def newest_of_depot(request):
    depot = request.GET.get("depot", "D07")
    shipments = Shipment.objects.filter(depot=depot).order_by("-shipped")[:20]  # site: index-order-limit
    return show(request, shipments)


def newest_of_depot_cured(request):
    depot = request.GET.get("depot", "D07")
    return show(request, IndexedShipment.objects.filter(depot=depot).order_by("-shipped")[:20])


def lost(request):
    shipments = Shipment.objects.filter(status="lost").order_by("-shipped")[:20]  # site: index-rare-constant
    return show(request, shipments)


def lost_cured(request):
    return show(request, IndexedShipment.objects.filter(status="lost").order_by("-shipped")[:20])


def text_search(request):
    words = request.GET.get("q", "saxophone")
    messages = Message.objects.filter(body__icontains=words)  # site: index-icontains
    return render(request, "problems/messages.html", {"messages": sorted(messages, key=lambda m: m.pk)[:30]})


def text_search_cured(request):
    words = request.GET.get("q", "saxophone")
    messages = IndexedMessage.objects.filter(body__icontains=words)
    return render(request, "problems/messages.html", {"messages": sorted(messages, key=lambda m: m.pk)[:30]})


def json_key(request):
    form = request.GET.get("form", "CN-0001500")
    return show(request, Shipment.objects.filter(details__customs=form))  # site: index-json-key


def json_key_cured(request):
    form = request.GET.get("form", "CN-0001500")
    return show(request, IndexedShipment.objects.filter(details__customs=form))


def day_of(request):
    return parse_date(request.GET.get("day", "")) or date(2025, 3, 14)


def one_day(request):
    shipments = Shipment.objects.filter(shipped__date=day_of(request))  # site: index-date
    return show(request, shipments.order_by("shipped")[:25])


def one_day_cured(request):
    start = datetime.combine(day_of(request), time(), tzinfo=UTC)
    shipments = IndexedShipment.objects.filter(shipped__gte=start, shipped__lt=start + timedelta(days=1))
    return show(request, shipments.order_by("shipped")[:25])


def contact(request):
    name = request.GET.get("name", "alan baker 1")
    found = Shipment.objects.filter(contact__iexact=name)  # site: index-iexact
    return show(request, sorted(found, key=lambda shipment: shipment.pk))


def contact_cured(request):
    name = request.GET.get("name", "alan baker 1")
    found = IndexedShipment.objects.filter(contact__iexact=name)
    return show(request, sorted(found, key=lambda shipment: shipment.pk))


def label(request):
    name = request.GET.get("label", "lithium")
    found = Shipment.objects.filter(labels__contains=[name])  # site: index-array
    return show(request, sorted(found, key=lambda shipment: shipment.pk)[:20])


def label_cured(request):
    name = request.GET.get("label", "lithium")
    found = IndexedShipment.objects.filter(labels__contains=[name])
    return show(request, sorted(found, key=lambda shipment: shipment.pk)[:20])


def arriving(request):
    moment = datetime(2025, 3, 14, 9, 30, tzinfo=UTC)
    found = Shipment.objects.filter(window__contains=moment)  # site: index-range
    return show(request, sorted(found, key=lambda shipment: shipment.pk)[:40])


def arriving_cured(request):
    moment = datetime(2025, 3, 14, 9, 30, tzinfo=UTC)
    found = IndexedShipment.objects.filter(window__contains=moment)
    return show(request, sorted(found, key=lambda shipment: shipment.pk)[:40])
