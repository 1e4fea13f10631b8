"""`signal-query-per-save`: receivers or `save()` methods query again for each row that is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import ClassVar

from queryscope.fixes.loops import find_loop
from queryscope.fixes.receivers import receiver_code
from queryscope.model import Fix, Frame, Models, Observation, QueryGroup, QuerySetSite, Trace
from queryscope.rules.attribution import function_name, is_application
from queryscope.rules.bulk import bulk_fix
from queryscope.rules.pauses import is_mostly_paced
from queryscope.rules.placing import gathered_by_loop, place_of_write
from queryscope.rules.remedy import Context, Gathered, Remedy
from queryscope.rules.words import listed
from queryscope.rules.worth import in_each_unit, spares_enough
from queryscope.rules.writes import Writes, is_librarys, runs_in_loop, writes_of
from queryscope.rules.written import columns_of

Place = tuple[str, int, int | None]
Stack = tuple[Frame, ...]
_NO_QUERIES = frozenset({"transaction", "other"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalQueryPerSave:
    """Queries that run inside of a save or delete, once for each row."""

    name: ClassVar[str] = "signal-query-per-save"
    min_repeats: int = 3  # as of writes: a row or two are no loop
    # What a receiver does has to be written anew for all rows: for more than a form or an example file has.
    min_rows: int = 20
    min_share: float = 0.25  # or for a quarter of what the unit runs
    min_ms: float = 50.0  # or for more time than a small query takes on a busy machine
    pause_ms: float = 50.0  # a line that waits this long between its writes waits for something else

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each query of a receiver or override, and each line that writes."""
        by_place = self._by_place(trace, models)
        for group in trace.groups if by_place else ():
            if group.kind in _NO_QUERIES or group.count < self.min_repeats or group.error is not None:
                continue
            writes = next((each for each in _around(group, by_place) if _is_inside(group, each)), None)
            if writes is not None and not is_mostly_paced(trace, group, self.pause_ms):
                yield self._observe(group, writes, trace)

    def _by_place(self, trace: Trace, models: Models) -> dict[Place, dict[Stack, list[Writes]]]:
        """The writes of many rows, by the line that asks for them and the stack from there."""
        found = defaultdict[Place, dict[Stack, list[Writes]]](dict)
        for writes in writes_of(trace, models):
            is_many = writes.rows >= self.min_repeats or writes.method == "delete"
            if is_many and not is_librarys(writes, models):
                found[_place(writes.stack[0])].setdefault(writes.stack, []).append(writes)
        return found

    def _observe(self, group: QueryGroup, writes: Writes, trace: Trace) -> Observation:
        line = writes.stack[0]
        return Observation(
            rule=self.name,
            trace=trace.id,
            model=writes.model,
            site=QuerySetSite(model=writes.model, frame=line),
            trigger=group.stack[len(group.stack) - len(writes.stack) - 1],
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
        asked, written = _parts(observations)
        worst = asked[0]
        here = [each for each in asked if each.trace == worst.trace]
        assert worst.site is not None
        assert worst.site.frame is not None
        line = worst.site.frame
        did = "deleted" if worst.method == "delete" else "saved"
        count = sum(each.query_count for each in here)
        text = (
            f"{listed(_names(here))} ran {count} queries, {_each(count, worst.owner_rows)} for each "
            f"{worst.subject} that is {did} at {line.path}:{line.line}"
        )
        own = sum(each.query_count for each in written if each.trace == worst.trace)
        return f"{text}, beside the {own} that write them." if own else f"{text}."

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Only of rows that application code writes in a loop, and not of a loop in the receiver itself."""
        [group] = context.groups(observation)
        at = _depth(group.stack, observation)
        if not all(is_application(frame) for frame in group.stack[: at + 1]):
            return False
        loop = find_loop(group.stack, context.sources)
        if loop is not None and loop.depth < at:
            return observation.owner_rows >= self.min_repeats and group.count <= 2 * observation.owner_rows
        if observation.method == "delete" and observation.owner_rows < self.min_repeats:
            return True  # one queryset.delete() sends signals for each row
        return runs_in_loop(group.stack[at:], group, context)

    def gather(self, observation: Observation, context: Context) -> Gathered | None:
        """All that the writes of one loop set off."""
        [group] = context.groups(observation)
        stack = group.stack[_depth(group.stack, observation) :]
        return gathered_by_loop(f"{observation.model} {observation.method}", stack, context)

    def weigh(self, found: Sequence[Observation], context: Context) -> Sequence[Observation]:
        """All, if they are many rows, or a good part of what the unit runs."""
        for each in in_each_unit(found):
            trace = context.traces[each.trace]
            if spares_enough(each, trace, queries=inf, share=self.min_share, ms=self.min_ms):
                return found
        return found if any(each.owner_rows >= self.min_rows for each in found) else ()

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """Ask or write once for all rows: said, not edited."""
        asked, written = _parts(found)
        [group] = context.groups(asked[0])
        codes, caveat = [], ""
        if written:
            fix = bulk_fix(written, context)
            codes.append(fix.code)
            caveat = fix.caveat.removeprefix("No diff: ")
        for each in sorted((context.groups(one)[0] for one in asked), key=lambda one: one.first_index):
            model = context.models.get((each.site.model if each.site is not None else "") or _target(each))
            codes.append(receiver_code(each, model, columns_of(each, model) if model is not None else ()))
        names = _names(asked)
        return Remedy(
            Fix(
                kinds=("rewrite",),
                title="Query once for all rows, not in each save",
                code="\n".join(dict.fromkeys(codes)),
                caveat=(
                    f"No diff: {listed(names)} {'serve' if names[1:] else 'serves'} single rows too. "
                    "Move what is done there into a function that takes all rows, call that behind the loop, "
                    f"and leave the rest to rows that are written alone. {caveat}"
                ).strip(),
            ),
            place_of_write(group.stack[_depth(group.stack, asked[0]) :], context),
        )


def _parts(found: Sequence[Observation]) -> tuple[list[Observation], list[Observation]]:
    """What the writes set off, and the writes themselves where `write-in-loop` speaks of them too."""
    asked = [each for each in found if each.site is not None]
    return asked, [each for each in found if each.site is None]


def _names(asked: Sequence[Observation]) -> list[str]:
    """The receivers and methods that ask."""
    return list(dict.fromkeys(function_name(each.trigger) for each in asked if each.trigger is not None))


def _each(queries: int, rows: int) -> str:
    """How many of the queries one row takes, in words."""
    if queries <= rows or rows < 2:
        return "one"
    return f"{queries // rows}" if queries % rows == 0 else f"about {queries / rows:.1f}"


def _target(group: QueryGroup) -> str:
    access = group.access
    return (access.target or access.model) if access is not None else ""


def _place(frame: Frame) -> Place:
    return (frame.path, frame.line, frame.column)


def _depth(stack: tuple[Frame, ...], observation: Observation) -> int:
    """Where the line that writes stands on the stack of a query that it sets off."""
    line = observation.site.frame if observation.site is not None else None
    return next((at for at, each in enumerate(stack) if at and each == line), len(stack) - 1)


def _around(group: QueryGroup, by_place: dict[Place, dict[Stack, list[Writes]]]) -> Iterator[Writes]:
    """The calls that write further out on a stack, the innermost first."""
    for depth, frame in enumerate(group.stack[1:], start=1):
        by_stack = by_place.get(_place(frame))
        if by_stack is not None:
            yield from by_stack.get(group.stack[depth:], ())


def _is_inside(group: QueryGroup, writes: Writes) -> bool:
    """Whether a query ran in what a write calls: a receiver, or the model's own method."""
    return not any(each is group for each in writes.groups) and not _is_its_own(group, writes)


def _is_its_own(group: QueryGroup, writes: Writes) -> bool:
    """Whether that is the write itself, told with another method by the frames of an override."""
    access, main = group.access, writes.main.access
    if access is None or main is None:
        return False
    return group.stack == writes.main.stack and access.kind == main.kind and access.model == main.model
