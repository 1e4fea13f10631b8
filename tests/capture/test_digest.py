"""Parameters are told apart, and nothing of the program is asked for it."""

from __future__ import annotations

import enum
import ipaddress
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from time import thread_time
from typing import Any
from uuid import UUID

import pytest
from django.utils.safestring import SafeString
from psycopg.types.json import Json, Jsonb
from psycopg.types.range import Range

from queryscope.capture.digest import digest


class Size(enum.Enum):
    SMALL = 1
    LARGE = 2


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


VALUES: list[Any] = [
    None, 0, 1, True, -1, -2, 1.5, "1", b"1", SafeString("x"), SafeString("y"), 2**70,
    Decimal("1.5"), Decimal("1.6"), UUID(int=1), UUID(int=2),
    date(2026, 1, 1), date(2026, 1, 2), datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 1, tzinfo=UTC),
    time(1), time(2), timedelta(1), timedelta(2), Size.SMALL, Size.LARGE, Level.HIGH,
    Jsonb({"a": [Decimal(1)]}), Jsonb({"a": [Decimal(2)]}), Json({"a": [Decimal(1)]}),
    Range(1, 2), Range(1, 3), Range(1, 2, "[]"), Range(empty=True), [1, 2], [2, 1], {"a": 1}, {"a": 2},
    bytearray(b"x"), memoryview(b"y"),
]  # fmt: skip


@pytest.mark.parametrize("beside", [7, date(2026, 1, 1)], ids=["known to marshal", "unknown to marshal"])
def test_values_that_differ_are_told_apart(beside: Any) -> None:
    assert len({digest([beside, value]) for value in VALUES}) == len(VALUES)


def test_values_that_are_equal_are_the_same_in_lists_tuples_and_dictionaries() -> None:
    def make() -> list[Any]:
        return [
            [UUID(int=1), "a", Decimal("1.5")],
            (date(2026, 1, 1), [1, [2, date(2026, 1, 1)]]),
            {"n": Range(1, 2), "j": Jsonb({"a": [Decimal(1), None]})},
            [SafeString("x"), Level.LOW, Size.SMALL],
        ]

    for one, other in zip(make(), make(), strict=True):
        assert digest(one) == digest(other)


def test_what_inherits_from_a_built_in_type_is_its_value() -> None:
    class Shouting(str):
        def __str__(self) -> str:
            raise AssertionError("shown")

        def __hash__(self) -> int:
            raise AssertionError("hashed")

    assert digest([Shouting("x"), Level.LOW]) == digest([SafeString("x"), True + 0])
    assert digest([Shouting("x")]) == digest(["x"])


@pytest.mark.parametrize("value", [object(), ipaddress.ip_address("10.0.0.1"), {"a": object()}])
def test_what_is_unknown_equals_nothing(value: Any) -> None:
    assert digest([value]) != digest([value])


def test_values_that_hold_themselves_end() -> None:
    endless: list[Any] = [date(2026, 1, 1)]
    endless.append(endless)
    assert digest(endless) != digest(endless)


def test_fifty_thousand_values_take_no_time_to_speak_of() -> None:
    values = [UUID(int=number) for number in range(50_000)]
    taken = []
    for _ in range(5):  # a collection of garbage may fall into some
        started = thread_time()
        digest(values)
        taken.append(thread_time() - started)
    assert min(taken) < 0.2
