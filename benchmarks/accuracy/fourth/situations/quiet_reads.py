"""Look-ups, counts and repeats that are right."""

import time

from bloodbank.models import Donation, Donor, Drive, Hospital, Option, Unit
from django.core.cache import cache
from django.core.exceptions import ValidationError
from orbit.models import Command, Contact, Country, Satellite
from situation import negative


@negative("query-in-loop", "all of them at once, by key")
def by_key():
    wanted = [f"A{i}" for i in range(10)]
    countries = Country.objects.in_bulk(wanted, field_name="code")
    return [countries[code].name for code in wanted]


@negative("query-in-loop", "keys come in pieces of five hundred")
def in_pieces():
    codes = [f"U{i:05}" for i in range(1500)]
    stored = set()
    for start in range(0, len(codes), 500):
        some = Unit.objects.filter(code__in=codes[start : start + 500], status="stored")
        stored.update(some.values_list("code", flat=True))
    return len(stored), sorted(stored)[:3]


@negative("query-in-loop", "a loop of one round, as most calls are")
def one_round():
    return [Satellite.objects.get(norad=norad).name for norad in (40007,)]


@negative("query-in-loop", "polling: each round waits for another answer")
def wait_until_sent():
    command = Command.objects.filter(is_sent=False).first()
    for _ in range(5):
        command.refresh_from_db(fields=["is_sent"])
        if command.is_sent:
            return True
        time.sleep(0.02)
    return False


@negative("query-in-loop", "a retry after a failure")
def retried():
    for attempt in range(4):
        try:
            return _unsteady(attempt)
        except ConnectionError:
            continue
    return None


def _unsteady(attempt):
    drive = Drive.objects.get(name="Drive 7")
    if attempt < 2:
        raise ConnectionError
    return drive.starts_at


@negative("query-in-loop", "a worker takes one job after the other, and locks it")
def take_jobs():
    done = []
    for _ in range(6):
        job = (
            Command.objects.select_for_update(skip_locked=True)
            .filter(is_sent=False, retries=0)
            .order_by("pk")
            .first()
        )
        if job is None:
            break
        job.retries = 1
        job.save(update_fields=["retries"])
        done.append(job.opcode)
    return done


@negative("query-in-loop", "pages by key: each starts where the last one ended")
def keyset():
    last = 0
    while page := list(Donation.objects.filter(pk__gt=last).order_by("pk")[:2000]):
        for donation in page:
            yield f"{donation.pk};{donation.volume};{donation.status}"
        last = page[-1].pk


@negative("query-in-loop", "a form asks for its own value; one form")
def validated():
    from django import forms

    class Signup(forms.Form):
        email = forms.EmailField()

        def clean_email(self):
            if Donor.objects.filter(email=self.cleaned_data["email"]).exists():
                raise ValidationError("known")
            return self.cleaned_data["email"]

    form = Signup({"email": "d4@blood.example"})
    return form.is_valid(), form.errors


@negative("query-in-loop", "two figures of a page, of two tables")
def two_tables():
    return {model.__name__: model.objects.count() for model in (Hospital, Country)}


@negative("uncached-lookup", "cached after the first time")
def cached_option():
    cache.delete("option.4")
    values = []
    for _ in range(20):
        values.append(cache.get_or_set("option.4", lambda: Option.objects.get(key="option.4").value, 60))
    return values


@negative("uncached-lookup", "asked once, before the loop")
def asked_once():
    least = int(Option.objects.get(key="option.2").value)
    return [(unit.code, unit.checks < least) for unit in Unit.objects.order_by("code")[:40]]


@negative("uncached-lookup", "two settings, each read once")
def two_options():
    return [Option.objects.get(key=key).value for key in ("option.1", "option.2")]


@negative("duplicate-query", "a write lies between them")
def before_and_after():
    before = Unit.objects.filter(status="spoilt").count()
    Unit.objects.filter(status="tested", checks=0, fridge=None).update(status="spoilt")
    return before, Unit.objects.filter(status="spoilt").count()


@negative("duplicate-query", "two questions that look alike")
def two_states():
    done = [c.starts_at for c in Contact.objects.filter(state="done").order_by("-starts_at")[:10]]
    failed = [c.starts_at for c in Contact.objects.filter(state="failed").order_by("-starts_at")[:10]]
    return done, failed


@negative("duplicate-query", "read again under a lock, on purpose")
def read_then_lock():
    craft = Satellite.objects.get(norad=40001)
    if craft.fuel <= 0:
        return None
    locked = Satellite.objects.select_for_update(of=("self",)).get(norad=40001)
    locked.fuel -= 5
    locked.save(update_fields=["fuel"])
    return locked.fuel
