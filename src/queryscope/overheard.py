"""Seam: the plans that PostgreSQL told of the very executions of a unit of work, where it was asked to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from queryscope.capture.finish import Slow
from queryscope.capture.recorder import Recorder
from queryscope.capture.state import ACTIVE, FAULTS
from queryscope.config import Config
from queryscope.model import Plan
from queryscope.sql.fingerprint import fingerprint

MOST_PLANS = 200  # of one unit of work

Shape = tuple[str, str]  # alias of the database, fingerprint
Heard = Mapping[Shape, tuple[float, dict[str, Any]]]  # the slowest: milliseconds, document

_plans: WeakKeyDictionary[Recorder, dict[Shape, tuple[float, dict[str, Any]]]] = WeakKeyDictionary()
_asked: WeakKeyDictionary[Any, float] = WeakKeyDictionary()  # raw connections, and from which duration on
_heard: WeakSet[Any] = WeakSet()  # those whose notices come here
_listening: WeakSet[Recorder] = WeakSet()
_lock = Lock()
_RECEIVER = "queryscope-auto-explain"


def listen(recorder: Recorder) -> None:
    """Ask the connections of this thread, and those that open while it records, for plans. Never raises."""
    try:
        from django.db import connections
        from django.db.backends.signals import connection_created

        with _lock:
            _listening.add(recorder)
            connection_created.connect(_created, dispatch_uid=_RECEIVER)
        for connection in connections.all(initialized_only=True):
            _ask(connection, _least_ms(recorder.config))
    except Exception:
        FAULTS.note("auto_explain")


def _least_ms(config: Config) -> float:
    return 0.0 if config.explain == "all" else min(config.slow_ms, config.costly_ms)


def _created(connection: Any, **_: Any) -> None:
    try:
        running = [_least_ms(each.config) for each in _listening if not each.ended_ns]
        if running:
            _ask(connection, min(running))
    except Exception:
        FAULTS.note("auto_explain")


def _ask(connection: Any, least_ms: float) -> None:
    from queryscope.database.auto_explain import ask, on_plan

    raw = connection.connection
    if connection.vendor != "postgresql" or raw is None or _asked.get(raw) == least_ms:
        return
    is_told = ask(connection, least_ms=least_ms)
    if is_told and raw not in _heard:
        on_plan(raw, partial(_keep, connection.alias))
        _heard.add(raw)
    if not connection.in_atomic_block:  # what is set in a transaction goes with it, when it is rolled back
        _asked[raw] = least_ms


def _keep(alias: str, duration_ms: float, document: dict[str, Any]) -> None:
    recorder = ACTIVE.get()
    if recorder is None or recorder.ended_ns:
        return
    try:
        plans = _plans.setdefault(recorder, {})
        shape = alias, fingerprint(str(document.pop("Query Text", "")))
        known = plans.get(shape)
        if (known is None and len(plans) < MOST_PLANS) or (known is not None and known[0] < duration_ms):
            plans[shape] = (duration_ms, document)
    except Exception:
        FAULTS.note("auto_explain")


def heard(recorder: Recorder) -> Heard:
    """What was told during a unit of work that has ended; it listens to new connections no longer."""
    if recorder in _listening:
        from django.db.backends.signals import connection_created

        with _lock:
            _listening.discard(recorder)
            if not _listening:
                connection_created.disconnect(dispatch_uid=_RECEIVER)
    return _plans.get(recorder, {})


def heard_plan(plans: Heard, slow: Slow, connection: Any, server_version: int | None) -> Plan | None:
    """The plan of the slowest execution of a shape, if it was told."""
    if not plans:
        return None
    from queryscope.plans.parse import parse_plan

    found = plans.get((slow.alias, slow.fingerprint))
    if found is None and any(alias == slow.alias for alias, _ in plans):
        # Values that the driver writes with a cast look otherwise than placeholders.
        text = _sent_text(connection, slow)
        found = plans.get((slow.alias, fingerprint(text))) if text else None
    if found is None:
        return None
    duration_ms, document = found
    return parse_plan(
        {**document, "Execution Time": duration_ms},
        fingerprint=slow.fingerprint,
        server_version=server_version,
    )


def _sent_text(connection: Any, slow: Slow) -> str | None:
    """The text that was sent; None where no connection can be had to write the parameters into it."""
    from queryscope.database.auto_explain import sent_text
    from queryscope.database.sandbox import database_error

    try:
        return sent_text(connection, slow.sql, slow.params)
    except database_error(connection):
        return None
