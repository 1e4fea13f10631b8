"""`write-in-loop`: rows are saved, created, deleted or linked one by one, with a query or more for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import ClassVar

from queryscope.fixes.handed import is_chained
from queryscope.fixes.scene import scene_of, takes_batches
from queryscope.model import Models, Observation, Trace
from queryscope.rules.attribution import function_name
from queryscope.rules.bulk import bulk_fix
from queryscope.rules.pauses import is_mostly_paced
from queryscope.rules.placing import gathered_by_loop, place_of_write
from queryscope.rules.remedy import Context, Gathered, Remedy
from queryscope.rules.transactions import begins_of, opens_transaction
from queryscope.rules.worth import in_each_unit, spares_enough
from queryscope.rules.writes import (
    Writes,
    is_batch,
    is_librarys,
    loop_of,
    lost,
    reads_inside,
    runs_in_loop,
    surroundings,
    writes_from,
    writes_of,
)

_VERBS = {
    "save": "saved", "create": "created", "delete": "deleted", "update": "updated", "add": "linked",
    "remove": "unlinked", "set": "linked", "clear": "unlinked", "get_or_create": "looked up or created",
    "update_or_create": "updated or created", "execute": "wrote",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteInLoop:
    """Writes of single rows at one line, where one statement could write them all."""

    name: ClassVar[str] = "write-in-loop"
    part_of: ClassVar[str] = "signal-query-per-save"  # one loop, one change
    # A pair of entries or a form's row or two are no loop; bulk_update() itself begins and commits.
    min_repeats: int = 3
    # Without an edit that is certain there is work to do, and where a bulk method leaves out signals or a
    # save() there is something to give up: for more rows than a form, a fixture or an example file has.
    min_advised: int = 10
    min_lossy: int = 20
    min_share: float = 0.25  # or for a quarter of what the unit runs
    min_ms: float = 50.0  # or for more time than a small query takes on a busy machine
    pause_ms: float = 50.0  # a line that waits this long between its writes waits for something else

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each line that wrote row by row."""
        begins = begins_of(trace)
        for writes in writes_of(trace, models):
            if self._is_silent(writes, trace) or is_librarys(writes, models):
                continue
            is_lost = bool(lost(models.get(writes.model), writes))
            if is_lost and (not writes.main.is_in_transaction or begins.has_each(writes.main)):
                continue  # one transaction around the loop loses nothing
            repeated = [group for group in writes.groups if group.count > 1]
            yield Observation(
                rule=self.name,
                trace=trace.id,
                model=writes.model,
                confidence="likely" if is_lost else "certain",
                trigger=writes.stack[0],
                groups=tuple(group.index for group in repeated),
                fingerprints=tuple(dict.fromkeys(group.fingerprint for group in repeated)),
                query_count=sum(group.count for group in repeated),
                avoidable_queries=sum(group.count - 1 for group in repeated),
                duration_ms=sum(group.total_ms for group in repeated),
                owner_rows=writes.rows,
                subject=_subject(writes),
                method=writes.method,
            )

    def _is_silent(self, writes: Writes, trace: Trace) -> bool:
        main, least, around = writes.main, self.min_repeats, surroundings(trace)
        if main.count < least or around.succeeded(main) < least:
            return True
        if writes.method in ("save", "delete") and 0 < main.owners < least:
            return True  # the same row again: progress that somebody watches
        if main.distinct < least and writes.method not in ("create", "save"):
            return True
        if around.is_elsewhere(writes) or around.is_queue(writes):
            return True
        return around.is_parallel(main) or is_mostly_paced(trace, main, self.pause_ms)

    def message(self, observations: Sequence[Observation]) -> str:
        """How many rows, how many queries."""
        worst = observations[0]
        same = [each for each in observations if each.trace == worst.trace]
        function = function_name(worst.trigger) if worst.trigger else "The page"
        rows, count = sum(each.owner_rows for each in same), sum(each.query_count for each in same)
        return (
            f"{function} {_VERBS[worst.method]} {rows} {worst.subject} rows one by one, with {count} queries."
        )

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Only where application code loops; a transaction of its own for each row is another rule's."""
        trace = context.traces[observation.trace]
        writes = writes_from(context.groups(observation), context.models)
        if not runs_in_loop(writes.stack, writes.main, context):
            return False
        if is_fed_by_itself(writes, trace, context):
            return False
        frame = writes.stack[0]
        scene = scene_of(context.sources.around(frame), frame, loop_of(writes.stack, context))
        seen = takes_batches(scene) if scene is not None else None
        if is_batch(writes) if seen is None else seen:
            return False
        if scene is not None and is_chained(scene):
            return False
        return not (opens_transaction(writes.stack, context) and begins_of(trace).has_each(writes.main))

    def gather(self, observation: Observation, context: Context) -> Gathered | None:
        """Branches of one loop that write rows of one model alike need one edit."""
        writes = writes_from(context.groups(observation), context.models)
        return gathered_by_loop(f"{observation.model} {observation.method}", writes.stack, context)

    def weigh(self, found: Sequence[Observation], context: Context) -> Sequence[Observation]:
        """All, if they are many rows, or nothing is lost by an edit that is certain."""
        is_lossy = found[0].confidence != "certain"
        for each in in_each_unit(found):
            trace = context.traces[each.trace]
            is_many = each.owner_rows >= (self.min_lossy if is_lossy else self.min_advised)
            if is_many or spares_enough(each, trace, queries=inf, share=self.min_share, ms=self.min_ms):
                return found
        return found if not is_lossy and bulk_fix(found, context).diff else ()

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """The bulk method that writes the same, and what it leaves out."""
        writes = writes_from(context.groups(found[0]), context.models)
        return Remedy(bulk_fix(found, context), place_of_write(writes.stack, context))


def is_fed_by_itself(writes: Writes, trace: Trace, context: Context) -> bool:
    """Whether a `while` loop asks for its next row each time: what it wrote decides which that is."""
    loop = loop_of(writes.stack, context)
    return loop is not None and loop.iterable is None and reads_inside(writes, trace, context)


def _subject(writes: Writes) -> str:
    name = writes.model.rpartition(".")[2] or "SQL"
    access = writes.main.access
    if writes.method in ("add", "remove", "set", "clear") and access is not None and access.attribute:
        return f"{name}.{access.attribute}"
    return name
