"""Seam: what the examination of a shape came to, so that a page that is loaded again isn't examined again.

And what EXPLAIN has cost a run of tests so far, where nobody loads a page again, but thousands of tests run.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any

from queryscope.capture.finish import Slow
from queryscope.config import Config
from queryscope.model import IndexAdvice, Plan, Refusal, SkippedPlan, Table

FRESH_S = 60.0  # an index made by hand shows after a minute; a migration restarts the server anyway
MOST = 500
# Another time than then: as much slower or faster, by more than a machine's moods.
_RATIO = 2.0
_LEAST_MS = 5.0

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What is known of one shape."""

    at: float  # seconds, monotonic
    max_ms: float
    server_version: int | None
    plans: tuple[Plan, ...] = ()
    skipped: tuple[SkippedPlan, ...] = ()
    tables: tuple[Table, ...] = ()
    indexes: tuple[IndexAdvice, ...] = ()
    refusals: tuple[Refusal, ...] = ()


_known: OrderedDict[Key, Examined] = OrderedDict()
_lock = Lock()


class RunBudget:
    """What was explained and tried in this process, within tests, and what it took."""

    def __init__(self) -> None:
        self.plans = 0
        self.ms = 0.0
        self.trial_ms = 0.0
        self._explained: dict[Key, float] = {}  # milliseconds that the shape took

    def is_due(self, key: Key, max_ms: float) -> bool:
        """Whether a shape has no plan in this run yet, or none of an execution about as slow as this one."""
        known = self._explained.get(key)
        return known is None or (max_ms > _RATIO * known and max_ms - known > _LEAST_MS)

    def explained(self, key: Key, max_ms: float) -> None:
        """Remember that a shape has its plan."""
        with _lock:
            self._explained[key] = max_ms

    def forget(self) -> None:
        """Begin a new run."""
        with _lock:
            self.plans, self.ms, self.trial_ms = 0, 0.0, 0.0
            self._explained.clear()

    def spend(self, ms: float) -> None:
        """Count one plan."""
        with _lock:
            self.plans += 1
            self.ms += ms

    def spend_on_trials(self, ms: float) -> None:
        """Count the time in which indexes were built and timed."""
        with _lock:
            self.trial_ms += ms

    def trial_left_ms(self, config: Config) -> float:
        """What is left of the time for trials."""
        return max(0.0, config.trial_run_budget_ms - self.trial_ms)

    def is_spent(self, config: Config) -> bool:
        """Whether no more plans are taken in this run."""
        return self.plans >= config.explain_run_plans or self.ms >= config.explain_run_budget_ms


RUN = RunBudget()


def key_of(slow: Slow, settings: dict[str, Any], search_path: str = "") -> Key:
    """A shape on a database, and where in it the session looks for tables."""
    where = tuple(str(settings.get(name, "")) for name in ("NAME", "HOST", "PORT", "USER"))
    return (slow.fingerprint, slow.alias, where, search_path)


def recall(key: Key, max_ms: float) -> Examined | None:
    """What is known, while it is fresh and the shape takes about as long as then."""
    with _lock:
        found = _known.get(key)
    if found is None or monotonic() - found.at > FRESH_S:
        return None
    low, high = sorted((found.max_ms, max_ms))
    return None if high > _RATIO * low and high - low > _LEAST_MS else found


def remember(key: Key, examined: Examined) -> None:
    """Keep it, within bounds."""
    with _lock:
        _known[key] = examined
        _known.move_to_end(key)
        while len(_known) > MOST:
            _known.popitem(last=False)


def forget() -> None:
    """Forget everything."""
    with _lock:
        _known.clear()
    RUN.forget()
