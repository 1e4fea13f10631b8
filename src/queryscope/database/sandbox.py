"""Raw connections and blocks that are always rolled back. Cursors of Django are seen by tests that count."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

from queryscope.errors import ExplainRefusedError

# Transaction states of libpq, the same numbers in psycopg 3 and psycopg2.
IDLE, ACTIVE, IN_TRANSACTION, IN_ERROR, UNKNOWN = range(5)

SET_LIMITS = """
    SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true)
"""
SEARCH_PATH = "SELECT current_setting('search_path')"
SET_LOCALLY = "SELECT set_config(%s, %s, true)"

CONNECT_TIMEOUT_S = 2  # the least that libpq knows

SAVEPOINT = 'SAVEPOINT "queryscope_box"'
BACK_TO_SAVEPOINT = 'ROLLBACK TO SAVEPOINT "queryscope_box"'
RELEASE_SAVEPOINT = 'RELEASE SAVEPOINT "queryscope_box"'
# Of a step within such a block. A step may hold others: PostgreSQL takes the latest savepoint of a name.
STEP = 'SAVEPOINT "queryscope_step"'
# Around such steps. Its own name takes back all within it, also where a cancelled step could not end itself.
TRIAL = 'SAVEPOINT "queryscope_trial"'

# For what is left of a step.
READ_ONLY = "SET TRANSACTION READ ONLY"
SERIAL = "SET LOCAL max_parallel_workers_per_gather = 0"

# What Django sets on a connection, for those of our own. It is set in each transaction anew: behind a pooler
# a session belongs to others in between, and would keep the role.
_LOCAL: WeakKeyDictionary[Any, tuple[tuple[str, str], ...]] = WeakKeyDictionary()

# On a copy of a connection the search_path of the program's session: tenants have schemas of their own.
PATH = "_queryscope_search_path"

# Raw connections by alias, search_path and use, inside `shared_connections`. Opening one takes 15 to 27 ms.
_SHARED: ContextVar[dict[tuple[str, ...], Any] | None] = ContextVar("queryscope_shared", default=None)


def apart(connection: Any) -> Any:
    """A closed copy of a connection, whose own sessions look for tables where the program's session does."""
    twin = connection.copy()
    setattr(twin, PATH, search_path(connection))
    return twin


def search_path(connection: Any) -> str:
    """Where an open connection looks for tables; "" where that can't be asked now."""
    raw = connection.connection
    if raw is None or connection.vendor != "postgresql":
        return ""
    told = raw.info.parameter_status("search_path")  # since PostgreSQL 18
    if told is not None:
        return str(told)
    state = raw.info.transaction_status
    is_in_pipeline = is_psycopg3(raw) and raw.pgconn.pipeline_status
    if is_in_pipeline or not (state == IN_TRANSACTION or (state == IDLE and raw.autocommit)):
        return ""
    try:
        with raw.cursor() as cursor:
            cursor.execute(SEARCH_PATH)
            return str(cursor.fetchone()[0])
    except database_error(connection):
        return ""


@contextmanager
def usable_connection(connection: Any) -> Iterator[Any]:
    """The connection of a transaction under way, whose rows no other session sees; else one of our own."""
    raw = connection.connection
    if raw is not None and connection.in_atomic_block:
        yield raw
        return
    with own_connection(connection) as own:
        yield own


@contextmanager
def shared_connections() -> Iterator[None]:
    """In this block `own_connection` opens one connection for each use of a database; its end closes them."""
    shared: dict[tuple[str, ...], Any] = {}
    token = _SHARED.set(shared)
    try:
        yield
    finally:
        _SHARED.reset(token)
        with ExitStack() as stack:
            for raw in shared.values():
                stack.enter_context(closing(raw))


@contextmanager
def own_connection(connection: Any, *, use: str = "") -> Iterator[Any]:
    """A raw connection of our own to the same database; no signal is sent. In blocks that are `rolled_back`
    it has Django's role and time zone, and the search_path of the connection's copy (see `apart`). Different
    uses have connections of their own.
    """
    shared = _SHARED.get()
    if shared is None:
        with closing(_connected(connection)) as raw:
            yield raw
        return
    key = (connection.alias, getattr(connection, PATH, ""), use)
    known = shared.get(key)
    if known is None or known.info.transaction_status != IDLE:  # lost, or left in the middle of something
        if known is not None:
            known.close()
        shared[key] = _connected(connection)
    yield shared[key]


