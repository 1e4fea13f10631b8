"""What happens beside the statements of a unit: connections, transaction bounds, and what can't be seen."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

from queryscope.capture.state import LEFT_OUT
from queryscope.model import ConnectionEventKind

MAX_EVENTS = 1000  # of connections, in one unit of work
MAX_NAMES = 20  # of threads
SHOWN_NAMES = 3
_UNNAMED = "(unnamed)"
# "Thread-3 (poll)", "ThreadPoolExecutor-0_1": what else a program writes into a name could be anything.
_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,40}( \([A-Za-z0-9_.<>-]{1,40}\))?", re.ASCII)

Event = tuple[ConnectionEventKind, str, int, int, int, str | None, bool, int]


class Beside:
    """What one recorder was told beside its queries; `finish` freezes it."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.dropped = 0
        self.unseen: dict[tuple[str, str], int] = {}  # (what, alias) → times
        self.strays: dict[str, int] = {}  # thread → queries of no unit
        self._lock = threading.RLock()  # a finalizer may close a connection while it is held

    def add(self, kind: ConnectionEventKind, alias: str, times: tuple[int, int], **more: Any) -> None:
        """Something happened to a connection; `more`: error, is_pooled, statements."""
        event = (
            kind,
            alias,
            times[0],
            times[1] - times[0],
            threading.get_ident(),
            more.get("error"),
            more.get("is_pooled", False),
            more.get("statements", 0),
        )
        with self._lock:
            if len(self.events) < MAX_EVENTS:
                self.events.append(event)
            else:
                self.dropped += 1

    def note_unseen(self, what: str, alias: str) -> None:
        """Something ran whose statements can't be recorded."""
        with self._lock:
            self.unseen[what, alias] = self.unseen.get((what, alias), 0) + 1

    def note_stray(self, thread: str) -> None:
        """A query ran in a thread of no unit of work."""
        with self._lock:
            if thread not in self.strays and len(self.strays) >= MAX_NAMES:
                thread = _UNNAMED
            self.strays[thread] = self.strays.get(thread, 0) + 1

    def notes(self) -> Iterator[str]:
        """What could not be seen, in words."""
        with self._lock:
            unseen, strays, dropped = sorted(self.unseen.items()), dict(self.strays), self.dropped
        for (what, alias), times in unseen:
            ran = "once" if times == 1 else f"{times} times"
            where = f"on {alias!r}" if alias else "on a connection of no alias"
            yield f"{what} ran {ran} {where}: what it moves isn't among the queries"
        if strays:
            yield _told(strays)
        if dropped:
            yield f"{dropped} more connections and transaction bounds are not listed"


# Of the recorders that run now. Lists append and remove atomically.
RUNNING: list[Beside] = []


def note_stray() -> None:
    """A query ran that belongs to no recorder: tell those that run meanwhile, unless that is on purpose."""
    left_out = LEFT_OUT.get()
    if left_out is not None:
        left_out.count += 1
        return
    name = thread_name()
    for each in tuple(RUNNING):
        each.note_stray(name)


def thread_name() -> str:
    """The name of this thread, if it is plain. Asking `current_thread()` would enlist an alien thread."""
    known = threading._active.get(threading.get_ident())  # type: ignore[attr-defined]
    name = getattr(known, "_name", None)
    return name if isinstance(name, str) and _PLAIN.fullmatch(name) else _UNNAMED


def error_name(exception: BaseException) -> str:
    """The SQLSTATE, or the class where the driver gave none."""
    cause = exception if exception.__cause__ is None else exception.__cause__
    return str(getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or type(exception).__name__)


def _told(strays: dict[str, int]) -> str:
    count = sum(strays.values())
    names = sorted(strays, key=lambda name: (-strays[name], name))
    told = ", ".join(names[:SHOWN_NAMES])
    if len(names) > SHOWN_NAMES:
        told += f" and {len(names) - SHOWN_NAMES} more"
    ran = "1 query" if count == 1 else f"{count} queries"
    where = "a thread" if len(names) == 1 else "threads"
    return f"{ran} ran in {where} of no unit of work: {told}"
