"""Asks a session for the plans of what it runs: PostgreSQL's auto_explain tells them as notices.

The plan is that of the very execution, of writes too, and nothing runs twice. It needs a role that may load
the module or set its settings, and a session of one's own: behind a pooler, others would get the notices.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from queryscope.database.sandbox import (
    IDLE,
    IN_TRANSACTION,
    database_error,
    is_psycopg3,
    own_connection,
)

Keep = Callable[[float, dict[str, Any]], None]  # milliseconds, and the document

LONGEST_NOTICE = 2_000_000  # characters
STATE = "SELECT pg_backend_pid(), current_setting('auto_explain.log_min_duration', true)"
LOAD = "LOAD 'auto_explain'"
SET_LASTING = "SELECT set_config(key, value, false) FROM json_each_text(%s::json)"
SETTINGS = {
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_format": "json",
    "auto_explain.log_level": "notice",
    "auto_explain.log_nested_statements": "off",
    "auto_explain.log_settings": "on",
    "auto_explain.log_timing": "on",
    "auto_explain.log_triggers": "on",
    "auto_explain.log_verbose": "on",
    "auto_explain.log_wal": "on",
}
_NOTICE = re.compile(r"duration: (\d+(?:\.\d+)?) ms  plan:\n(?=\{)")
_SAVEPOINT = 'SAVEPOINT "queryscope_listen"'
_BACK = 'ROLLBACK TO SAVEPOINT "queryscope_listen"'
_RELEASE = 'RELEASE SAVEPOINT "queryscope_listen"'


def ask(connection: Any, *, least_ms: float) -> bool:
    """Make the session of an open connection tell plans, from a duration on; False if it may not or can't."""
    raw = connection.connection
    state = raw.info.transaction_status
    if state not in (IDLE, IN_TRANSACTION) or (is_psycopg3(raw) and raw.pgconn.pipeline_status):
        return False
    try:
        with raw.cursor() as cursor, _kept(cursor, state == IN_TRANSACTION or not raw.autocommit):
            cursor.execute(STATE)
            pid, known = cursor.fetchone()
            if pid != raw.info.backend_pid:  # a pooler stands between
                return False
            if known is None:
                cursor.execute(LOAD)
            wanted = {**SETTINGS, "auto_explain.log_min_duration": f"{int(least_ms)}ms"}
            cursor.execute(SET_LASTING, [json.dumps(wanted)])
    except database_error(connection):
        return False
    finally:
        if state == IDLE and not raw.autocommit and not raw.closed:
            raw.commit()  # the driver had sent BEGIN by itself
    return True


@contextmanager
def _kept(cursor: Any, is_in_transaction: bool) -> Any:
    if not is_in_transaction:
        yield
        return
    cursor.execute(_SAVEPOINT)
    try:
        yield
    except BaseException:
        cursor.execute(_BACK)
        raise
    finally:
        cursor.execute(_RELEASE)


def on_plan(raw: Any, keep: Keep) -> None:
    """Call `keep` with each plan that the session tells from now on."""

    def hear(text: str) -> None:
        match = _NOTICE.match(text)
        if match is None or len(text) > LONGEST_NOTICE:
            return
        try:
            document = json.loads(text[match.end() :])
        except ValueError:
            return
        if isinstance(document, dict) and "Plan" in document:
            keep(float(match[1]), document)

    if is_psycopg3(raw):
        raw.add_notice_handler(lambda diagnostic: hear(diagnostic.message_primary or ""))
    else:
        raw.notices = _Notices(hear)


class _Notices(list[str]):
    """psycopg2's list of notices, which tells each."""

    def __init__(self, hear: Callable[[str], None]) -> None:
        super().__init__()
        self._hear = hear

    def append(self, text: str) -> None:
        super().append(text)
        del self[:-50]  # as many as psycopg2 keeps itself
        self._hear(text.partition(":  ")[2])


def sent_text(connection: Any, sql: str, params: Any) -> str | None:
    """The text that was sent, with its parameters in it; None where they went beside it."""
    raw = connection.connection
    if raw is None:
        with own_connection(connection) as own:
            return _mogrified(own, sql, params)
    return _mogrified(raw, sql, params)


def _mogrified(raw: Any, sql: str, params: Any) -> str | None:
    with raw.cursor() as cursor:
        mogrify = getattr(cursor, "mogrify", None)
        text = mogrify(sql, params) if mogrify else None
    return text.decode(errors="replace") if isinstance(text, bytes) else text
