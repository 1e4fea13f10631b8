"""`signal-query-per-save`: receivers or `save()` methods query again for each row that is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.fixes.loops import find_loop
from queryscope.fixes.receivers import receiver_code
from queryscope.model import Fix, Frame, Models, Observation, QueryGroup, QuerySetSite, Trace
from queryscope.rules.attribution import function_name, is_application
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.writes import Surroundings, Writes, is_librarys, runs_in_loop, writes_of

Place = tuple[str, int, int | None]
_NO_QUERIES = frozenset({"transaction", "other"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalQueryPerSave:
    """Queries that run inside of a save or delete, once for each row."""

    name: ClassVar[str] = "signal-query-per-save"
    min_repeats: int = 3  # as of writes: a row or two are no loop
    pause_ms: float = 50.0  # a line that waits this long between its writes waits for something else

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each query of a receiver or override, and each line that writes."""
        around, by_place = Surroundings(trace), self._by_place(trace, models)
        for group in trace.groups if by_place else ():
            if group.kind in _NO_QUERIES or group.count < self.min_repeats or group.error is not None:
                continue
            outer = (writes for frame in group.stack[1:] for writes in by_place.get(_place(frame), ()))
            writes = next((each for each in outer if _is_inside(group, each)), None)
            if writes is not None and not around.is_paced(group, self.pause_ms):
                yield self._observe(group, writes, trace)

    def _by_place(self, trace: Trace, models: Models) -> dict[Place, list[Writes]]:
        """The writes of many rows, by the line that asks for them."""
        found = defaultdict[Place, list[Writes]](list)
        for writes in writes_of(trace, models):
            is_many = writes.rows >= self.min_repeats or writes.method == "delete"
            if is_many and not is_librarys(writes, models):
                found[_place(writes.stack[0])].append(writes)
        return found

    def _observe(self, group: QueryGroup, writes: Writes, trace: Trace) -> Observation:
        label = (group.site.model if group.site is not None else _target(group)) or writes.model
        return Observation(
            rule=self.name,
            trace=trace.id,
            model=label,
            site=QuerySetSite(model=label, frame=group.stack[0]),
            trigger=writes.stack[0],
            groups=(group.index,),
            fingerprints=(group.fingerprint,),
            query_count=group.count,
            avoidable_queries=group.count - 1,
            duration_ms=group.total_ms,
            owner_rows=writes.rows,
            subject=writes.model.rpartition(".")[2],
            method=writes.method,
        )

    def message(self, observations: Sequence[Observation]) -> str:
        """What ran inside of which write."""
        worst = observations[0]
        same = [each for each in observations if each.trace == worst.trace]
        frame = worst.site.frame if worst.site is not None else None
        where = f" at {worst.trigger.path}:{worst.trigger.line}" if worst.trigger is not None else ""
        did = "deleted" if worst.method == "delete" else "saved"
        function = function_name(frame) if frame is not None else "A receiver"
        count = sum(each.query_count for each in same)
        return f"{function} ran {count} queries, one for each {worst.subject} that is {did}{where}."

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Only of rows that application code writes in a loop, and not of a loop in the receiver itself."""
        [group] = context.groups(observation)
        assert observation.trigger is not None
        at = _depth(group.stack, observation.trigger)
        if not all(is_application(frame) for frame in group.stack[: at + 1]):
            return False
        loop = find_loop(group.stack, context.sources)
        if loop is not None and loop.depth < at:
            return observation.owner_rows >= self.min_repeats and group.count <= 2 * observation.owner_rows
        if observation.method == "delete" and observation.owner_rows < self.min_repeats:
            return True  # one queryset.delete() sends signals for each row
        return runs_in_loop(group.stack[at:], group, context)

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """Ask or write once for all rows: said, not edited."""
        [group] = context.groups(found[0])
        model = context.models.get(found[0].model)
        return Remedy(
            Fix(
                kinds=("rewrite",),
                title="Query once for all rows, not in each save",
                code=receiver_code(group, model),
                caveat=(
                    "No diff: it serves single saves too. Move what it does into a function that takes all "
                    "rows, call that behind the loop, and leave it to the rows that are saved alone."
                ),
            )
        )


def _target(group: QueryGroup) -> str:
    access = group.access
    return (access.target or access.model) if access is not None else ""


def _place(frame: Frame) -> Place:
    return (frame.path, frame.line, frame.column)


def _depth(stack: tuple[Frame, ...], frame: Frame) -> int:
    return next((at for at, each in enumerate(stack) if each == frame), len(stack) - 1)


def _is_inside(group: QueryGroup, writes: Writes) -> bool:
    """Whether a query ran in what a write calls: a receiver, or the model's own method."""
    stack, outer = group.stack, writes.stack
    if len(stack) <= len(outer) or stack[-len(outer) :] != outer:
        return False
    return not any(each is group for each in writes.groups) and not _is_its_own(group, writes)


def _is_its_own(group: QueryGroup, writes: Writes) -> bool:
    """Whether that is the write itself, told with another method by the frames of an override."""
    access, main = group.access, writes.main.access
    if access is None or main is None:
        return False
    return group.stack == writes.main.stack and access.kind == main.kind and access.model == main.model
