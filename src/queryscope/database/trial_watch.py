"""Looks after others while a trial holds a table: whoever has waited for it for a while is let pass.

CREATE INDEX holds a ShareLock until its savepoint is rolled back, and writers wait. A second session asks the
server again and again whether anybody waits for the first one, and if so ends its statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from queryscope.database.sandbox import database_error, own_connection
from queryscope.errors import OthersWaitError

WAIT_MS = 500.0  # the longest that anybody waits before a trial is ended
LOOK_S = 0.1  # from one look to the next

BACKEND = "SELECT pg_backend_pid()"
# pg_blocking_pids stops the lock manager for a moment: it is asked of sessions that wait only.
LONGEST_WAIT_MS = """
    WITH waiting AS MATERIALIZED (
        SELECT pid, waitstart FROM pg_locks WHERE NOT granted AND pid <> %(pid)s
    )
    SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)) * 1000, 0)::float8
    FROM waiting
    WHERE %(pid)s = ANY (pg_blocking_pids(pid))
"""
# Unlike libpq's cancel it names the backend, also behind a pooler; and once it has answered, the signal was
# sent: none comes late, into a statement of the program. A session that is idle ignores it.
CANCEL = "SELECT pg_cancel_backend(%s)"


class Watch:
    """The look-out of one trial.

    Args:
        raw: a session of its own; None: nobody looks.
        cursor: of the session that tries, in the trial's transaction.
        is_alone: nobody else uses the database: a test runner made it.
    """

    def __init__(self, raw: Any, cursor: Any, *, is_alone: bool = False) -> None:
        self._raw = raw
        self._trial = cursor.connection
        self._pid = cursor.execute(BACKEND).fetchone()[0] if raw is not None else 0
        self._is_alone = is_alone
        self.is_lost = False
        self.waited_ms = 0.0  # by somebody, when the latest step was ended for it; else 0

    @property
    def may_hold_long(self) -> bool:
        """Whether nobody has to wait for the end of a long build."""
        return self._is_alone or (self._raw is not None and not self.is_lost)

    @property
    def is_over(self) -> bool:
        """Whether the step has to end."""
        return self.is_lost or bool(self.waited_ms)

    @contextmanager
    def step(self) -> Iterator[None]:
        """A step that holds locks, in a savepoint that is rolled back right after.

        Raises:
            OthersWaitError: the step was ended by a look-out, and why.
        """
        self.waited_ms = 0.0
        if self._raw is None or self.is_lost:
            yield
            return
        self.look()
        if self.is_over:  # for what the program's own transaction holds
            raise OthersWaitError(self._reason())
        over = Event()
        thread = Thread(target=self._look_on, args=(over,), name="queryscope-watch", daemon=True)
        thread.start()
        try:
            yield
        except Exception as error:
            _end(over, thread)
            if not self.is_over:
                raise
            raise OthersWaitError(self._reason()) from error
        finally:
            _end(over, thread)

    def look(self) -> None:
        """Ask once whether somebody has waited too long, and note it."""
        try:
            [waited_ms] = self._raw.execute(LONGEST_WAIT_MS, {"pid": self._pid}).fetchone()
        except Exception:
            self.is_lost = True
            return
        if waited_ms >= WAIT_MS:
            self.waited_ms = max(self.waited_ms, waited_ms)

    def _look_on(self, over: Event) -> None:
        """Until the step is over. It is ended again and again: between two statements that does nothing."""
        while not over.wait(LOOK_S):
            self.look()
            if self.waited_ms and not self.is_lost:
                self._cancel()
            if self.is_lost:
                self._trial.cancel()

    def _cancel(self) -> None:
        try:
            self._raw.execute(CANCEL, [self._pid])
        except Exception:
            self.is_lost = True

    def _reason(self) -> str:
        if self.is_lost:
            return "Not proved: the session that looks after others was lost."
        return (
            f"Not proved: another session waited {self.waited_ms / 1000:.1f} s for what the trial held, "
            "and was let pass."
        )


def _end(over: Event, thread: Thread) -> None:
    over.set()
    thread.join()


@contextmanager
def watching(connection: Any, cursor: Any, *, is_alone: bool) -> Iterator[Watch]:
    """A look-out for the trials of a cursor; one that sees nothing where no further session can be had.

    Args:
        connection: Django's, for a session beside the trial's.
        cursor: the trial's, in its transaction.
        is_alone: nobody else uses the database: there is no look-out, and none is needed.
    """
    if is_alone:
        yield Watch(None, cursor, is_alone=True)
        return
    opened = own_connection(connection, use="watch")
    try:
        raw = opened.__enter__()
    except database_error(connection):
        yield Watch(None, cursor)
        return
    try:
        yield Watch(raw, cursor)
    finally:
        opened.__exit__(None, None, None)
