"""Seam: units that begin and end within the program: commands, tasks, events; and which ran within which."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Literal
from weakref import WeakValueDictionary

from queryscope.capture.finish import Finished, finish
from queryscope.capture.recorder import Recorder
from queryscope.capture.state import FAULTS, active
from queryscope.config import Config
from queryscope.model import Capture, Origin
from queryscope.profiler import begin, complete

Sink = Callable[[Capture], object]
# Where plans are taken: on connections of their own, on this thread's inside its transaction (rows of
# that transaction are visible there only), or that on databases that a test runner made.
Place = Literal["beside", "in-place", "test-database"]
MOST_WAITING = 50  # units that wait for the end of the one around them; further ones go without plans

_surroundings: WeakValueDictionary[int, Surrounding] = WeakValueDictionary()  # by the recorder's token


class Surrounding:
    """A unit that others may run within.

    They are handed on after it: only then its name is known, and nobody waits any more.
    """

    def __init__(self) -> None:
        self.recorder: Recorder | None = None
        self._finished: Finished | None = None
        self.inner: list[Unit] = []
        self.is_over = False

    def surround(self, recorder: Recorder) -> None:
        """What starts while this recorder is the innermost is within this unit."""
        self.recorder = recorder
        _surroundings[recorder.token] = self

    @property
    def finished(self) -> Finished | None:
        """What a unit that records no more came to, worked out once; None while it records."""
        if self._finished is None and self.recorder is not None and self.recorder.ended_ns:
            self._finished = finish(self.recorder)
        return self._finished

    def stop_inner(self) -> None:
        """End what didn't end by itself: whoever runs it was interrupted."""
        for unit in self.inner:
            unit.stop()

    def hand_on_inner(self, *, is_explained: bool = True) -> None:
        """Hand on what ran within this unit, which has been handed on itself."""
        self.is_over = True
        inner, self.inner = self.inner, []
        for unit in inner:
            unit.stop()
            unit.hand_on(is_explained=is_explained)


class Unit(Surrounding):
    """A unit while it is recorded, from its making to `finish`. Nothing here raises into the program.

    Args:
        origin: what runs; without a parent it gets the label of the unit that it runs within.
        config: the settings.
        sink: is given the capture.
        place: where plans are taken.
    """

    def __init__(self, origin: Origin, config: Config, sink: Sink, *, place: Place = "beside") -> None:
        super().__init__()
        self._sink = sink
        self._place = place
        self._outer: Recorder | None = None
        self._around: Surrounding | None = None
        self._is_handed_on = False
        if FAULTS.is_off:
            return
        try:
            self._outer = active()
            self._around = None if self._outer is None else _surroundings.get(self._outer.token)
            self.surround(begin(origin, config))
            if self._around is not None:
                self._around.inner.append(self)
        except Exception:
            FAULTS.note("the start of a unit")

    def stop(self) -> None:
        """Record no more."""
        try:
            self.stop_inner()
            if self.recorder is not None:
                self.recorder.stop()
        except Exception:
            FAULTS.note("the end of a unit")

    def finish(self) -> None:
        """It has ended: hand it on, now or with the unit around it; whoever calls first."""
        self.stop()
        around = self._around
        if around is not None and not around.is_over and self in around.inner:
            if len(around.inner) <= MOST_WAITING:
                return
            around.inner.remove(self)
        # Within something else an explanation would hold it up; a test waits for it before its rollback.
        self.hand_on(is_explained=self._outer is None or (around is None and self._place != "beside"))

    def hand_on(self, *, is_explained: bool) -> None:
        """Give the capture to the sink, once."""
        recorder = self.recorder
        if recorder is None or self._is_handed_on:
            return
        self._is_handed_on = True
        try:
            if self._outer is not None and not recorder.origin.parent:
                recorder.origin = replace(recorder.origin, parent=self._outer.origin.label)
            self._sink(captured(self, self._place, is_explained=is_explained))
        except Exception:
            FAULTS.note("the completion of a unit")
        self.hand_on_inner(is_explained=is_explained)


def captured(unit: Surrounding, place: Place, *, is_explained: bool = True) -> Capture:
    """The capture of a unit that has stopped; without plans within an event loop: they would hold it up."""
    assert unit.recorder is not None
    if unit.finished is not None and (not is_explained or is_in_event_loop()):
        return Capture(trace=unit.finished[0])
    return complete(
        unit.recorder,
        finished=unit.finished,
        in_place=place != "beside",
        is_test_database=place == "test-database",
        is_repeated=place == "beside",
    )


def is_in_event_loop() -> bool:
    """Whether this thread runs an event loop right now."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
