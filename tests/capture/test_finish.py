"""From a recorder to a frozen trace."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from catalog.models import Brand, Product, Tag
from queryscope.capture.finish import finish
from queryscope.capture.state import PROCESS
from queryscope.model import AccessKind, Origin
from tests.capture.recording import access_of, make_recorder, record
from tests.capture.shop import add_products

pytestmark = pytest.mark.django_db
SECRET = "sesame-4711"


def run(statement: str, params: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def test_a_trace_tells_when_it_began_and_how_long_it_took() -> None:
    with record() as recording:
        run("SELECT 1")
    trace = recording.trace
    assert datetime.fromisoformat(trace.started_at).tzinfo is not None
    assert trace.wall_ms >= trace.groups[0].total_ms > 0
    assert trace.origin == Origin(kind="block", label="test")
    assert (len(trace.id), trace.status, trace.server_version) == (12, None, None)


def test_two_traces_have_two_ids() -> None:
    with record() as one, record() as other:
        run("SELECT 1")
    assert one.trace.id != other.trace.id


def test_finishing_twice_gives_the_same_counts() -> None:
    recorder = make_recorder()
    with recorder:
        for number in range(60):
            run(f"SELECT {number}")
    first, second = finish(recorder)[0], finish(recorder)[0]
    assert first.groups == second.groups
    assert [group.count for group in first.groups] == [60]


def test_a_recorder_that_still_runs_can_be_looked_at() -> None:
    with record() as recording:
        run("SELECT 1")
        trace, _ = finish(recording.recorder)
    assert trace.wall_ms > 0
    assert trace.groups[0].count == 1


def test_groups_that_come_to_the_same_are_merged_and_owners_follow() -> None:
    add_products(3)
    with record() as recording:
        for literal in ("1", "2"):
            for product in Product.objects.extra(where=[f"{literal} > 0"]):
                _ = product.brand.company
    loads, brand, company = recording.groups
    assert (loads.count, brand.count, company.count) == (2, 6, 6)
    assert (access_of(brand).owner_group, access_of(company).owner_group) == (0, 1)
    assert [query.group for query in recording.trace.queries][:4] == [0, 1, 2, 1]


def test_the_same_shape_from_two_lines_stays_apart() -> None:
    with record() as recording:
        run("SELECT 1")
        run("SELECT 2")
    assert [group.count for group in recording.groups] == [1, 1]
    assert recording.groups[0].fingerprint == recording.groups[1].fingerprint


def test_literals_and_parameters_are_in_no_trace() -> None:
    with record() as recording:
        run(f"SELECT '{SECRET}'")
        run("SELECT %s", [SECRET])
        list(Product.objects.filter(name=SECRET))
        list(Product.objects.extra(where=[f"name = '{SECRET}'"]))
        list(Brand.objects.raw(f"SELECT * FROM catalog_brand WHERE name = '{SECRET}'"))
    assert SECRET not in repr(recording.trace)
    assert len(recording.groups) == 5


def test_comments_of_tracers_do_not_split_a_group() -> None:
    with record() as recording:
        for number in range(3):
            run(f"/*traceparent='00-{number}'*/ SELECT 1")
    assert recording.last.count == 3


def test_threads_are_numbered_in_order_of_appearance() -> None:
    with record() as recording:
        run("SELECT 1")
    recording.recorder.samples.append((0, 0, 0, 1, -5, None))
    assert [query.thread for query in finish(recording.recorder)[0].queries] == [0, 1]


def test_application_code_is_seen_or_not() -> None:
    with record() as recording:
        run("SELECT 1")
    assert recording.trace.saw_application
    recorder = make_recorder()
    cursor = connection.cursor()
    recorder.note(None, ("SELECT 1", None, False, cursor), (0, 1))
    assert not finish(recorder)[0].saw_application


def test_a_site_whose_code_is_unknown_here_has_no_frame() -> None:
    with record() as recording:
        tags = Tag.objects.all()
        tags.__dict__["_queryscope"] = (12345, 0, "", 67890, 0, PROCESS)
        list(tags)
    site = recording.last.site
    assert site is not None
    assert (site.frame, site.holder) == (None, None)


def test_an_owner_of_a_group_that_is_gone_is_no_owner() -> None:
    add_products(1)
    with record() as recording:
        product = Product.objects.get()
        product._state.__dict__["_queryscope"] = (recording.recorder.token, 999, "")
        _ = product.brand
    assert access_of(recording.of(AccessKind.FORWARD, "brand")).owner_group is None


class Cursor:
    db = connection
    cursor = None


def test_what_may_be_explained_comes_by_falling_total_and_holds_what_was_executed() -> None:
    recorder = make_recorder()
    cursor = Cursor()
    for sql, params, duration in (
        ("SELECT pg_sleep(%s)", [1], 1_000_000),
        ("SELECT pg_sleep(%s)", [2], 3_000_000),
        ("SELECT pg_sleep(4), 1", None, 5_000_000),
        ("UPDATE catalog_tag SET name = name", None, 9_000_000),
        ("INSERT INTO catalog_tag VALUES (1)", None, 9_500_000),
        ("CREATE TABLE catalog_other (id int)", None, 9_900_000),
    ):
        recorder.note(None, (sql, params, False, cursor), (0, duration))
    trace, slow = finish(recorder)
    assert [(each.group, each.total_ms, each.max_ms) for each in slow] == [
        (2, 9.0, 9.0),
        (1, 5.0, 5.0),
        (0, 4.0, 3.0),
    ]
    assert [each.is_select for each in slow] == [False, True, True]
    assert (slow[2].sql, slow[2].params) == ("SELECT pg_sleep(%s)", [2])
    assert [each.typical for each in slow] == [None, None, ("SELECT pg_sleep(%s)", [1])]
    assert slow[1].fingerprint == trace.groups[1].fingerprint
    assert not hasattr(slow[0], "__dict__")


def test_the_deepest_page_and_the_largest_limit_of_a_shape_are_kept():
    with record() as recording:
        for start, stop in ((20, 40), (200, 205), (40, 60)):
            list(Brand.objects.order_by("pk")[start:stop])
    assert (recording.last.limit, recording.last.offset, recording.last.count) == (20, 200, 3)
