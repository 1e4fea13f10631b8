"""What a recorder counts: exactly, and within bounds."""

from __future__ import annotations

import contextlib
import gc
import tracemalloc
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from catalog.models import Category, Product, Tag
from queryscope.capture import places
from queryscope.capture.beside import RUNNING
from queryscope.capture.state import ACTIVE, FAULTS
from queryscope.model import AccessKind
from tests.capture.recording import access_of, make_recorder, record
from tests.capture.shop import add_products

pytestmark = pytest.mark.django_db


def run(statement: Any, params: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def test_counts_and_times_are_exact_beyond_the_sample() -> None:
    with record(max_queries=5) as recording:
        for number in range(12):
            run("SELECT %s", [number])
    trace = recording.trace
    assert recording.last.count == 12
    assert recording.last.distinct == 12
    assert recording.last.rows == 12
    assert (len(trace.queries), trace.dropped_queries) == (5, 7)
    assert recording.last.max_ms <= recording.last.total_ms
    assert sum(query.duration_ms for query in trace.queries) <= recording.last.total_ms


def test_each_query_of_the_sample_tells_its_group_and_its_rows() -> None:
    with record() as recording:
        run("SELECT 1")
        run("SELECT generate_series(1, 3)")
    assert [(query.group, query.row_count) for query in recording.trace.queries] == [(0, 1), (1, 3)]
    started = [query.started_ms for query in recording.trace.queries]
    assert 0 <= started[0] < started[1] < recording.trace.wall_ms


def test_twenty_thousand_queries_hold_little_memory() -> None:
    # Without a database: the driver's own caches would be measured with ours.
    recorder = make_recorder(max_queries=1000)
    cursor = Rowless()

    def note(number: int) -> None:
        statement = (f"SELECT * FROM shop WHERE id = {number}", None, False, cursor)
        recorder.note(None, statement, (0, 1))

    for number in range(places.MAX_GROUPS):
        note(number)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(20_000):
        note(number + 100_000)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 2_000_000
    assert recorder.count == 20_000 + places.MAX_GROUPS


class Rowless:
    db = connection
    cursor = None


def test_texts_that_differ_in_literals_share_a_group_when_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(places, "MAX_GROUPS", 10)
    with record() as recording:
        for number in range(50):
            run(f"SELECT {number}")
    assert len(recording.recorder.groups) == 11
    [group] = recording.groups  # one shape in the end
    assert (group.count, group.distinct, group.rows) == (50, 50, 50)
    assert recording.trace.repeats == ()


def test_long_texts_share_groups_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MAX_TEXT", 10_000)
    with record() as recording:
        for number in range(20):
            run("SELECT " + f"{number}, " * 1000 + "1")
    assert len(recording.recorder.groups) < 10
    assert recording.last.count == 20


def test_the_number_of_groups_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MAX_GROUPS", 3)
    monkeypatch.setattr(places, "MOST_GROUPS", 5)

    def descend(depth: int) -> None:
        list(Tag.objects.filter(pk=depth))
        if depth:
            descend(depth - 1)

    with record() as recording:
        descend(20)
    assert len(recording.recorder.groups) == 6
    assert sum(group.count for group in recording.groups) == 21
    assert recording.last.stack == ()
    assert any("more than 5 places" in note for note in recording.trace.notes)


@pytest.mark.parametrize(
    ("distinct", "values"),
    [
        (1, [1, 1, 1]),
        (3, [1, 2, 3]),
        (2, [-1, -2]),  # their hashes are equal
        (2, ["1", 1]),
        (2, [1.5, 2.5]),
        (2, [[1, 2], [1, 3]]),  # unhashable
        (1, [[1, 2], [1, 2]]),
        (2, [b"a", b"b"]),
        (1, [None, None]),
    ],
)
def test_parameters_are_told_apart(distinct: int, values: list[Any]) -> None:
    with record() as recording:
        for value in values:
            run("SELECT %s", [value])
    assert sum(group.distinct for group in recording.groups) == distinct
    assert recording.last.count == len(values)


def test_parameters_are_told_apart_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("queryscope.capture.group.MAX_DISTINCT", 3)
    with record() as recording:
        for number in [1, 2, 3, 4, 5, 2, 2]:  # the first is on its way to a note, and counted apart
            run("SELECT %s", [number])
    assert 3 <= recording.last.distinct < 5
    assert max(len(group.params) for group in recording.recorder.groups) == 3
    assert [repeat.count for repeat in recording.trace.repeats] == [3]


def test_dates_decimals_and_uuids_are_told_apart() -> None:
    add_products(3)
    with record() as recording:
        for product in list(Product.objects.all()):
            Product.objects.filter(price=product.price, created=product.created).exists()
    assert recording.last.distinct == 3


def test_repeats_tell_the_same_select_from_several_places() -> None:
    def somewhere() -> None:
        list(Tag.objects.filter(slug="a"))

    def elsewhere() -> None:
        list(Tag.objects.filter(slug="a"))

    with record() as recording:
        somewhere()
        for _ in range(2):
            elsewhere()
        list(Tag.objects.filter(slug="b"))
    [repeat] = recording.trace.repeats
    assert (repeat.count, repeat.groups, repeat.alias) == (3, (0, 1), "default")
    assert repeat.fingerprint == recording.groups[0].fingerprint


def test_writes_are_no_repeats() -> None:
    with record() as recording:
        for _ in range(2):
            Tag.objects.filter(slug="a").update(name="b")
    assert recording.trace.repeats == ()


def test_executemany_is_one_execution_with_all_its_rows() -> None:
    with record() as recording, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO catalog_tag (name, slug) VALUES (%s, %s)", [(f"t{n}", f"t{n}") for n in range(10)]
        )
        cursor.executemany(
            "INSERT INTO catalog_tag (name, slug) VALUES (%s, %s)", ((f"u{n}", f"u{n}") for n in range(2))
        )
    assert [(group.count, group.rows) for group in recording.groups] == [(1, 10), (1, 2)]
    assert Tag.objects.count() == 12


