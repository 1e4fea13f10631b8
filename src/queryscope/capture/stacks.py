"""The stacks of one recorder. Where a running frame was passed before, the rest of its stack is known.

A walk leaves a `Tail` on some of the frames that it passes: while such a frame runs, what stands further
out can't change, so the next walk ends there. The place for it is the frame's `f_trace`, which belongs to
one call of a function and goes with it. Python reads it only for a tracer that somebody has set.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from queryscope.capture.codes import Codes

KNOWN = -2  # in place of an instruction: the entry is the number of a tail
MAX_FRAMES = 40  # application frames kept of one stack
_MOST = 2 * MAX_FRAMES
_MOST_TAILS = 20_000

Passed = tuple[FrameType, int, str]  # a frame, how long the key was there, the template inside
# By id(node): the template, the entry of a key, and the node, so that its id stays its own.
Lines = dict[int, tuple[str, "tuple[Any, ...] | None", Any]]


class Tail:
    """What stands outside of a frame, as the number of a tail of that recorder."""

    __slots__ = ("number", "template", "token")

    def __init__(self, token: int, template: str, number: int) -> None:
        self.token = token
        self.template = template  # whose lines the rest leaves out: a line of it stands further in
        self.number = number

    def __call__(self, *_: object) -> Tail:
        """A trace function that does nothing, for a tracer that is set while the frame runs."""
        return self


class Stacks:
    """Stack keys of one recorder. What stands outside of a frame is stored once, ending in what was known."""

    def __init__(self, codes: Codes, token: int) -> None:
        self.codes = codes
        self.token = token
        self.lines: Lines = {}  # of template nodes that a walk has met
        self._rests: list[tuple[Any, ...]] = []  # by the number of their tail
        self._tails: dict[tuple[tuple[Any, ...], str], Tail] = {}

    def expand(self, key: tuple[Any, ...]) -> tuple[Any, ...]:
        """The key in full: what its last entry stands for, in its place."""
        while len(key) > 1 and key[-1] == KNOWN:
            key = key[:-2] + self._rests[key[-2]]
        return key[:_MOST]

    def leave(self, passed: list[Passed], key: list[Any]) -> None:
        """Leave tails on frames that a walk has passed, unless somebody traces.

        The key becomes what the next walk will find.
        """
        if sys.gettrace() is not None or len(self._rests) > _MOST_TAILS:
            return
        for frame, length, template in reversed(passed):
            rest = tuple(key[length:])
            tail = self._tails.get((rest, template))
            if tail is None:
                tail = self._tails[rest, template] = Tail(self.token, template, len(self._rests))
                self._rests.append(rest)
            frame.f_trace = tail
            key[length:] = (tail.number, KNOWN)

    def take_back(self, frame: FrameType | None) -> None:
        """Take this recorder's tails from the frames that still run."""
        while frame is not None:
            tail = frame.f_trace
            if type(tail) is Tail and tail.token == self.token:
                frame.f_trace = None
            frame = frame.f_back
