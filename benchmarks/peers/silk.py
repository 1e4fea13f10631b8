"""django-silk with its default settings: it writes each query into the database, and explains it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from peers import Tool


@contextmanager
def hook() -> Iterator[tuple[Any, Callable[[], int]]]:
    """It replaces `SQLCompiler.execute_sql`; its EXPLAIN of each query is a part of it."""
    from silk.collector import DataCollector
    from silk.models import Request
    from silk.sql import execute_sql

    collector = DataCollector()
    collector.configure(Request(), should_profile=False)
    compilers: dict[int, Any] = {}

    def record(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        frame = sys._getframe(1)
        compiler = compilers.get(id(frame))
        if compiler is None:
            compilers.clear()
            compiler = compilers[id(frame)] = _compiler_around(frame)
            compiler._execute_sql = execute
        return execute_sql(compiler)

    def noted() -> int:
        number = len(collector.queries)
        collector.queries.clear()
        return number

    yield record, noted


def _compiler_around(frame: Any) -> Any:
    from django.db.models.sql.compiler import SQLCompiler

    while frame is not None:
        found = frame.f_locals.get("self")
        if isinstance(found, SQLCompiler):
            return type(found)(found.query, found.connection, found.using)
        frame = frame.f_back
    raise LookupError("No compiler stands around the hook.")


def told(response: Any, output: str) -> int:
    from silk.models import Request

    return int(Request.objects.latest("start_time").num_sql_queries)


TOOL = Tool(
    title="django-silk",
    requirement="django-silk",
    apps=("django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "silk"),
    middleware=("silk.middleware.SilkyMiddleware",),
    hook=hook,
    told=told,
    note="default settings; writes every query to the database",
)
