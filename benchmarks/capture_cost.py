"""What capture costs: thread CPU per query, per queryset and per loaded instance.

    python benchmarks/capture_cost.py

By the recipe of `recipe.py`, beside a wrapper that does nothing. SQLite in memory: no server is needed, and
the hook doesn't know the difference.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connection

from goals import Number, tell

QUERYSETS = 2000
INSTANCES = 20_000


def main() -> None:
    """Measure everything and print one line for each number."""
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=[],
        USE_TZ=True,
    )
    django.setup()
    from workloads import lookups

    with connection.schema_editor() as editor:
        editor.create_model(lookups.Thing)
    lookups.Thing.objects.bulk_create(lookups.Thing(name=f"t{n}") for n in range(INSTANCES))
    if "--json" not in sys.argv:
        print(f"Python {platform.python_version()}, Django {django.get_version()}; thread CPU, best of 12\n")
    found = numbers(lookups)
    tell(found)


def numbers(lookups: Any) -> list[Number]:
    """All of them, one after the other."""
    from queryscope.capture.statements import hook_execute
    from recipe import DEPTHS, ROUNDS, as_cursor_method, no_op, returns, round_us

    found = []
    for frames in DEPTHS:
        floor = cost = float("inf")
        # No function around these calls: it would be a frame more than 17.
        for _ in range(ROUNDS):
            floor = min(floor, round_us(no_op, frames))
        with recorder():
            for _ in range(ROUNDS):
                cost = min(cost, round_us(hook_execute(returns), frames, arrange=as_cursor_method))
        what = f"a query, {frames} frames deep (no-op {floor:.2f})"
        found.append(Number(what=what, value=cost, unit="µs", goal=5))
    built = _added(lookups.build, QUERYSETS)
    found.append(Number(what="a queryset built and filtered: two objects", value=built, unit="µs", goal=3))
    for what, function in (("loaded", lookups.load), ("loaded by iterator()", lookups.stream)):
        loaded = _added(function, 1) / INSTANCES * 1000
        found.append(Number(what=f"an instance {what}", value=loaded, unit="ns", goal=60))
    return found


def recorder() -> AbstractContextManager[Any]:
    """A recorder of everything, for a block."""
    from queryscope.capture.codes import Codes
    from queryscope.capture.project import find_project
    from queryscope.capture.recorder import Recorder
    from queryscope.config import Config
    from queryscope.model import Origin

    # Only the workloads are the application's: the wrapper that measures must not be taken for a call site.
    project = find_project(str(Path(__file__).resolve().parent / "workloads"))
    return Recorder(Origin(kind="block", label="benchmark"), Config(max_queries=1_000_000), Codes(project))


def _added(function: Callable[[], Any], times: int) -> float:
    """What the recorder adds to one call: both in turns, the best round of each."""
    from recipe import ROUNDS, once_us

    plain = recorded = float("inf")
    for _ in range(2 * ROUNDS):
        plain = min(plain, once_us(function, times))
        with recorder():
            recorded = min(recorded, once_us(function, times))
    return recorded - plain


if __name__ == "__main__":
    main()
