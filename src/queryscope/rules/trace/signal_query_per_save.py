"""`signal-query-per-save`: receivers or `save()` methods query again for each row that is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.fixes.loops import find_loop
from queryscope.fixes.receivers import receiver_code
from queryscope.model import Fix, Frame, Models, Observation, QueryGroup, QuerySetSite, Trace
from queryscope.rules.attribution import function_name, is_application
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.writes import Writes, is_framework, is_paced, runs_in_loop, writes_of

_DELETES = frozenset({"delete"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalQueryPerSave:
    """Queries that run inside of a save or delete, once for each row."""

    name: ClassVar[str] = "signal-query-per-save"
    min_repeats: int = 3  # as of writes: a row or two are no loop
    pause_ms: float = 50.0  # a line that waits this long between its writes waits for something else

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each query of a receiver or override, and each line that writes."""
        told: set[int] = set()
        for writes in writes_of(trace, models):
            if is_framework(writes.model):
                continue
            for group in trace.groups:
                if group.index in told or not self._is_inside(group, writes, trace):
                    continue
                told.add(group.index)
                inner = group.stack[0]
                label = group.site.model if group.site is not None else _target(group)
                yield Observation(
                    rule=self.name,
                    trace=trace.id,
                    model=label or writes.model,
                    site=QuerySetSite(model=label or writes.model, frame=inner),
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

    def _is_inside(self, group: QueryGroup, writes: Writes, trace: Trace) -> bool:
        stack, outer = group.stack, writes.stack
        if (
            group.kind in ("transaction", "other")
            or group.count < self.min_repeats
            or group.error is not None
        ):
            return False
        if len(stack) <= len(outer) or stack[-len(outer) :] != outer or group in writes.groups:
            return False
        if writes.rows < self.min_repeats and writes.method not in _DELETES:
            return False
        if any(group.index == each.index for each in writes.groups) or _is_its_own(group, writes):
            return False
        return not is_paced(trace, group, self.pause_ms)

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
        if observation.method in _DELETES and observation.owner_rows < self.min_repeats:
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
                code=receiver_code(group, model, context.sources),
                caveat=(
                    "No diff: it serves single saves too. Move what it does into a function that takes all "
                    "rows, call that behind the loop, and leave it to the rows that are saved alone."
                ),
            )
        )


def _target(group: QueryGroup) -> str:
    access = group.access
    return (access.target or access.model) if access is not None else ""


def _depth(stack: tuple[Frame, ...], frame: Frame) -> int:
    return next((at for at, each in enumerate(stack) if each == frame), len(stack) - 1)


def _is_its_own(group: QueryGroup, writes: Writes) -> bool:
    """Whether that is the write itself, told with another method by the frames of an override."""
    access, main = group.access, writes.main.access
    if access is None or main is None:
        return False
    return group.stack == writes.main.stack and access.kind == main.kind and access.model == main.model
