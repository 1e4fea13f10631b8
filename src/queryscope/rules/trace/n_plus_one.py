"""`n-plus-one`: a queryset's rows each run one more query for a relation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import RELATION_KINDS, Models, Observation, QueryGroup, Trace
from queryscope.rules.attribution import first_python, is_application
from queryscope.rules.trace.paths import Root, find_root


@dataclass(frozen=True, slots=True, kw_only=True)
class NPlusOne:
    """Relation accesses, one for each owner, where the owners came from a queryset able to return many."""

    name: ClassVar[str] = "n-plus-one"
    # Two owners at one line are enough: owner and queryset are known, not guessed.
    min_repeats: int = 2

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each relation that the same queryset should have loaded."""
        for group in trace.groups:
            access = group.access
            if access is None or access.kind not in RELATION_KINDS or not access.is_plain:
                continue
            if group.owners < self.min_repeats or group.error is not None or _is_trunk(group, trace):
                continue
            root = find_root(group, trace, models)
            if root is None or not root.gives_many or not _is_applications(root, group):
                continue
            spared = 0 if root.load.kind == "select_related" else root.group.count
            if group.count <= spared:
                continue
            yield Observation(
                rule=self.name,
                trace=trace.id,
                model=root.site.model,
                site=root.site,
                trigger=group.stack[0] if group.stack else None,
                groups=(group.index,),
                fingerprints=(group.fingerprint,),
                query_count=group.count,
                avoidable_queries=group.count - spared,
                duration_ms=group.total_ms,
                owner_rows=group.owners,
                loads=(root.load,),
                subject=f"{access.model.rpartition('.')[2]}.{access.attribute}",
            )

    def message(self, observations: Sequence[Observation]) -> str:
        """What ran how often, for which relations."""
        worst = observations[0]
        same = [other for other in observations if other.trace == worst.trace]
        count = sum(other.query_count for other in same)
        subjects = sorted({other.subject for other in same})
        function = worst.site.frame.function if worst.site and worst.site.frame else ""
        if not function and worst.site and worst.site.holder:
            function = worst.site.holder.name
        listed = subjects[0] if len(subjects) == 1 else f"{', '.join(subjects[:-1])} and {subjects[-1]}"
        owner = worst.subject.partition(".")[0].lower()
        each = f"one per {owner}" if len(subjects) == 1 else "one per row for each"
        return f"{function or 'The page'} ran {count} queries for {listed}, {each}."


def _is_trunk(group: QueryGroup, trace: Trace) -> bool:
    """Whether the rows of these queries are asked for the same relation again: a walk over a tree."""
    access = group.access
    return access is not None and any(
        other.access is not None
        and other.access.owner_group == group.index
        and (other.access.model, other.access.attribute) == (access.model, access.attribute)
        for other in trace.groups
    )


def _is_applications(root: Root, group: QueryGroup) -> bool:
    """The frames that build the queryset and that run the loop decide whose code it is."""
    built = root.site.frame
    if built is not None and not is_application(built):
        return False
    loop = first_python(root.group.stack)
    if loop is not None and not is_application(loop):
        return False
    return built is not None or root.site.holder is not None or bool(group.stack)
