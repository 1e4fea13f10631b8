"""`slow-query`: one SELECT took long; what its plan says is told with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Models, Observation, Trace
from queryscope.rules.attribution import first_python, function_name, is_application
from queryscope.rules.observing import observe_group
from queryscope.rules.selection import is_locking

# Functions that wait for a lock, or for nothing.
_WAITS = re.compile(r"\bpg_(advisory_(xact_)?lock|sleep)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowQuery:
    """A query of the application at or above a duration; dropped again if its plan shows otherwise."""

    name: ClassVar[str] = "slow-query"
    slow_ms: float = 100.0

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each slow group."""
        for group in trace.groups:
            if group.kind != "select" or group.max_ms < self.slow_ms or group.error is not None:
                continue
            if is_locking(group) or _WAITS.search(group.sql):
                continue  # it may have waited for others: that is no work, and no plan tells
            place = first_python(group.stack)
            if group.site is None and place is None:
                continue
            frames = (place, group.site.frame if group.site else None)
            if any(frame is not None and not is_application(frame) for frame in frames):
                continue
            yield observe_group(
                self.name,
                trace,
                group,
                confidence="likely",
                fact="time",
                duration_ms=group.max_ms,
            )

    def message(self, observations: Sequence[Observation]) -> str:
        """How long, of what."""
        worst = max(observations, key=lambda each: each.duration_ms)
        function = function_name(worst.trigger) if worst.trigger else "The page"
        return f"{function} waited {worst.duration_ms:.0f} ms for one {worst.subject} query."
