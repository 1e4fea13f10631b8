"""What freight's pages ask of the database."""

from django.db import transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery, Sum

from freight.models import Carrier, DispatchJob, Leg, Shipment


def shipments_with_legs(first):
    page = Shipment.objects.filter(pk__gte=first).order_by("pk").prefetch_related("legs")[:50]
    return [(one.reference, len(one.legs.all())) for one in page]


def due_soon(carrier, day):
    open_ones = Shipment.objects.filter(carrier_id=carrier, delivered_at=None, due_on__lte=day)
    return list(open_ones.order_by("-due_on")[:50])


def route(origin, destination):
    return list(Shipment.objects.filter(origin_id=origin, destination_id=destination))


def lost_on_route(origin):
    return Shipment.objects.filter(origin_id=origin, state=Shipment.State.LOST).count()


def where_is(container):
    return Leg.objects.filter(container=container).order_by("-eta").first()


def open_legs():
    return list(Leg.objects.filter(closed=False).order_by("eta")[:100])


def express_waiting():
    return list(Shipment.objects.filter(priority=9, state="waiting"))


def weight_for(consignee):
    return Shipment.objects.filter(consignee=consignee).aggregate(total=Sum("weight"), count=Count("id"))


def customs_chapter(prefix):
    return list(Shipment.objects.filter(customs_code__startswith=prefix))


def customs_or_reference(code, reference):
    return list(Shipment.objects.filter(Q(customs_code=code) | Q(customer_ref=reference)))


def legs_of_customer(reference):
    return list(Leg.objects.filter(shipment__customer_ref=reference).order_by("eta"))


def waiting_without_legs():
    legs = Leg.objects.filter(shipment=OuterRef("pk"))
    return list(Shipment.objects.filter(~Exists(legs), state="waiting")[:100])


def newest_for(first, second, third):
    return list(Shipment.objects.filter(consignee__in=[first, second, third]).order_by("-id")[:20])


def page_with_arrival(first):
    last = (
        Leg.objects.filter(shipment=OuterRef("pk"))
        .values("shipment")
        .annotate(last=Max("eta"))
        .values("last")
    )
    return list(Shipment.objects.filter(pk__gte=first).order_by("pk").annotate(arrival=Subquery(last))[:20])


def overdue(day):
    late = Shipment.objects.filter(delivered_at__isnull=True, cancelled_at__isnull=True, due_on__lt=day)
    return late.count()


def weighing(low, high):
    return list(Shipment.objects.filter(weight__gte=low, weight__lte=high))


def undated_first(carrier):
    return list(Shipment.objects.filter(carrier_id=carrier).order_by(F("due_on").asc(nulls_first=True))[:30])


def urgent_list():
    return list(Shipment.objects.order_by("-priority", "due_on")[:40])


def container_trips(container, begin, end):
    return list(Leg.objects.filter(container=container, eta__range=(begin, end)).select_related("port"))


def cancelled_since(moment):
    return list(Shipment.objects.filter(cancelled_at__gte=moment).order_by("-cancelled_at")[:50])


def lost():
    return list(Shipment.objects.filter(state=Shipment.State.LOST).select_related("carrier"))


def shipment_by_ref(reference):
    return list(Shipment.objects.filter(customer_ref=reference))


def carrier_total(carrier):
    return Shipment.objects.filter(carrier_id=carrier, priority=9).aggregate(total=Sum("weight"))


def eta_between(begin, end):
    return Leg.objects.filter(eta__gte=begin, eta__lt=end).count()


def arriving_on(begin, end):
    return list(Leg.objects.filter(eta__date__range=(begin, end), closed=False))


def cancel_for(consignee):
    """Try what cancelling a consignee's shipments would do."""
    with transaction.atomic():
        Shipment.objects.filter(consignee=consignee, delivered_at=None).update(state="lost")
        transaction.set_rollback(True)


def heaviest():
    return Shipment.objects.aggregate(most=Max("weight"))


def to_country(country, consignee):
    return list(Shipment.objects.filter(destination__country=country, consignee=consignee))


# What no index should be advised for.


def delivered():
    return Shipment.objects.filter(state="delivered").aggregate(total=Sum("weight"))


def work_queue():
    """A worker: few looks at the queue, many changes of it."""
    for _ in range(4):
        jobs = list(DispatchJob.objects.filter(status="new").order_by("run_after")[:40])
        for job in jobs:
            with transaction.atomic():
                DispatchJob.objects.filter(pk=job.pk).update(status="busy", attempts=F("attempts") + 1)
            DispatchJob.objects.filter(pk=job.pk).update(status="done", run_after=F("run_after"))
        DispatchJob.objects.filter(pk__in=[job.pk for job in jobs]).update(status="new")


def carriers_from(country):
    return list(Carrier.objects.filter(country=country))


def by_reference(reference):
    return Shipment.objects.filter(reference=reference).first()


def weight_by_carrier():
    return list(Leg.objects.values("shipment__carrier__name").annotate(total=Sum("shipment__weight")))


def closed_legs():
    return Leg.objects.filter(closed=True).aggregate(latest=Max("container"))


def legs_through(port):
    return list(Leg.objects.filter(port_id=port))


def not_lost():
    return Shipment.objects.exclude(state="lost").aggregate(total=Sum("weight"))


def any_state():
    return Shipment.objects.filter(state__in=["delivered", "moving", "waiting"]).aggregate(
        total=Sum("weight")
    )
