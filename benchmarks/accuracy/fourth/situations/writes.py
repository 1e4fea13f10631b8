"""Writing row by row."""

import time

from bloodbank.models import Donor, Drive, Fridge, Option, OrderLine, Shift, Staff, Tag, Unit
from django.db import transaction
from orbit.models import Command, Contact, Delivery, Keyword, Product, Satellite
from situation import positive


@positive("write-in-loop", model="bloodbank.Donor", code_contains=("bulk_update(|update(",))
def award_points():
    """Another value for each."""
    for place, donor in enumerate(Donor.objects.of_group("O-")[:20]):  # site: award-points
        donor.points = 100 - place
        donor.save(update_fields=["points"])  # site: award-points


@positive("write-in-loop", model="orbit.Command", code_contains=("update(",))
def mark_sent():
    """The same value for all."""
    for command in Command.objects.filter(contact__state="planned", is_sent=False)[:40]:  # site: mark-sent
        command.is_sent = True
        command.save()  # site: mark-sent


@positive("write-in-loop", model="orbit.Satellite", code_contains=("F(|bulk_update(",))
def burn():
    """One less for each."""
    for craft in Satellite.objects.filter(status="active"):  # site: burn
        craft.fuel -= 1
        craft.save(update_fields=["fuel"])  # site: burn


@positive("write-in-loop", model="orbit.Delivery", code_contains=("bulk_create(",))
def subscribe():
    when = Delivery.objects.latest("at").at
    customers = range(*_customers())
    product = Product.objects.earliest("pk")
    for pk in customers:
        Delivery.objects.create(product=product, customer_id=pk, at=when)  # site: subscribe


def _customers():
    from orbit.models import Customer

    first = Customer.objects.earliest("pk").pk
    return first, first + 20


@positive("write-in-loop", model="orbit.Command", code_contains=("bulk_create(",))
def upload_plan():
    """Instances are made, then saved."""
    contact = Contact.objects.upcoming().first()
    plan = [Command(contact=contact, opcode=f"IMG{i}") for i in range(15)]
    for command in plan:
        command.save()  # site: upload-plan


@positive("write-in-loop", model="orbit.Delivery", code_contains=(".delete()",))
def forget_unpaid():
    old = Delivery.objects.filter(paid=False).order_by("at")[:25]  # site: forget-unpaid
    for delivery in old:
        delivery.delete()  # site: forget-unpaid


@positive(
    "write-in-loop",
    model="orbit.Keyword|orbit.Product|orbit.Product_keywords",
    advice=("bulk_create|add(*|through|one call",),
    also=("n-plus-one", "query-in-loop"),
    beside=("query-in-loop", "n-plus-one"),
)
def label_product():
    product = Product.objects.latest("pk")
    for keyword in Keyword.objects.order_by("word")[:12]:
        product.keywords.add(keyword)  # site: label-product


@positive("write-in-loop", model="orbit.Contact", code_contains=("update(",))
def cancel():
    """One UPDATE for each key."""
    keys = list(Contact.objects.upcoming().values_list("pk", flat=True)[:20])
    for pk in keys:
        Contact.objects.filter(pk=pk).update(state="failed")  # site: cancel


@positive(
    "write-in-loop",
    model="bloodbank.Option",
    code_contains=("update_conflicts|bulk_create(",),
    also=("query-in-loop",),
    beside=("query-in-loop", "transaction-per-row"),
)
def sync_options():
    wanted = {f"option.{i}": str(i * 7) for i in range(20)}
    for key, value in wanted.items():
        Option.objects.update_or_create(key=key, defaults={"value": value})  # site: sync-options


@positive(
    "signal-query-per-save",
    advice=("signal|receiver|handler|watch_the_order",),
    also=("write-in-loop", "query-in-loop"),
    beside=("write-in-loop", "query-in-loop"),
)
def raise_quantities():
    for line in OrderLine.objects.order_by("pk")[:20]:
        line.quantity = 95
        line.save()  # site: raise-quantities


@positive(
    "signal-query-per-save",
    advice=("signal|receiver|handler|fridge_is_full",),
    also=("write-in-loop", "query-in-loop"),
    beside=("write-in-loop", "query-in-loop"),
)
def relocate():
    fridge = Fridge.objects.get(name="Fridge 042")
    for unit in Unit.objects.filter(fridge__name="Fridge 003").order_by("code")[:15]:
        unit.fridge, unit.status = fridge, "moved"
        unit.save(update_fields=["fridge", "status"])  # site: relocate


@positive(
    "signal-query-per-save",
    advice=("signal|receiver|handler|check_roster",),
    also=("write-in-loop", "query-in-loop"),
    beside=("write-in-loop", "query-in-loop"),
)
def drivers():
    staff = list(Staff.objects.order_by("pk")[:10])
    drive = Drive.objects.earliest("starts_at")
    for person in staff:
        Shift.objects.create(drive=drive, staff=person, role="driver")  # site: drivers


def _forget_tags():
    Tag.objects.filter(name__startswith="import").delete()


@positive(
    "transaction-per-row",
    advice=("one transaction|bulk_create|single transaction|atomic",),
    also=("write-in-loop",),
    beside=("write-in-loop",),
    is_autocommit=True,
    clean=_forget_tags,
)
def import_tags():
    """Each row is committed by itself, and nothing catches an error."""
    for i in range(25):
        with transaction.atomic():  # site: import-tags
            Tag.objects.create(name=f"import {i}")  # site: import-tags


def _reset_retries():
    Command.objects.filter(retries__gt=0).update(retries=0)


@positive(
    "transaction-per-row",
    advice=("one transaction|bulk_update|single transaction|atomic|update(",),
    also=("write-in-loop",),
    beside=("write-in-loop",),
    is_autocommit=True,
    clean=_reset_retries,
)
def retry_commands():
    """The transaction is in a function."""
    for n, command in enumerate(Command.objects.filter(is_sent=False).order_by("pk")[:20], 1):
        _retry(command, n)  # site: retry-commands


# site: retry-commands
@transaction.atomic
def _retry(command, number):
    command.retries = number
    command.save(update_fields=["retries"])  # site: retry-commands


def _reset_fuel():
    Satellite.objects.update(fuel=100)


@positive(
    "long-transaction",
    advice=("transaction|atomic",),
    is_autocommit=True,
    clean=_reset_fuel,
)
def negotiate():
    """A row is locked while another computer thinks."""
    with transaction.atomic():  # site: negotiate
        craft = Satellite.objects.select_for_update(of=("self",)).get(norad=40003)  # site: negotiate
        craft.fuel = _ask_the_ground(craft.name)
        craft.save(update_fields=["fuel"])


def _ask_the_ground(name):
    time.sleep(2.5)
    return len(name)
