"""What is active in this context, and the guard that keeps queryscope's own faults out of the program."""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from queryscope.capture.recorder import Recorder

logger = logging.getLogger("queryscope")

ACTIVE: ContextVar[Recorder | None] = ContextVar("queryscope_active", default=None)
# Application frames that await a call which runs in another thread.
AWAITING: ContextVar[tuple[Any, ...]] = ContextVar("queryscope_awaiting", default=())

# Attribute put on querysets, their iterables and ModelState. Values are tuples of plain numbers and strings.
MARK = "_queryscope"
# On querysets of generic relations, whose hints don't name the owner: (label, primary key, its MARK).
OWNER = "_queryscope_owner"

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


FAULTS = Faults()
