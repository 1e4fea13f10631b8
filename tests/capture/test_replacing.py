"""Other tools that wrap what we wrap: whatever the order, all is put back and nothing is seen twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, models
from django.db.backends.utils import CursorWrapper

from catalog.models import Brand, Tag
from queryscope.capture import replacing
from tests.capture.recording import make_recorder, record
from tests.capture.shop import add_products
from tests.capture.test_hooks import HOOKED, attributes

pytestmark = pytest.mark.django_db

QUERIES = 4  # of work()


class Wrapping:
    """A tool that wraps every attribute that we hook."""

    def __init__(self) -> None:
        self.calls = 0
        self._saw: list[tuple[Any, str, Any]] = []

    def start(self) -> None:
        for holder, name in HOOKED:
            self._saw.append((holder, name, vars(holder).get(name)))
            setattr(holder, name, self._wrap(getattr(holder, name)))

    def stop(self) -> None:
        """Put back what it saw, as such tools do."""
        for holder, name, original in self._saw:
            if original is None:  # it was inherited
                delattr(holder, name)
            else:
                setattr(holder, name, original)
        self._saw.clear()

    def _wrap(self, original: Any) -> Any:
        def theirs(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            return original(*args, **kwargs)

        return theirs


@pytest.fixture
def before() -> Iterator[list[Any]]:
    """The attributes without any tool; they stand again whatever a test does."""
    found = [(holder, name, vars(holder).get(name)) for holder, name in HOOKED]
    yield attributes()
    for holder, name, original in found:
        if original is not None:
            setattr(holder, name, original)
        elif name in vars(holder):  # its base has it
            delattr(holder, name)
    replacing._retired.clear()


def work() -> list[str]:
    """Something that runs every hook."""

    async def read() -> int:
        return await Brand.objects.acount()

    assert async_to_sync(read)() == 2
    assert len(list(Tag.objects.raw("SELECT * FROM catalog_tag"))) == 0
    assert isinstance(Brand.objects.all().__getstate__(), dict)
    assert isinstance(Brand.objects.filter(pk__gte=0), models.QuerySet)
    return [brand.name for brand in Brand.objects.order_by("name")]


def test_a_tool_inside_our_time_leaves_no_trace(before: list[Any]) -> None:
    add_products(2)
    tool = Wrapping()
    with record() as recording:
        tool.start()
        assert work() == ["brand 0", "brand 1"]
        tool.stop()
    assert attributes() == before
    assert [group.count for group in recording.groups] == [1] * QUERIES


def test_a_tool_around_our_time_leaves_no_trace(before: list[Any]) -> None:
    add_products(2)
    tool = Wrapping()
    tool.start()
    with record() as recording:
        assert work() == ["brand 0", "brand 1"]
    assert tool.calls
    tool.stop()
    assert attributes() == before
    assert [group.count for group in recording.groups] == [1] * QUERIES


def test_a_tool_that_outlives_us_keeps_what_it_made_and_nothing_is_seen_twice(before: list[Any]) -> None:
    add_products(2)
    tool = Wrapping()
    recorder = make_recorder().start()
    tool.start()
    recorder.stop()
    calls = tool.calls
    with record() as recording:
        assert work() == ["brand 0", "brand 1"]
    assert tool.calls > calls
    assert [group.count for group in recording.groups] == [1] * QUERIES
    assert recording.trace.dropped_queries == 0


def test_what_a_tool_puts_back_of_ours_passes_calls_on_and_goes_with_the_next_recorder(
    before: list[Any],
) -> None:
    add_products(2)
    tool = Wrapping()
    recorder = make_recorder().start()
    tool.start()
    recorder.stop()
    tool.stop()
    assert attributes() != before  # theirs were made of ours, and they put ours back
    assert work() == ["brand 0", "brand 1"]
    assert recorder.count == 0
    with record() as recording:
        assert work() == ["brand 0", "brand 1"]
    assert [group.count for group in recording.groups] == [1] * QUERIES
    assert attributes() == before


def test_a_statement_under_way_while_we_end_is_not_disturbed(before: list[Any]) -> None:
    tool = Wrapping()
    recorder = make_recorder().start()
    tool.start()

    def ending(execute: Any, *args: Any) -> Any:
        recorder.stop()
        tool.stop()
        return execute(*args)

    with connection.execute_wrapper(ending):
        assert list(Tag.objects.all()) == []
    assert vars(CursorWrapper)["_execute_with_wrappers"].__wrapped__
    with record():
        assert list(Tag.objects.all()) == []
    assert attributes() == before
