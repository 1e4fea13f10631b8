"""Writes that are right as they are."""

import time

from bloodbank.models import Badge, Donor, Drive, Fridge, OrderLine, Shift, Staff, Tag, Unit
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.signals import post_save
from orbit.models import Command, Contact, Delivery, Keyword, Product, Satellite
from situation import negative


@negative("write-in-loop", "one UPDATE")
def refuel():
    return Satellite.objects.filter(status="active").update(fuel=F("fuel") + 10)


@negative("write-in-loop", "bulk_update, in batches")
def numbered():
    donors = list(Donor.objects.of_group("O-")[:200])
    for place, donor in enumerate(donors):
        donor.points = place
    Donor.objects.bulk_update(donors, ["points"], batch_size=100)


@negative("write-in-loop", "bulk_create of a generator")
def planned_commands():
    contact = Contact.objects.upcoming().first()
    Command.objects.bulk_create(
        (Command(contact=contact, opcode=f"N{i}") for i in range(300)), batch_size=100
    )


@negative("write-in-loop", "all keywords at once")
def label_at_once():
    product = Product.objects.latest("pk")
    product.keywords.add(*Keyword.objects.order_by("word")[:12])


@negative("write-in-loop", "one statement deletes them")
def forgotten():
    return Delivery.objects.filter(paid=False, at__year=2025, customer__name="Customer 9").delete()


@negative("write-in-loop", "a row and its child, once")
def registered():
    staff = Staff.objects.create(username="newcomer", first_name="New", last_name="Comer")
    Badge.objects.create(staff=staff, number="B900")
    return staff.pk


@negative("write-in-loop", "two of them")
def swap():
    one, other = Fridge.objects.order_by("name")[:2]
    one.name, other.name = other.name, one.name
    for fridge in (one, other):
        fridge.save(update_fields=["name"])


@negative("write-in-loop", "only what changed is saved: one of forty")
def repaired():
    for unit in Unit.objects.filter(status="stored").order_by("code")[:40]:
        checks = 1 if unit.code == "U00004" else 0
        if unit.checks != checks:
            unit.checks = checks
            unit.save(update_fields=["checks"])


def _forget_tags():
    Tag.objects.filter(name__startswith="own ").delete()


@negative(
    "transaction-per-row",
    "a bad row must not take the others with it",
    beside=("write-in-loop",),
    is_autocommit=True,
    clean=_forget_tags,
)
def tolerant_import():
    failed = []
    for i in range(12):
        try:
            with transaction.atomic():
                if i == 5:
                    raise IntegrityError("bad row")
                Tag.objects.create(name=f"own {i}")
        except IntegrityError:
            failed.append(i)
    return failed


@negative(
    "transaction-per-row", "all in one transaction, by one statement", is_autocommit=True, clean=_forget_tags
)
def one_transaction():
    with transaction.atomic():
        Tag.objects.bulk_create([Tag(name=f"own {i}") for i in range(40)])


@negative(
    "transaction-per-row",
    "two transactions of a page, with a reason: the first is kept whatever happens",
    is_autocommit=True,
    clean=_forget_tags,
)
def two_transactions():
    with transaction.atomic():
        Tag.objects.create(name="own attempt")
    with transaction.atomic():
        tag = Tag.objects.select_for_update().get(name="own attempt")
        tag.name = "own success"
        tag.save()


def _reset():
    Satellite.objects.update(fuel=100)


@negative(
    "long-transaction", "the ground is asked before anything is locked", is_autocommit=True, clean=_reset
)
def asked_before():
    fuel = _ask()
    with transaction.atomic():
        craft = Satellite.objects.select_for_update(of=("self",)).get(norad=40006)
        craft.fuel = fuel
        craft.save(update_fields=["fuel"])


def _ask():
    time.sleep(1.5)
    return 42


@negative(
    "long-transaction", "short work, then the mail, when all is committed", is_autocommit=True, clean=_reset
)
def mail_afterwards():
    with transaction.atomic():
        Satellite.objects.filter(norad=40005).update(fuel=11)
        transaction.on_commit(_ask)


@negative("signal-query-per-save", "one save, one signal")
def one_line():
    line = OrderLine.objects.earliest("pk")
    line.quantity = 95
    line.save()
    return line.siblings


@negative("signal-query-per-save", "bulk_create sends no signals")
def shifts_at_once():
    drive = Drive.objects.earliest("starts_at")
    staff = Staff.objects.order_by("pk")[:10]
    Shift.objects.bulk_create([Shift(drive=drive, staff=one, role="driver") for one in staff])


@negative("signal-query-per-save", "its handler asks for nothing; two rows")
def fridge_saved():
    heard = []

    def hear(sender, instance, **kwargs):
        heard.append(instance.is_fresh)

    post_save.connect(hear, sender=Fridge)
    try:
        for fridge in Fridge.objects.order_by("name")[:2]:
            fridge.name += "!"
            fridge.save(update_fields=["name"])
    finally:
        post_save.disconnect(hear, sender=Fridge)
    return heard


@negative("write-in-loop", "each write is a step of a protocol, and has to be seen by others")
def handshake():
    command = Command.objects.filter(is_sent=False).latest("pk")
    for step in (1, 2, 3):
        command.retries = step
        command.save(update_fields=["retries"])
        time.sleep(0.01)
