"""What random code needs, found without queryscope: the reads are made by the ORM itself, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from django.db import connection

from tests.properties.readings import ASKS, OF_ALL, Read, Reading, marked, walk

Place = tuple[int, ...]


@dataclass
class Replay:
    """Queries of each read, and of which rows they were asked."""

    queries: Counter[Place] = field(default_factory=Counter)
    askers: dict[Place, set[Any]] = field(default_factory=dict)
    models: dict[Place, set[type]] = field(default_factory=dict)  # of the rows behind each

    @property
    def total(self) -> int:
        return self.queries.total()

    def read(self, rows: list[Any], reads: tuple[Read, ...], place: Place = ()) -> None:
        for row in rows:
            for at, read in enumerate(reads):
                here = (*place, at)
                before = self.queries[here]
                with self.counted(here):
                    found = _ask(row, read)
                if self.queries[here] > before:
                    self.askers.setdefault(here, set()).add(row)
                self.models.setdefault(here, set()).update(map(type, found))
                self.read(found, read.below, here)

    @contextmanager
    def counted(self, place: Place) -> Iterator[None]:
        def count(execute: Any, *arguments: Any) -> Any:
            self.queries[place] += 1
            return execute(*arguments)

        with connection.execute_wrapper(count):
            yield


def _ask(row: Any, read: Read) -> list[Any]:
    related = getattr(row, read.accessor.attribute, None)
    if not read.accessor.is_many:
        return [related] if related is not None else []
    if read.is_plain:
        return list(related.all())
    eval(ASKS[read.ask].format("related"), {"related": related})
    return []


def replay(reading: Reading, module: ModuleType) -> Replay:
    """Make the reads once."""
    found = Replay()
    with found.counted(()):
        text = reading.queryset(reading.eager_calls())
        rows = list(eval(text, vars(module)))
    found.read(rows, reading.reads)
    return found


@dataclass(frozen=True)
class Needs:
    """What the edits of a reading have to reach."""

    lazy: Replay
    required: frozenset[Place]  # relations that several rows asked for
    optional: frozenset[Place]  # those that one did: a list of one row, or the only row that has any
    asked: frozenset[Place]  # other questions that several rows asked
    most: int  # queries afterwards


def needs(reading: Reading, module: ModuleType) -> Needs:
    """Count what runs now, and what must run when the relations are loaded with the rows."""
    lazy = replay(reading, module)
    reads = dict(walk(reading.reads))
    several = {place for place in reads if len(lazy.askers.get(place, ())) > 1}
    plain = {place for place in several if reads[place].is_plain}
    eager = replay(replace(reading, reads=marked(reading.reads, plain)), module)
    # A prefetch runs a query for each model behind a GenericForeignKey: of two rows that spares none.
    required = {place for place in plain if lazy.queries[place] > len(lazy.models[place])}
    asked = several - plain
    single = {place for place in reads if lazy.queries[place]} - required - asked
    most = eager.total - sum(eager.queries[place] for place in asked)
    for place, read in reads.items():
        # What stays as it is runs what is below it as often as itself.
        above = [place[:end] for end in range(1, len(place))]
        again = max((lazy.queries[each] for each in above if each in single), default=0)
        if place in single:
            most += max(lazy.queries[place], again)
        elif read.is_plain:
            most += again
        elif place in asked and read.ask not in OF_ALL:  # a number of all comes with the rows
            most += max(again, 1)
    return Needs(
        lazy=lazy,
        required=frozenset(required),
        optional=frozenset(single),
        asked=frozenset(asked),
        most=most,
    )
