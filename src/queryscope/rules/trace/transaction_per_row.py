"""`transaction-per-row`: rows are written in a loop, each committed by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.errors import EditRefusedError
from queryscope.fixes.atomic import atomic_code, atomic_edit
from queryscope.model import Fix, Models, Observation, Trace
from queryscope.rules.attribution import function_name
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.transactions import Begins
from queryscope.rules.writes import (
    Surroundings,
    is_librarys,
    location_of,
    loop_of,
    lost,
    reads_inside,
    runs_in_loop,
    writes_from,
    writes_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionPerRow:
    """Writes of single rows, each in a transaction of its own; of those that no bulk method replaces."""

    name: ClassVar[str] = "transaction-per-row"
    min_repeats: int = 3  # as of writes: a row or two are no loop
    pause_ms: float = 50.0  # a line that waits this long between its writes keeps each row on purpose

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each line that wrote and committed row by row."""
        around, begins = Surroundings(trace), Begins(trace)
        for writes in writes_of(trace, models):
            main = writes.main
            if main.kind == "select" or main.error is not None or main.count < self.min_repeats:
                continue
            if main.is_in_transaction and not begins.has_each(main):
                continue
            if is_librarys(writes, models) or (
                0 < main.owners < self.min_repeats and writes.method == "save"
            ):
                continue
            if around.is_parallel(main) or around.is_queue(writes) or around.is_paced(main, self.pause_ms):
                continue
            yield Observation(
                rule=self.name,
                trace=trace.id,
                model=writes.model,
                trigger=writes.stack[0],
                groups=tuple(group.index for group in writes.groups if group.count > 1),
                fingerprints=(main.fingerprint,),
                query_count=sum(group.count for group in writes.groups),
                duration_ms=sum(group.total_ms for group in writes.groups),
                owner_rows=main.count,
                subject=writes.model.rpartition(".")[2] or "SQL",
                caveat=lost(models.get(writes.model), writes),
                method=writes.method,
            )

    def message(self, observations: Sequence[Observation]) -> str:
        """How many commits."""
        worst = observations[0]
        function = function_name(worst.trigger) if worst.trigger is not None else "The page"
        rows = sum(each.owner_rows for each in observations if each.trace == worst.trace)
        each = f"once for each {worst.subject} that it wrote"
        return f"{function} committed {rows} times, {each}, and waited for the disk each time."

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Only where application code loops, and not where the next row depends on this one."""
        trace = context.traces[observation.trace]
        writes = writes_from(context.groups(observation), context.models)
        loop = loop_of(writes.stack, context)
        if loop is not None and loop.iterable is None and reads_inside(writes, trace, context):
            return False
        return runs_in_loop(writes.stack, writes.main, context)

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """One transaction around the loop."""
        first = found[0]
        assert first.trigger is not None
        group = context.groups(first)[0]
        stack = group.stack
        while len(stack) > 1 and stack[0] != first.trigger:
            stack = stack[1:]
        loop = loop_of(stack, context)
        caveat = (
            "A row that fails takes all others with it, and rows stay locked until the end. Keep slow calls "
            "out of the loop; of very many rows commit some thousand at a time."
        )
        edits, diff = [], ""
        try:
            if loop is None:
                raise EditRefusedError("The loop isn't seen.")
            edits = atomic_edit(loop, group.alias)
            diff = loop.source.diff(edits)
        except EditRefusedError as refusal:
            caveat = f"No diff: {refusal} {caveat}"
        fix = Fix(
            kinds=("transaction",),
            title="Commit once: one transaction.atomic() around the loop",
            code=atomic_code(loop, group.alias),
            diff=diff,
            edits=loop.source.edits(edits) if loop is not None and diff else (),
            caveat=" ".join(filter(None, (first.caveat, caveat))),
        )
        return Remedy(fix, location_of(loop, first.trigger))
