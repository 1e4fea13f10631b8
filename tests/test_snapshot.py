"""What a recorder holds, while it records on."""

from __future__ import annotations

import pytest

from catalog.models import Product
from queryscope.capture.finish import finish
from queryscope.snapshot import trace_so_far
from tests.capture.recording import make_recorder
from tests.capture.shop import add_products

pytestmark = pytest.mark.django_db


def work() -> None:
    for product in Product.objects.order_by("id"):
        str(product.brand.name)


def test_a_look_between_changes_nothing_of_what_follows() -> None:
    add_products(4)
    with make_recorder() as looked:
        work()
        trace_so_far(looked)
        trace_so_far(looked)
        work()
    with make_recorder() as plain:
        work()
        work()
    seen, expected = finish(looked)[0], finish(plain)[0]
    counts = [(group.fingerprint, group.count, group.distinct, group.owners) for group in seen.groups]
    assert counts == [
        (group.fingerprint, group.count, group.distinct, group.owners) for group in expected.groups
    ]
    assert len(seen.queries) == len(expected.queries) == 10


def test_the_look_itself_shows_what_ran_until_then() -> None:
    add_products(4)
    with make_recorder() as recorder:
        work()
        trace = trace_so_far(recorder)
        work()
    assert sum(group.count for group in trace.groups) == 5
    assert trace.wall_ms > 0


def test_a_recorder_that_has_ended_can_be_looked_at_too() -> None:
    with make_recorder() as recorder:
        Product.objects.count()
    assert trace_so_far(recorder).wall_ms == finish(recorder)[0].wall_ms
