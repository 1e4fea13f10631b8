"""`duplicate-query`: the same SELECT with the same parameters runs again in one unit of work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

from queryscope.fixes.chain import called_name
from queryscope.fixes.loops import find_loop
from queryscope.fixes.reuse import reuse_fix
from queryscope.fixes.rounds import is_kept_by_instance, is_retried
from queryscope.model import AccessKind, Frame, Models, Observation, QueryGroup, Repeat, Trace
from queryscope.rules.attribution import first_python, function_name, is_application
from queryscope.rules.looping import looping_frame
from queryscope.rules.pauses import is_paced
from queryscope.rules.reach import inside_of, is_in_reach, nearest_of
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.selection import (
    FRAMEWORK,
    OWN_KINDS,
    TAKE_QUERYSETS,
    are_in_threads,
    is_librarys,
    is_locking,
)
from queryscope.rules.worth import spares_enough
from queryscope.sql.fingerprint import tables

_OWN_KINDS = OWN_KINDS | {AccessKind.RAW}
# Asking for the same row again is what these are for.
_ASKS_AGAIN = frozenset({"refresh_from_db", "arefresh_from_db"})
_TWICE = 2  # one query to spare is information
_WRITES = frozenset({"insert", "update", "delete", "other"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateQuery:
    """Identical reads whose result could have been passed on; never reads around a write of their table."""

    name: ClassVar[str] = "duplicate-query"
    min_repeats: int = 2
    # One of two queries is half a millisecond: nobody changes code for it, unless the page has few others.
    min_spared: int = 2
    # Parts of a program that know nothing of each other: to bring them together is work.
    far_spared: int = 10
    # A page of ten queries that asks one of them again.
    min_share: float = 0.1
    # Longer than any small query takes on a busy machine.
    min_ms: float = 50.0
    pause_ms: float = 50.0  # one line that waits this long between its queries is polling

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each repeated statement that the application itself asked for."""
        writes = [tables(group.sql) for group in trace.groups if group.kind in _WRITES]
        if not all(writes):
            return  # CALL, TRUNCATE and the like: nobody knows what they write
        written = {table for names in writes for table in names}
        for repeat in trace.repeats:
            groups = [trace.groups[index] for index in repeat.groups]
            if repeat.count < self.min_repeats or not all(_is_own(group, models) for group in groups):
                continue
            if written.intersection(tables(groups[0].sql)) or _is_tests(groups):
                continue
            if len(groups) > 1 and all(are_in_threads(trace, *pair) for pair in combinations(groups, 2)):
                continue  # each thread needs rows of its own
            if len(groups) == 1 and is_paced(trace, groups[0], self.pause_ms):
                continue
            yield from self._told(repeat, groups, trace)

    def _told(self, repeat: Repeat, groups: list[QueryGroup], trace: Trace) -> Iterator[Observation]:
        """All, if it is a great deal; else what one place could share, if that is worth it."""
        every = _observe(self.name, repeat.fingerprint, groups, trace)
        if self._is_much(every, trace):
            yield every
            return
        near = _observe(self.name, repeat.fingerprint, nearest_of(groups, trace), trace)
        if spares_enough(near, trace, queries=self.min_spared, share=self.min_share, ms=self.min_ms):
            yield near

    def _is_much(self, observation: Observation, trace: Trace) -> bool:
        """Whether so much is spared that unrelated parts of a program may be brought together for it."""
        much = self.far_spared
        return spares_enough(observation, trace, queries=much, share=1.0, ms=much * self.min_ms)

    def message(self, observations: Sequence[Observation]) -> str:
        """How often, and where again."""
        worst = observations[0]
        function = function_name(worst.site.frame) if worst.site and worst.site.frame else "The page"
        again = f", again at {worst.trigger.path}:{worst.trigger.line}" if worst.trigger else ""
        return f"{function} ran the same {worst.subject} query {worst.query_count} times{again}."

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Not of what asks again on purpose, nor of a line that something far away calls again."""
        groups = context.groups(observation)
        if any(
            called_name(source, site.frame) in _ASKS_AGAIN
            for site in (group.site for group in groups)
            if site is not None and site.frame is not None and (source := context.sources.of(site))
        ):
            return False
        stack = groups[0].stack
        attempts = find_loop(stack, context.sources)
        if attempts is not None and is_retried(attempts):
            return False
        if self._is_much(observation, context.traces[observation.trace]):
            return True
        other = next((group.stack for group in groups if group.stack != stack), None)
        if other is not None:
            return not _is_kept(inside_of(stack, other), context)
        loop = looping_frame(stack, context.sources)
        if loop is None or not is_in_reach(stack, stack.index(loop)):
            return False
        return not _is_kept(stack[: stack.index(loop)], context)

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """Keep the result: said, not edited."""
        return Remedy(reuse_fix(found[0].subject, context.groups(found[0]), context.sources))


def _observe(rule: str, fingerprint: str, groups: list[QueryGroup], trace: Trace) -> Observation:
    first = groups[0]
    assert first.site is not None
    count = sum(group.count for group in groups)
    return Observation(
        rule=rule,
        trace=trace.id,
        model=first.site.model,
        severity="warning" if count > _TWICE else "info",
        site=first.site,
        trigger=_caller(first) if len(groups) == 1 else _first_difference(first, groups[-1]),
        groups=tuple(group.index for group in groups),
        fingerprints=(fingerprint,),
        query_count=count,
        avoidable_queries=count - 1,
        duration_ms=sum(group.total_ms for group in groups),
        subject=first.site.model.rpartition(".")[2],
    )


def _is_kept(frames: tuple[Frame, ...], context: Context) -> bool:
    """Whether an instance keeps the answer: those that ask again are others, of the same row."""
    return any(
        is_kept_by_instance(source, frame)
        for frame in frames
        if not frame.is_template and (source := context.sources.around(frame)) is not None
    )


def _is_own(group: QueryGroup, models: Models) -> bool:
    site, access = group.site, group.access
    if site is None or site.frame is None or access is None or group.error is not None:
        return False
    if is_locking(group) or site.model.startswith(FRAMEWORK):
        return False
    if access.kind not in _OWN_KINDS or is_librarys(group, site.model, models):
        return False
    if group.asked_through.startswith(TAKE_QUERYSETS):
        return False  # choices and tables ask for themselves, whatever the code around them holds
    if group.distinct > 1:
        return False  # a look-up in a loop, for which passing on is no remedy
    loop = first_python(group.stack)
    if not group.stack or (site.frame.is_template and site.is_built_by_library):
        return False
    return is_application(site.frame) and (loop is None or is_application(loop))


def _is_tests(groups: list[QueryGroup]) -> bool:
    """Whether a test may be what asked again: by a loop somewhere on the stack, or where the stacks part."""
    if len(groups) == 1:
        return not all(is_application(frame) for frame in groups[0].stack)
    first = groups[0]
    return any(
        not is_application(frame)
        for other in groups[1:]
        for frame in (_first_difference(first, other), _first_difference(other, first))
    )


def _first_difference(first: QueryGroup, last: QueryGroup) -> Frame:
    """Where the second of two stacks takes another way, seen from inside."""
    pairs = zip(first.stack, last.stack, strict=False)
    return next((there for here, there in pairs if here != there), last.stack[0])


def _caller(group: QueryGroup) -> Frame:
    """The line that calls the function in which the queryset is built; the line itself if nothing does."""
    assert group.site is not None
    assert group.site.frame is not None
    own = (group.site.frame.path, function_name(group.site.frame))
    around = [frame for frame in group.stack if (frame.path, function_name(frame)) != own]
    return around[0] if around else group.stack[0]
