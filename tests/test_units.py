"""Units that begin and end within the program, and which ran within which."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import pytest

from catalog.models import Product
from queryscope import units
from queryscope.analysis.shapes import query_count
from queryscope.capture.state import ACTIVE, FAULTS, MAX_FAULTS
from queryscope.model import Capture, Origin
from queryscope.profiler import profile
from queryscope.units import MOST_WAITING, Unit, is_in_event_loop
from tests.doors import QUIET, assert_nothing_is_left, forgiven_faults

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_left() -> Any:
    yield
    assert_nothing_is_left()


@pytest.fixture
def captures() -> list[Capture]:
    return []


def start(name: str, captures: list[Capture], **more: Any) -> Unit:
    return Unit(Origin(kind="task", label=name, **more.pop("origin", {})), QUIET, captures.append, **more)


def told(captures: list[Capture]) -> list[tuple[str, str, int]]:
    return [(each.trace.origin.label, each.trace.origin.parent, query_count(each.trace)) for each in captures]


def test_a_unit_is_handed_on_when_it_has_ended(captures: list[Capture]) -> None:
    unit = start("a", captures)
    Product.objects.count()
    assert captures == []
    unit.finish()
    Product.objects.count()
    assert told(captures) == [("a", "", 1)]


def test_finishing_twice_hands_on_once(captures: list[Capture]) -> None:
    unit = start("a", captures)
    unit.finish()
    unit.finish()
    assert len(captures) == 1


def test_a_unit_within_another_is_handed_on_after_it(captures: list[Capture]) -> None:
    outer = start("a", captures)
    inner = start("b", captures)
    Product.objects.count()
    innermost = start("c", captures)
    Product.objects.count()
    Product.objects.count()
    innermost.finish()
    inner.finish()
    assert captures == []
    Product.objects.count()
    outer.finish()
    assert told(captures) == [("a", "", 1), ("b", "a", 1), ("c", "b", 2)]


def test_a_unit_that_outlives_the_one_around_it_ends_with_it(captures: list[Capture]) -> None:
    outer = start("a", captures)
    inner = start("b", captures)
    Product.objects.count()
    outer.finish()
    assert ACTIVE.get() is None
    Product.objects.count()
    inner.finish()
    assert told(captures) == [("a", "", 0), ("b", "a", 1)]


def test_the_parent_is_named_as_it_is_called_in_the_end(captures: list[Capture]) -> None:
    outer = start("(no route)", captures)
    start("b", captures).finish()
    assert outer.recorder is not None
    outer.recorder.origin = Origin(kind="request", label="GET books/")
    outer.finish()
    assert [each.trace.origin.parent for each in captures] == ["", "GET books/"]


def test_a_parent_that_was_given_stays(captures: list[Capture]) -> None:
    outer = start("a", captures)
    start("b", captures, origin={"parent": "test_a"}).finish()
    outer.finish()
    assert captures[1].trace.origin.parent == "test_a"


def test_no_unit_is_kept_alive(captures: list[Capture]) -> None:
    outer = start("a", captures)
    inner = start("b", captures)
    recorders = [weakref.ref(unit.recorder) for unit in (outer, inner) if unit.recorder is not None]
    inner.finish()
    outer.finish()
    del outer, inner
    gc.collect()
    assert [recorder() for recorder in recorders] == [None, None]


def test_within_a_block_a_unit_is_handed_on_at_once(captures: list[Capture]) -> None:
    with profile("nightly", explain="off"):
        start("a", captures).finish()
        assert told(captures) == [("a", "nightly", 0)]


def test_those_that_wait_are_bounded(captures: list[Capture]) -> None:
    outer = start("a", captures)
    for number in range(MOST_WAITING + 10):
        start(f"b{number}", captures).finish()
    assert len(captures) == 10
    outer.finish()
    assert len(captures) == MOST_WAITING + 11


@pytest.mark.parametrize(
    ("place", "within", "explained"),
    [
        ("beside", "nothing", [("a", False, False)]),
        ("in-place", "nothing", [("a", True, False)]),
        ("test-database", "nothing", [("a", True, True)]),
        ("beside", "block", []),
        ("test-database", "block", [("a", True, True)]),
        ("beside", "unit", [("outer", False, False), ("a", False, False)]),
    ],
)
def test_plans_are_taken_where_nobody_waits_for_them(
    captures: list[Capture], monkeypatch: pytest.MonkeyPatch, place: Any, within: str, explained: Any
) -> None:
    seen: list[tuple[str, bool, bool]] = []
    complete = units.complete

    def noted(recorder: Any, **where: Any) -> Capture:
        seen.append((recorder.origin.label, where["in_place"], where["is_test_database"]))
        return complete(recorder, **where)

    monkeypatch.setattr(units, "complete", noted)
    outer = start("outer", captures) if within == "unit" else None
    with profile("block", explain="off") if within == "block" else profile("nothing") as block:
        if within != "block":
            block.__exit__()
        start("a", captures, place=place).finish()
    if outer is not None:
        outer.finish()
    assert seen == explained
    assert "a" in [each.trace.origin.label for each in captures]


async def test_nothing_is_explained_within_an_event_loop(
    captures: list[Capture], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "complete", None)
    start("a", captures).finish()
    assert told(captures) == [("a", "", 0)]
    assert is_in_event_loop()
    assert not await asyncio.to_thread(is_in_event_loop)


@pytest.mark.parametrize("name", ["begin", "active", "captured", "replace"])
def test_no_fault_reaches_the_program(
    captures: list[Capture], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("queryscope's own")

    outer = start("a", captures)
    with forgiven_faults():
        with monkeypatch.context() as patch:
            patch.setattr(units, name, fail)
            inner = start("b", captures)
            Product.objects.count()
            inner.finish()
            outer.finish()
        assert FAULTS.count >= 1
    assert "b" not in [each.trace.origin.label for each in captures]


def test_a_sink_that_fails_reaches_nobody() -> None:
    def fail(_: Capture) -> None:
        raise RuntimeError("full")

    with forgiven_faults():
        Unit(Origin(kind="task", label="a"), QUIET, fail).finish()
        assert FAULTS.count == 1


def test_after_three_faults_nothing_is_recorded(captures: list[Capture]) -> None:
    with forgiven_faults():
        FAULTS.count = MAX_FAULTS
        unit = start("a", captures)
        assert unit.recorder is None
        unit.finish()
    assert captures == []