def _connected(connection: Any) -> Any:
    twin = connection.copy()
    # A copy of the options is ours to change; a connection out of a pool would not be.
    options = twin.settings_dict.get("OPTIONS") or {}
    options.pop("pool", None)
    raw = twin.get_new_connection({**twin.get_connection_params(), "connect_timeout": CONNECT_TIMEOUT_S})
    try:
        raw.autocommit = True
    except BaseException:
        raw.close()
        raise
    local = [
        ("TimeZone", twin.timezone_name),
        ("role", options.get("assume_role")),
        ("search_path", getattr(connection, PATH, "")),
    ]
    _LOCAL[raw] = tuple((name, value) for name, value in local if value)
    return raw


@contextmanager
def rolled_back(raw: Any, *, lock_ms: float, statement_ms: float) -> Iterator[Any]:
    """A cursor inside a transaction or savepoint that ends in ROLLBACK whatever happens.

    Raises:
        ExplainRefusedError: the connection is busy, lost, or its transaction is aborted.
    """
    state = raw.info.transaction_status
    if state not in (IDLE, IN_TRANSACTION):
        reason = "is aborted" if state == IN_ERROR else "is busy" if state == ACTIVE else "is lost"
        raise ExplainRefusedError(f"Not run: the connection's transaction {reason}.")
    if is_psycopg3(raw) and raw.pgconn.pipeline_status:
        raise ExplainRefusedError("Not run: the connection is in the middle of a pipeline.")
    # Without autocommit the driver sends BEGIN by itself.
    before, after = ("BEGIN", ["ROLLBACK"]) if raw.autocommit else ("", ["ROLLBACK"])
    if state == IN_TRANSACTION:
        before, after = SAVEPOINT, [BACK_TO_SAVEPOINT, RELEASE_SAVEPOINT]
    with raw.cursor() as cursor:
        if before:
            cursor.execute(before)
        try:
            set_limits(cursor, lock_ms=lock_ms, statement_ms=statement_ms)
            for name, value in _LOCAL.get(raw, ()):
                cursor.execute(SET_LOCALLY, [name, value])
            yield cursor
        finally:
            for statement in after:
                cursor.execute(statement)


@contextmanager
def below_savepoint(cursor: Any, savepoint: str = STEP) -> Iterator[None]:
    """A step of a block that is `rolled_back`: it leaves nothing, and after an error the block is usable."""
    cursor.execute(savepoint)
    try:
        yield
    finally:
        cursor.execute(f"ROLLBACK TO {savepoint}")
        cursor.execute(f"RELEASE {savepoint}")


def set_limits(cursor: Any, *, lock_ms: float, statement_ms: float) -> None:
    """Timeouts until the end of the block."""
    cursor.execute(SET_LIMITS, [f"{max(1, int(lock_ms))}ms", f"{max(1, int(statement_ms))}ms"])


def run_alone(cursor: Any, sql: str, params: Any) -> Any:
    """The first value that a statement returns; PostgreSQL refuses a second statement in its text.

    Only its extended protocol does, in which psycopg 3 sends what asks for a binary result. psycopg2 has
    none: there no text with a semicolon is sent, be it in a string.

    Raises:
        ExplainRefusedError: a semicolon, with psycopg2.
    """
    if not is_psycopg3(cursor.connection):
        text = cursor.mogrify(sql, params)
        if b";" in text.rstrip(b"; \t\n\r\f\v"):
            raise ExplainRefusedError("Not explained: through psycopg2, no text with a semicolon in it is.")
        cursor.execute(text)
        found = cursor.fetchone()
        return found[0] if found else None
    import psycopg
    from psycopg.rows import tuple_row

    if isinstance(cursor, psycopg.ClientCursor):
        sql, params = cursor.mogrify(sql, params), None
    with psycopg.Cursor(cursor.connection, row_factory=tuple_row) as alone:
        row = alone.execute(sql, params, prepare=False, binary=True).fetchone()
        return row[0] if row else None


def bound_text(cursor: Any, sql: str, params: Any) -> str | None:
    """What psycopg2 makes of a statement and its parameters, which may be SQL; None with psycopg 3."""
    if is_psycopg3(cursor.connection):
        return None
    text = cursor.mogrify(sql, params)
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)


def is_psycopg3(raw: Any) -> bool:
    """Whether a raw connection is one of psycopg 3; the other one that Django knows is psycopg2."""
    return hasattr(raw, "pgconn")


def database_error(connection: Any) -> Any:
    """The driver's root of errors, for `except`."""
    return connection.Database.Error


def error_code(error: BaseException) -> str:
    """SQLSTATE of a driver's error; its text is not shown, since it may hold values."""
    return getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or type(error).__name__