def test_composed_statements_are_written_out() -> None:
    with record() as recording:
        run(sql.SQL("SELECT {}").format(sql.Literal(7)))
        run(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("catalog_tag")))
    assert [group.sql for group in recording.groups] == ["SELECT %s", 'SELECT count(*) FROM "catalog_tag"']


def test_statements_in_bytes_are_read() -> None:
    with record() as recording:
        run(b"SELECT 1 AS caf\xc3\xa9")
    assert recording.last.sql == "SELECT %s AS café"


def test_statements_in_bytes_that_are_no_text_are_recorded_all_the_same() -> None:
    recorder = make_recorder()
    cursor = Rowless()
    statement = (b"SELECT \xff", None, False, cursor)
    recorder.note(None, statement, (0, 1))
    assert [group.sql for group in recorder.groups] == ["SELECT \ufffd"]


def test_plain_sql_has_neither_access_nor_site() -> None:
    with record() as recording:
        run("SELECT 1")
    assert (recording.last.access, recording.last.site) == (None, None)
    assert recording.last.stack[0].function == "run"


def test_a_failing_statement_passes_its_exception_on_and_keeps_its_sqlstate() -> None:
    wrapped: list[BaseException] = []

    def watching(execute: Any, *args: Any) -> Any:
        try:
            return execute(*args)
        except BaseException as exception:
            wrapped.append(exception)
            raise

    with record() as recording, connection.execute_wrapper(watching):
        with pytest.raises(DatabaseError) as caught, transaction.atomic():
            run("SELECT 1 / 0")
        with pytest.raises(IntegrityError), transaction.atomic():
            Product.objects.create(name="without a brand")
    assert caught.value is wrapped[0]
    assert [group.error for group in recording.groups] == ["22012", "23502"]
    assert recording.trace.queries[1].error == "22012"
    assert recording.last.count == 1


def test_an_exception_leaves_no_cycle_behind() -> None:
    class Thing:
        """Dies with the frame that failed."""

    def refuse(*_: Any) -> None:
        raise LookupError

    def fail() -> weakref.ref[Thing]:
        thing = Thing()
        with contextlib.suppress(LookupError):
            run("SELECT 1")
        return weakref.ref(thing)

    gc.collect()
    gc.disable()
    try:
        with record() as recording, connection.execute_wrapper(refuse):
            assert fail()() is None
    finally:
        gc.enable()
    assert recording.last.error == "LookupError"


def test_a_statement_that_fails_once_counts_as_any_other() -> None:
    with record() as recording:
        for divisor in (1, 0, 1):
            try:
                with transaction.atomic():
                    run("SELECT 1 / %s::int", [divisor])
            except DatabaseError:
                continue
    assert (recording.last.count, recording.last.error) == (3, "22012")


def test_savepoints_are_recorded_as_such_and_in_one_group() -> None:
    with record() as recording:
        for _ in range(5):
            with transaction.atomic():
                list(Tag.objects.all())
    kinds = {group.kind: group.count for group in recording.trace.groups}
    assert kinds["select"] == 5
    assert kinds["transaction"] == 5
    assert len(recording.recorder.groups) == 3


def test_server_side_cursors_are_seen() -> None:
    add_products(3)
    with record() as recording:
        list(Product.objects.order_by("pk").iterator(chunk_size=2))
    assert (recording.last.count, access_of(recording.last).method) == (1, "iterator")
    assert recording.last.rows is None or recording.last.rows >= 0


