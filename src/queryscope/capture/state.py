"""What is active in this context, and the guard that keeps queryscope's own faults out of the program."""

from __future__ import annotations

import logging
import os
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from queryscope.capture.hooks_threads import Carried
    from queryscope.capture.recorder import Recorder

logger = logging.getLogger("queryscope")

ACTIVE: ContextVar[Recorder | None] = ContextVar("queryscope_active", default=None)
# Application frames that await a call which runs in another thread.
AWAITING: ContextVar[tuple[Any, ...]] = ContextVar("queryscope_awaiting", default=())


class LeftOut:
    """What a context runs outside of every unit of work on purpose: counted, never told as unseen."""

    count = 0


# Set where a request is handled, where a connection is set up, and around queryscope's own work.
LEFT_OUT: ContextVar[LeftOut | None] = ContextVar("queryscope_left_out", default=None)


class Here(threading.local):
    """What came with the work that this thread does now."""

    carried: Carried | None = None


HERE = Here()

# Put on querysets: where they were built; on ModelState: which query loaded the instance.
# Values are tuples of plain numbers and strings.
MARK = "_queryscope"
# On querysets: (token, group, "") of their latest query, for the instances that it loads.
LOADED = "_queryscope_loaded"
# On querysets of generic relations, whose hints don't name the owner: (label, primary key, its mark).
OWNER = "_queryscope_owner"
OWN = (MARK, LOADED, OWNER)

# Last in the mark of a queryset: a mark that came in a pickle of another process means nothing here.
PROCESS = int.from_bytes(os.urandom(6))

# Neither makes the `__dict__` of an object, which is dear where Python has done without one so far, and
# neither asks a `__setattr__` or `__getattr__` of the program's.
put = object.__setattr__
get = object.__getattribute__

# The mark of a queryset that a descriptor runs at once, to fetch a related instance: its site is looked up
# when it runs, for the first of a group.
LATER = (0, 0, "", 0, 0, PROCESS)

MAX_FAULTS = 3


class Faults:
    """Counts queryscope's own faults: the first is logged, after three the profiler is off."""

    def __init__(self) -> None:
        self.count = 0

    @property
    def is_off(self) -> bool:
        """Whether the profiler has switched itself off in this process."""
        return self.count >= MAX_FAULTS

    def note(self, where: str) -> None:
        """Count a fault that is being handled. Never raises."""
        self.count += 1
        try:
            if self.count == 1:
                logger.warning("queryscope failed in %s; the program goes on", where, exc_info=True)
            elif self.count == MAX_FAULTS:
                logger.warning("queryscope failed %d times and is now off in this process", MAX_FAULTS)
        except Exception:
            return

    def clear(self) -> None:
        """Forget the faults: the profiler is on again."""
        self.count = 0


FAULTS = Faults()


def note_on(holder: Any, name: str) -> Any:
    """What was put on a queryset or on the state of an instance under that name; None if nothing was."""
    try:
        return get(holder, name)
    except AttributeError:
        return None


def active() -> Recorder | None:
    """The recorder of this context; one that has ended gives way to the unit around it."""
    recorder = ACTIVE.get()
    while recorder is not None and recorder.ended_ns:
        recorder = recorder.outer
    return None if FAULTS.count >= MAX_FAULTS else recorder
