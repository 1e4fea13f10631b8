"""What an expression does while it is under execution: told by really running expressions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from queryscope.capture.instructions import operation_at


class Asked:
    """Notes what the frame that uses it is doing."""

    def __init__(self) -> None:
        self.told = ""

    def _note(self) -> None:
        frame = sys._getframe(2)
        self.told = operation_at(frame.f_code, frame.f_lasti)

    def __iter__(self) -> Iterator[int]:
        self._note()
        return iter((1, 2))

    def __contains__(self, item: object) -> bool:
        self._note()
        return True

    def __bool__(self) -> bool:
        self._note()
        return True

    def __getitem__(self, key: Any) -> int:
        self._note()
        return 1

    def __getattr__(self, name: str) -> Asked:
        self._note()
        return self

    def __call__(self) -> Asked:
        self._note()
        return self


def loop(asked: Asked) -> None:
    for _ in asked:
        pass


def comprehend(asked: Asked) -> object:
    return [each + 1 for each in asked]


def star(asked: Asked) -> object:
    return [*asked]


def contain(asked: Asked) -> bool:
    return 3 in asked


def not_contain(asked: Asked) -> bool:
    return 3 not in asked


def ask_if(asked: Asked) -> None:
    if asked:
        pass


def ask_if_not(asked: Asked) -> bool:
    return not asked


def ask_and(asked: Asked) -> object:
    return asked and 3


def ask_while(asked: Asked) -> None:
    while asked:
        return


def index(asked: Asked) -> object:
    return asked[0]


def cut(asked: Asked) -> object:
    return asked[1:3]


def unpack(asked: Asked) -> object:
    one, two = asked
    return one, two


def read(asked: Asked) -> object:
    return asked.author


def call(asked: Asked) -> object:
    return asked()


def hand_on(asked: Asked) -> object:
    return list(asked)


WAYS: list[tuple[Callable[[Asked], object], str]] = [
    (loop, "iterate"),
    (comprehend, "iterate"),
    (star, "iterate"),
    (contain, "in"),
    (not_contain, "in"),
    (ask_if, "truth"),
    (ask_if_not, "truth"),
    (ask_and, "truth"),
    (ask_while, "truth"),
    (index, "subscript"),
    (cut, "subscript"),
    (unpack, "unpack"),
    (read, "attribute"),
    (call, "call"),
    (hand_on, "call"),
]


@pytest.mark.parametrize(("way", "operation"), WAYS, ids=[way.__name__ for way, _ in WAYS])
@pytest.mark.parametrize("times", [1, 300])  # Python specialises what runs often
def test_an_instruction_tells_what_is_done(
    way: Callable[[Asked], object], operation: str, times: int
) -> None:
    asked = Asked()
    for _ in range(times):
        way(asked)
    assert asked.told == operation


def test_no_instruction_is_no_operation() -> None:
    code = loop.__code__
    assert operation_at(code, -1) == ""
    assert operation_at(code, 100_000) == ""
