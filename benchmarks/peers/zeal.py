"""django-zeal: counts relation accesses by line, and records no SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from peers import Tool


@contextmanager
def hook() -> Iterator[tuple[Any, Callable[[], int]]]:
    from django.conf import settings
    from zeal.listeners import _nplusone_context, n_plus_one_listener, setup, teardown

    from workloads.lookups import Thing

    settings.ZEAL_NPLUSONE_THRESHOLD = 10**9  # counting alone: no alert
    notify = n_plus_one_listener.notify

    def record(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        notify(Thing, "name", "Thing:1")
        return execute(sql, params, many, context)

    token = setup()
    yield record, lambda: sum(map(len, _nplusone_context.get().calls.values()))
    teardown(token)


def told(response: Any, output: str) -> int:
    return output.count("N+1 detected on workloads.Book.author")


TOOL = Tool(
    title="django-zeal",
    requirement="django-zeal",
    apps=("django.contrib.contenttypes", "zeal"),
    middleware=("zeal.middleware.zeal_middleware",),
    settings={"ZEAL_RAISE": False},  # by default it raises at the second access, and there is no page
    hook=hook,
    told=told,
    note="no SQL, no times; warns instead of raising",
)
