"""`queryset-evaluated-twice`: a queryset is built once, and asks the database each time it is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.fixes.again import is_one_queryset
from queryscope.fixes.evaluate import evaluate_fix
from queryscope.model import Frame, Models, Observation, QueryGroup, Trace
from queryscope.rules.attribution import function_name
from queryscope.rules.pauses import is_paced
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.selection import LOADS_ALL, are_together, is_own, is_written_between
from queryscope.rules.worth import is_worth

_Rows = tuple[int, Frame]
_SEVERAL = 3  # rows of one queryset: two may be an edge and its neighbour, each of another branch


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerysetEvaluatedTwice:
    """Rows of one building expression, loaded again: by `all()`, `iterator()`, an index, or `first()`."""

    name: ClassVar[str] = "queryset-evaluated-twice"
    min_repeats: int = 2
    # A diff costs a glance. Without one, a query or two are worth nobody's time, unless they are one of ten
    # of the page, or take longer than any small query does on a busy machine.
    min_spared: int = 3
    min_share: float = 0.1
    min_ms: float = 50.0
    pause_ms: float = 50.0  # one line that waits this long between its queries is polling

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each queryset whose rows were loaded more than once."""
        found: dict[_Rows, list[QueryGroup]] = defaultdict(list)
        for group in trace.groups:
            site = group.site
            if group.selection is None or site is None or site.frame is None or site.frame.is_template:
                continue
            if _is_load(group) and is_own(group, models):
                found[(group.selection, site.frame)].append(group)
        for groups in found.values():
            again = _again(trace, groups)
            if sum(group.count for group in again) < self.min_repeats:
                continue
            if len(again) > 1 or not is_paced(trace, again[0], self.pause_ms):
                yield self._observe(trace, again)

    def _observe(self, trace: Trace, groups: list[QueryGroup]) -> Observation:
        first = groups[0]
        assert first.site is not None
        total = sum(group.count for group in groups)
        return Observation(
            rule=self.name,
            trace=trace.id,
            model=first.site.model,
            site=first.site,
            trigger=groups[-1].stack[0],
            groups=tuple(group.index for group in groups),
            fingerprints=tuple(dict.fromkeys(group.fingerprint for group in groups)),
            query_count=total,
            # The function that builds it may itself have been called several times.
            avoidable_queries=total - min(group.count for group in groups) if len(groups) > 1 else total - 1,
            duration_ms=sum(group.total_ms for group in groups),
            subject=first.site.model.rpartition(".")[2],
        )

    def message(self, observations: Sequence[Observation]) -> str:
        """How often, and where again."""
        worst = observations[0]
        function = function_name(worst.site.frame) if worst.site and worst.site.frame else "The page"
        again = f", again at {worst.trigger.path}:{worst.trigger.line}" if worst.trigger else ""
        return (
            f"{function} builds one {worst.subject} queryset that asked the database "
            f"{worst.query_count} times{again}."
        )

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Of one queryset, not of one that is built anew each time."""
        groups = context.groups(observation)
        assert groups[0].site is not None
        assert groups[0].site.frame is not None
        if not is_one_queryset(groups[0].site.frame, groups, context.sources):
            return False
        return is_worth(self, observation, context)

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """Evaluate it once where it is built."""
        groups = context.groups(found[0])
        assert groups[0].site is not None
        assert groups[0].site.frame is not None
        items = [group for group in groups if _is_subscript(group) and group.limit == 1]
        rows = 1 + max(group.offset for group in groups) if len(items) == len(groups) else None
        return Remedy(evaluate_fix(groups[0].site.frame, groups, context.sources, rows=rows))


def _is_load(group: QueryGroup) -> bool:
    """Whether rows came of the queryset itself, as a list of them would give them too."""
    method = group.access.method if group.access is not None else ""
    return method in LOADS_ALL or method in ("iterator", "first")


def _is_item(group: QueryGroup) -> bool:
    """Whether one row was taken out: `rows[0]`, `rows.first()`."""
    return (group.access is not None and group.access.method == "first") or _is_subscript(group)


def _is_subscript(group: QueryGroup) -> bool:
    is_iterated = group.access is not None and group.access.method == "iterate"
    return is_iterated and group.stack[0].operation == "subscript"


def _again(trace: Trace, groups: list[QueryGroup]) -> list[QueryGroup]:
    """The groups that one evaluation would have answered; none where there is no other."""
    by_text: dict[tuple[str, int], list[QueryGroup]] = defaultdict(list)
    for group in groups:
        if group.access is not None and group.access.method != "first":
            by_text[(group.fingerprint, group.window)].append(group)
    for whole in by_text.values():
        first = whole[0]
        same = [first, *(each for each in whole[1:] if _joins(trace, first, each))]
        if not _is_item(first) and first.window == 0:
            items = (each for each in groups if _is_item(each) and _is_of(first, each))
            same += [each for each in items if _joins(trace, first, each)]
        if sum(each.count for each in same) > 1 and not (first.count > 1 and _is_rewritten(trace, first)):
            return sorted(same, key=lambda each: each.first_index)
    return _items_alone(trace, groups)


def _items_alone(trace: Trace, groups: list[QueryGroup]) -> list[QueryGroup]:
    """`rows[0]`, `rows[1]`, `rows[2]`: of some first rows each asked for by itself."""
    items = [group for group in groups if _is_subscript(group) and group.limit == 1]
    if len(items) < _SEVERAL or len({group.offset for group in items}) < len(items):
        return []
    first = items[0]
    same = [first, *(each for each in items[1:] if _joins(trace, first, each))]
    is_rewritten = any(each.count > 1 and _is_rewritten(trace, each) for each in same)
    return same if len(same) >= _SEVERAL and not is_rewritten else []


def _joins(trace: Trace, first: QueryGroup, other: QueryGroup) -> bool:
    earlier, later = sorted((first, other), key=lambda each: each.first_index)
    return are_together(trace, first, other) and not is_written_between(trace, earlier, later)


def _is_rewritten(trace: Trace, group: QueryGroup) -> bool:
    return is_written_between(trace, group, group)


def _is_of(whole: QueryGroup, item: QueryGroup) -> bool:
    """Whether an item is one of these rows by the same order."""
    assert whole.site is not None
    assert item.site is not None
    same = item.site.ordering == whole.site.ordering
    return same or (not whole.site.ordering and item.access is not None and item.access.method == "first")
