"""What it costs to observe reads: thread CPU beside the same work plain, and recorded without reads.

    python benchmarks/reads_cost.py

The best of 12 rounds counts; the three ways take turns within a round, so that a busy machine slows all of
them. SQLite in memory: no server is needed. Python 3.13 stops to cache attributes of a class after so many
units of work with reads on; the last lines show what remains of that.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from pathlib import Path
from time import thread_time_ns
from typing import Any

import django
from django.conf import settings
from django.db import connection

ROUNDS = 12
INSTANCES = 2000
READS = 20_000  # of one attribute
UNITS = 100
WORN = 600  # units after which Python 3.13 has given up on a class
WAYS = ("plain", "recorded", "with reads")


def main() -> None:
    """Measure everything and print one line for each kind of work."""
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=[],
        USE_TZ=True,
    )
    django.setup()
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from workloads import shelves

    with connection.schema_editor() as editor:
        for model in (shelves.Shelf, shelves.Book):
            editor.create_model(model)
    shelves.fill(INSTANCES)
    versions = f"Python {platform.python_version()}, Django {django.get_version()}"
    print(f"{versions}; ns of thread CPU, best of {ROUNDS}:")
    print(f"{'':38}" + "".join(f"{way:>12}" for way in WAYS))
    for label, work, number in works(shelves):
        show(label, *measure(work, number))
    start_us = start_and_stop(shelves)
    print(f"{'a unit of work begun and ended, µs':38}" + "".join(f"{each / 1000:12.1f}" for each in start_us))
    for _ in range(WORN):
        with recorder(reads=True):
            shelves.read_first()
    print(f"after {WORN} units of work with reads on:")
    for label, work, number in works(shelves):
        show(label, *measure(work, number))


def works(shelves: Any) -> list[tuple[str, Callable[[], Any], int]]:
    """Kinds of work: what it is called, one round of it, and how many there are in a round."""
    return [
        ("an instance loaded, 8 columns", shelves.load, INSTANCES),
        ("… with a joined one", shelves.load_joined, INSTANCES),
        ("… with a prefetch of one", shelves.load_prefetched, INSTANCES),
        ("a page: 4 columns and a relation each", shelves.page, INSTANCES),
        ("a column read again", lambda: shelves.read(READS), READS),
        ("… whose name is unread elsewhere", lambda: shelves.read_beside(READS), READS),
        ("… of an instance that was not loaded", lambda: shelves.read_made(READS), READS),
        ("a method called", lambda: shelves.call(READS), READS),
    ]


def measure(work: Callable[[], Any], number: int) -> list[float]:
    """Thread CPU of one piece of that work, each way."""
    best = [float("inf")] * len(WAYS)
    for _ in range(ROUNDS):
        for index in range(len(WAYS)):
            if index == 0:
                best[0] = min(best[0], spent(work))
                continue
            with recorder(reads=index == 2):
                best[index] = min(best[index], spent(work))
    return [each / number for each in best]


def spent(work: Callable[[], Any]) -> int:
    """Thread CPU of a call, in nanoseconds."""
    work()  # caches of this way
    started = thread_time_ns()
    work()
    return thread_time_ns() - started


def start_and_stop(shelves: Any) -> list[float]:
    """Thread CPU of a recorder's begin and end around one query, each way."""
    best = [float("inf")] * len(WAYS)
    for _ in range(UNITS):
        for index in range(len(WAYS)):
            started = thread_time_ns()
            if index == 0:
                shelves.read_first()
            else:
                with recorder(reads=index == 2):
                    shelves.read_first()
            best[index] = min(best[index], thread_time_ns() - started)
    return best


def show(label: str, plain: float, recorded: float, observed: float) -> None:
    """One line: three times, and what reads add to plain."""
    ways = f"{plain:12.1f}{recorded:12.1f}{observed:12.1f}"
    print(f"{label:38}{ways}   {observed / plain:5.2f} times plain, reads add {observed - recorded:7.1f}")


def recorder(**config: Any) -> Any:
    """A recorder that takes only the workloads for the application's."""
    from queryscope.capture.codes import Codes
    from queryscope.capture.project import find_project
    from queryscope.capture.recorder import Recorder
    from queryscope.config import Config
    from queryscope.model import Origin

    global _codes
    if _codes is None:
        _codes = Codes(find_project(str(Path(__file__).resolve().parent / "workloads")))
    return Recorder(Origin(kind="block", label="benchmark"), Config(**config), _codes)


_codes: Any = None

if __name__ == "__main__":
    main()
