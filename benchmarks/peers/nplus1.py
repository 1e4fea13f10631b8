"""nplus1, the maintained fork of nplusone: watches relation accesses, and records no SQL."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from peers import Tool


@contextmanager
def hook() -> Iterator[tuple[Any, Callable[[], int]]]:
    """What runs at each relation access that it takes for a part of an N+1, up to the message."""
    from nplusone.core import listeners, signals

    from workloads.lookups import Thing

    target = _Silent()
    listener = listeners.LazyListener(target)
    listener.setup()
    listener.loaded.add("Thing:2")  # the other one is loaded singly, which it takes for no N+1

    def record(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        signals.lazy_load.send(signals.get_worker(), args=(), kwargs={}, ret=None, context={}, parser=parse)
        return execute(sql, params, many, context)

    def parse(*_: Any) -> tuple[type, str, str]:
        return Thing, "Thing:2", "name"

    yield record, lambda: target.count
    listener.teardown()


class _Silent:
    count = 0

    def notify(self, message: Any) -> None:
        """Count and say nothing."""
        self.count += 1


def told(response: Any, output: str) -> int:
    return output.count("Potential n+1 query detected on `Book.author`")


TOOL = Tool(
    title="nplus1",
    requirement="nplus1",
    apps=("django.contrib.contenttypes",),
    middleware=("nplusone.ext.django.NPlusOneMiddleware",),
    settings={"NPLUSONE_LOG_LEVEL": logging.WARNING},  # at DEBUG, its default, nothing is told
    hook=hook,
    told=told,
    note="no SQL, no times",
)
