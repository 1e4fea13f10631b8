"""`transaction-per-row`: rows are written in a loop, each committed by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.errors import EditRefusedError
from queryscope.fixes.atomic import atomic_code, atomic_edit
from queryscope.fixes.rounds import tries_each
from queryscope.model import Fix, Models, Observation, Trace
from queryscope.rules.attribution import function_name
from queryscope.rules.pauses import is_mostly_paced
from queryscope.rules.placing import gathered_by_loop, place_of_write
from queryscope.rules.remedy import Context, Gathered, Remedy
from queryscope.rules.transactions import begins_of
from queryscope.rules.words import listed
from queryscope.rules.writes import (
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


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionPerRow:
    """Writes of single rows, each in a transaction of its own; of those that no bulk method replaces."""

    name: ClassVar[str] = "transaction-per-row"
    min_repeats: int = 3  # as of writes: a row or two are no loop
    pause_ms: float = 50.0  # a line that waits this long between its writes keeps each row on purpose

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each line that wrote and committed row by row."""
        around, begins = surroundings(trace), begins_of(trace)
        for writes in writes_of(trace, models):
            main = writes.main
            if main.kind == "select" or main.error is not None or main.count < self.min_repeats:
                continue
            if main.is_in_transaction and not begins.has_each(main):
                continue
            if (
                is_batch(writes)
                or is_librarys(writes, models)
                or (0 < main.owners < self.min_repeats and writes.method == "save")
            ):
                continue
            if (
                around.is_parallel(main)
                or around.is_queue(writes)
                or is_mostly_paced(trace, main, self.pause_ms)
            ):
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
                # Commits of its own; of a transaction for each row others of that row may be part.
                rows=0 if main.is_in_transaction else main.count,
                subject=writes.model.rpartition(".")[2] or "SQL",
                caveat=lost(models.get(writes.model), writes),
                method=writes.method,
            )

    def message(self, observations: Sequence[Observation]) -> str:
        """How many commits."""
        worst = observations[0]
        function = function_name(worst.trigger) if worst.trigger is not None else "The page"
        here = [each for each in observations if each.trace == worst.trace]
        shared = max((each.owner_rows for each in here if not each.rows), default=0)
        commits = shared + sum(each.rows for each in here)
        named = list(dict.fromkeys(each.subject for each in here))
        told = listed(named)
        each = f"once for each {told} that it wrote"
        return f"{function} committed {commits} times, {each}, and waited for the disk each time."

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Only where application code loops, and not where the next row depends on this one."""
        trace = context.traces[observation.trace]
        writes = writes_from(context.groups(observation), context.models)
        loop = loop_of(writes.stack, context)
        if loop is not None and loop.iterable is None and reads_inside(writes, trace, context):
            return False
        if loop is not None and tries_each(loop):
            return False  # a row that fails must not take the others with it
        return runs_in_loop(writes.stack, writes.main, context)

    def gather(self, observation: Observation, context: Context) -> Gathered | None:
        """One loop needs one transaction, whatever it writes."""
        writes = writes_from(context.groups(observation), context.models)
        return gathered_by_loop(writes.main.alias, writes.stack, context)

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """One transaction around the loop."""
        first = found[0]
        writes = writes_from(context.groups(first), context.models)
        loop, alias = loop_of(writes.stack, context), writes.main.alias
        caveat = (
            "A row that fails takes all others with it, and rows stay locked until the end. Keep slow calls "
            "out of the loop; of very many rows commit some thousand at a time."
        )
        edits, diff = [], ""
        try:
            if loop is None:
                raise EditRefusedError("The loop isn't seen.")
            edits = atomic_edit(loop, alias)
            diff = loop.source.diff(edits)
        except EditRefusedError as refusal:
            caveat = f"No diff: {refusal} {caveat}"
        fix = Fix(
            kinds=("transaction",),
            title="Commit once: one transaction.atomic() around the loop",
            code=atomic_code(loop, alias),
            diff=diff,
            edits=loop.source.edits(edits) if loop is not None and diff else (),
            caveat=" ".join(filter(None, (*dict.fromkeys(each.caveat for each in found), caveat))),
        )
        return Remedy(fix, place_of_write(writes.stack, context))
