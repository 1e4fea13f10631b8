"""`n-plus-one`: a queryset's rows each run one more query for a relation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import RELATION_KINDS, AccessKind, Models, Observation, QueryGroup, Trace
from queryscope.rules.attribution import first_python, function_name, is_application, loop_frame
from queryscope.rules.trace.paths import Root, find_root, is_read_by_holder
from queryscope.rules.trace.trees import walked


@dataclass(frozen=True, slots=True, kw_only=True)
class NPlusOne:
    """Relation accesses, one for each owner, where the owners came from a queryset able to return many."""

    name: ClassVar[str] = "n-plus-one"
    # Two owners at one line are enough: owner and queryset are known, not guessed.
    min_repeats: int = 2

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each relation that the same queryset should have loaded."""
        on_walks = walked(trace)
        charged: set[tuple[int, str]] = set()  # what a prefetch will cost, counted once
        for group in trace.groups:
            access = group.access
            if access is None or access.kind not in RELATION_KINDS or not access.is_plain:
                continue
            if group.owners < self.min_repeats or group.error is not None or group.index in on_walks:
                continue
            root = find_root(group, trace, models, on_walks)
            if root is None or not root.gives_many or not _is_applications(root, group):
                continue
            key = (root.group.index, root.load.path)
            is_free = root.load.kind == "select_related" or key in charged
            spared = group.count - (0 if is_free else root.group.count)
            if spared <= 0:
                continue
            charged.add(key)
            yield self._observe(group, root, trace, spared)

    def _observe(self, group: QueryGroup, root: Root, trace: Trace, spared: int) -> Observation:
        access = group.access
        assert access is not None
        return Observation(
            rule=self.name,
            trace=trace.id,
            model=root.site.model,
            site=root.site,
            trigger=group.stack[0] if group.stack else None,
            groups=(group.index,),
            fingerprints=(group.fingerprint,),
            query_count=group.count,
            avoidable_queries=spared,
            duration_ms=group.total_ms,
            owner_rows=group.owners,
            loads=(root.load,),
            subject=f"{access.model.rpartition('.')[2]}.{access.attribute}",
            method=root.group.access.method if root.group.access else "",
            caveat=_obstacle(root),
        )

    def message(self, observations: Sequence[Observation]) -> str:
        """What ran how often, for which relations."""
        worst = observations[0]
        same = [other for other in observations if other.trace == worst.trace]
        count = sum(other.query_count for other in same)
        subjects = sorted({other.subject for other in same})
        listed = subjects[0] if len(subjects) == 1 else f"{', '.join(subjects[:-1])} and {subjects[-1]}"
        each = f"one per {_spoken(worst.subject)}" if len(subjects) == 1 else "one per row for each"
        return f"{_place(worst)} ran {count} queries for {listed}, {each}."


def _spoken(subject: str) -> str:
    """`order line` of `OrderLine.product`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", subject.partition(".")[0]).lower()


def _place(observation: Observation) -> str:
    site = observation.site
    if site is not None and site.frame is not None:
        return function_name(site.frame)
    if site is not None and site.holder is not None:
        return site.holder.name
    return "The page"


def _is_applications(root: Root, group: QueryGroup) -> bool:
    """The frames that build the queryset and that run the loop decide whose code it is."""
    built = root.site.frame
    frames = (built, first_python(root.group.stack), loop_frame(root.group.stack, group.stack))
    if any(frame is not None and not is_application(frame) for frame in frames):
        return False
    return built is not None or root.site.holder is not None or bool(group.stack)


def _obstacle(root: Root) -> str:
    """Why an edit where the queryset is built would not be safe, as far as the trace can tell."""
    for hop in root.hops[:-1]:
        if AccessKind.GENERIC_FORWARD in (hop.kind, hop.relation.kind if hop.relation else None):
            return (
                f"{hop.attribute} leads to several models, where a lookup path may raise AttributeError: "
                f'use GenericPrefetch("{hop.attribute}", [one queryset for each model]).'
            )
    if is_read_by_holder(root.group) and root.site.holder is not None and root.group.access is not None:
        owner, relation = root.group.access.model.rpartition(".")[2], root.group.access.attribute
        return (
            f"{root.site.holder.name} only reads {owner}.{relation}: where the {owner} is loaded, add "
            f'prefetch_related(Prefetch("{relation}", queryset=…)) with this queryset.'
        )
    stack = root.group.stack
    if root.site.frame in stack[1:] and not stack[0].is_template:
        inner = stack[0]
        if function_name(inner) != function_name(stack[stack.index(root.site.frame)]):
            return f"{function_name(inner)} runs the query at {inner.path}:{inner.line}: add the call there."
    return ""
