"""queryscope: everything on, as its middleware is by default."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from peers import Tool

HERE = Path(__file__).resolve().parent.parent


@contextmanager
def hook() -> Iterator[tuple[Any, Callable[[], int]]]:
    from capture_cost import recorder as new_recorder
    from queryscope.capture.statements import hook_execute
    from recipe import returns

    with new_recorder() as recorder:
        yield hook_execute(returns), lambda: recorder.count


def told(response: Any, output: str) -> int:
    found = re.search(r'desc="(\d+) queries', response.headers.get("Server-Timing", ""))
    return int(found[1]) if found else 0


TOOL = Tool(
    title="queryscope",
    middleware=("queryscope.middleware.QueryscopeMiddleware",),
    settings={
        "QUERYSCOPE": {
            "ROOT": HERE / "workloads",
            "STORE": HERE.parent / ".data" / "benchmarks",
        },
    },
    hook=hook,
    told=told,
    note="stack, provenance, plans, findings, store and console line",
)
