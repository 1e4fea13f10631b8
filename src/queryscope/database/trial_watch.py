"""Looks after others while a trial holds a table: whoever has waited for it for a while is let pass.

CREATE INDEX holds a ShareLock until its savepoint is rolled back, and writers wait. A second session asks the
server again and again whether anybody waits for the first one, and if so ends its statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from selectors import EVENT_READ, DefaultSelector
from threading import Event, Thread
from time import monotonic
from typing import Any

from queryscope.database.sandbox import database_error, own_connection
from queryscope.errors import OthersWaitError

WAIT_MS = 500.0  # the longest that anybody waits before a trial is ended
LOOK_S = 0.1  # from one look to the next
ANSWER_S = 1.0  # an answer is waited for: a pooler's may only come after the trial

BACKEND = "SELECT pg_backend_pid()"
# pg_blocking_pids stops the lock manager for a moment: it is asked of sessions that wait only.
LONGEST_WAIT_MS = b"""
    WITH waiting AS MATERIALIZED (
        SELECT pid, waitstart FROM pg_locks WHERE NOT granted AND pid <> $1::int
    )
    SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)) * 1000, 0)::float8
    FROM waiting
    WHERE $1::int = ANY (pg_blocking_pids(pid))
"""
# Unlike libpq's cancel it names the backend, also behind a pooler; and once it has answered, the signal was
# sent: none comes late, into a statement of the program. A session that is idle ignores it.
CANCEL = b"SELECT pg_cancel_backend($1::int)"


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
        self._is_looking = False  # in the latest step
        self.waited_ms = 0.0  # by somebody, when the latest step was ended for it; else 0

    @property
    def may_hold_long(self) -> bool:
        """Whether nobody has to wait for the end of a long build."""
        return self._is_alone or (self._raw is not None and not self.is_lost)

    @property
    def is_over(self) -> bool:
        """Whether the step has to end."""
        return self._is_looking and (self.is_lost or bool(self.waited_ms))

    @contextmanager
    def step(self) -> Iterator[None]:
        """A step that holds locks, in a savepoint that is rolled back right after.

        Raises:
            OthersWaitError: the step was ended by a look-out, and why.
        """
        self.waited_ms = 0.0
        self._is_looking = self._raw is not None and not self.is_lost
        if not self._is_looking:
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
            waited_ms = float(self._ask(LONGEST_WAIT_MS))
        except Exception:
            self._lose()
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
            self._ask(CANCEL)
        except Exception:
            self._lose()

    def _ask(self, question: bytes) -> bytes:
        """The one value of an answer. The driver itself would wait for it without end."""
        libpq, ends_at, answer = self._raw.pgconn, monotonic() + ANSWER_S, b""
        libpq.send_query_params(question, [b"%d" % self._pid])
        libpq.flush()
        with DefaultSelector() as selector:
            selector.register(libpq.socket, EVENT_READ)
            while True:
                while libpq.is_busy():
                    if not selector.select(max(0.0, ends_at - monotonic())):
                        raise TimeoutError
                    libpq.consume_input()
                result = libpq.get_result()
                if result is None:
                    return answer
                answer = result.get_value(0, 0)

    def _lose(self) -> None:
        self.is_lost = True
        with suppress(Exception):
            self._raw.close()

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
        watch = Watch(raw, cursor)
        watch.look()  # behind a pooler that has one session only it is lost at once
        yield watch
    finally:
        opened.__exit__(None, None, None)
