"""django-query-doctor with its default settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from peers import Tool


@contextmanager
def hook() -> Iterator[tuple[Any, Callable[[], int]]]:
    from query_doctor.interceptor import QueryInterceptor

    interceptor = QueryInterceptor()

    def noted() -> int:
        number = len(interceptor.get_queries())
        interceptor.clear()
        return number

    yield interceptor, noted


def told(response: Any, output: str) -> int:
    return max((int(number) for number in re.findall(r"(\d+) quer", output, re.IGNORECASE)), default=0)


TOOL = Tool(
    title="django-query-doctor",
    requirement="django-query-doctor",
    apps=("query_doctor",),
    middleware=("query_doctor.middleware.QueryDoctorMiddleware",),
    hook=hook,
    told=told,
    note="default settings, console report",
)