@pytest.mark.django_db(databases=["default", "reports"])
def test_every_alias_is_seen() -> None:
    with record() as recording:
        for alias in ("default", "reports"):
            list(Tag.objects.using(alias))
    assert [group.alias for group in recording.groups] == ["default", "reports"]
    assert {group.vendor for group in recording.groups} == {"postgresql"}


def test_the_slowest_select_is_kept_for_its_plan_and_nothing_else_is() -> None:
    from queryscope.capture.finish import finish

    recorder = make_recorder()
    cursor = Rowless()
    for number, duration in enumerate((1, 3, 2)):
        recorder.note(None, ("SELECT %s", [number], False, cursor), (0, duration))
    with recorder:
        Category.objects.create(name="a", slug="a")
        run("/* why */ WITH t AS (SELECT 1) SELECT * FROM t")
    _, slow = finish(recorder)
    assert sorted(each.sql for each in slow) == [
        "/* why */ WITH t AS (SELECT 1) SELECT * FROM t",
        "SELECT %s",
    ]
    [of_three] = [each for each in slow if each.sql == "SELECT %s"]
    assert (of_three.params, of_three.alias, of_three.vendor) == ([1], "default", "postgresql")
    insert = next(group for group in recorder.groups if group.sql.startswith("INSERT"))
    assert insert.slowest is None


@pytest.mark.django_db(transaction=True)
def test_threads_of_one_recorder_lose_no_count() -> None:
    def load() -> None:
        try:
            for number in range(50):
                list(Tag.objects.filter(pk=number))
        finally:
            connections.close_all()

    with record() as recording, ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(copy_context().run, load) for _ in range(8)]:
            future.result()
    assert sum(group.count for group in recording.groups) == 400
    assert [group.index for group in recording.trace.groups] == list(range(len(recording.trace.groups)))


def test_the_innermost_recorder_takes_the_query() -> None:
    with record() as outer:
        list(Tag.objects.all())
        with record() as inner:
            list(Category.objects.all())
        list(Tag.objects.all())
    assert [group.count for group in outer.groups] == [1, 1]
    assert [access_of(group).target for group in inner.groups] == ["catalog.Category"]


def test_recorders_may_end_in_any_order() -> None:
    first, second = make_recorder().start(), make_recorder().start()
    first.stop()
    list(Tag.objects.all())
    second.stop()
    list(Tag.objects.all())
    assert (first.count, second.count) == (0, 1)
    assert ACTIVE.get() is None
    second.stop()  # twice does no harm


def test_a_context_that_outlives_its_recorder_records_into_the_one_around_it() -> None:
    with record() as outer:
        with record() as inner:
            context = copy_context()
        context.run(lambda: list(Tag.objects.all()))
    context.run(lambda: list(Tag.objects.all()))
    assert inner.groups == ()
    assert outer.last.count == 1


def test_recorders_that_ended_are_not_kept_by_those_that_follow() -> None:
    for _ in range(3):
        recorder = make_recorder().start()
        copy_context().run(recorder.stop)  # as a streamed response does, in a context of its own
    last = make_recorder().start()
    last.stop()
    assert last.outer is None


def test_a_recorder_can_be_stopped_before_it_has_seen_anything() -> None:
    with record() as recording:
        recording.recorder.stop()
    assert recording.trace.groups == ()
    assert not recording.trace.saw_application


def test_an_idle_recorder_records_nothing() -> None:
    from queryscope.capture.codes import Codes
    from queryscope.capture.finish import finish
    from queryscope.capture.project import Project
    from queryscope.capture.recorder import Recorder

    made = make_recorder()
    idle = Recorder(made.origin, made.config, Codes(Project(""), is_blind=True), is_idle=True)
    with idle:
        list(Tag.objects.all())
    trace, slow = finish(idle)
    assert (trace.groups, slow) == ((), ())


def test_what_the_recorder_holds_of_a_query_is_small() -> None:
    recorder = make_recorder(max_queries=20_000)
    cursor = Rowless()

    def note() -> None:
        recorder.note(None, ("SELECT 1", None, False, cursor), (0, 1))

    note()
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(10_000):
        note()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (after - before) / 10_000 < 500


def test_relation_kinds_survive_a_crowd_of_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MAX_GROUPS", 1)
    add_products(3)
    with record() as recording:
        for product in Product.objects.all():
            _ = product.brand
    assert recording.of(AccessKind.FORWARD, "brand").owners == 3


def test_the_hooks_go_even_if_a_recorder_cannot_leave() -> None:
    before = CursorWrapper._execute_with_wrappers
    recorder = make_recorder().start()
    RUNNING.remove(recorder.beside)
    try:
        recorder.stop()
        assert FAULTS.count == 1
        assert CursorWrapper._execute_with_wrappers is before
    finally:
        FAULTS.clear()
