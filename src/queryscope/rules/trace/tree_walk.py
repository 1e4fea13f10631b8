"""`tree-walk`: a tree is read node by node, up to its root or down to its leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.fixes.tree import looks_up_parent, takes_from_pile, tree_fix
from queryscope.model import (
    AccessKind,
    Frame,
    Model,
    Models,
    Observation,
    QueryGroup,
    QuerySetSite,
    Trace,
)
from queryscope.rules.attribution import are_applications, first_python, function_name, loop_frame
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.trace.paths import find_root, is_editable
from queryscope.rules.trace.trees import Walk, climbs_of, lookups_of, parents_of, walks_of

_DOWN = frozenset({AccessKind.REVERSE, AccessKind.MANY_TO_MANY, AccessKind.GENERIC_RELATION})

_BY_PILE = "pile"


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeWalk:
    """One relation followed from what it gave itself, a query for each node, at one line."""

    name: ClassVar[str] = "tree-walk"
    # Two levels at one line are a walk: written out, they would be two expressions.
    min_queries: int = 2

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each walk."""
        for walk in (*walks_of(trace), *lookups_of(trace, models), *climbs_of(trace, models)):
            count = sum(group.count for group in walk.groups)
            if count < self.min_queries or any(group.error is not None for group in walk.groups):
                continue
            site, built = _site(walk, trace, models)
            if _is_applications(walk, built):
                yield self._observe(walk, site, trace, count)

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Whether look-ups ask for the parent of the last row, or for the children of what they gave."""
        if observation.method == _BY_PILE:
            return _is_by_pile(context.groups(observation)[0].stack, context)
        if observation.method != "get":
            return True
        source, trigger = context.sources.around(observation.trigger), observation.trigger
        parents = parents_of(observation.model, context.models)
        return source is not None and trigger is not None and looks_up_parent(source, trigger, parents)

    def _observe(self, walk: Walk, site: QuerySetSite | None, trace: Trace, count: int) -> Observation:
        access = walk.first.access
        assert access is not None
        return Observation(
            rule=self.name,
            trace=trace.id,
            model=access.model,
            site=site,
            trigger=walk.first.stack[0] if walk.first.stack else None,
            groups=tuple(group.index for group in walk.groups),
            fingerprints=tuple(dict.fromkeys(group.fingerprint for group in walk.groups)),
            query_count=count,
            avoidable_queries=count - 1,
            duration_ms=sum(group.total_ms for group in walk.groups),
            owner_rows=walk.depth,
            subject=f"{access.model.rpartition('.')[2]}.{access.attribute or walk.parent}",
            method="get" if walk.goes_up else _BY_PILE if walk.is_flat else "",
        )

    def message(self, observations: Sequence[Observation]) -> str:
        """Who walks over what, how deep, with how many queries."""
        worst = observations[0]
        same = [other for other in observations if other.trace == worst.trace]
        count = sum(other.query_count for other in same)
        walker = function_name(worst.trigger) if worst.trigger else "The page"
        levels = f"{worst.owner_rows} levels of a tree" if worst.owner_rows else "a tree"
        return f"{walker} walked {levels} over {worst.subject}, node by node: {count} queries."

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """The whole tree in one query, linked in memory."""
        first = found[0]
        model = context.models.get(first.model) or Model(label=first.model, table="")
        access = context.groups(first)[0].access
        attribute = first.subject.partition(".")[2]
        relation = model.relation(attribute)
        is_asked = access is not None and access.kind is AccessKind.MANAGER and first.method != "get"
        goes_down = is_asked or (access is not None and access.kind in _DOWN)
        depth = max(each.owner_rows for each in found)
        known = relation.query_name if relation and not goes_down else attribute
        return Remedy(tree_fix(model, known, goes_down=goes_down, depth=depth))


def _site(walk: Walk, trace: Trace, models: Models) -> tuple[QuerySetSite | None, QueryGroup | None]:
    """Where the first nodes come from; of a single one, or if nobody can tell, the line that walks."""
    root = find_root(walk.first, trace, models)
    own = walk.first.site
    if root is None or not is_editable(root.site):
        return own, None
    line = walk.first.stack[0] if walk.first.stack else None
    # What is asked of one row lies with who asks: the same method may walk from any row.
    if not root.gives_many and line is not None and not line.is_template:
        label = own.model if own is not None else root.site.model
        return QuerySetSite(model=label, frame=line), root.group
    return root.site, root.group


def _is_applications(walk: Walk, built: QueryGroup | None) -> bool:
    """Whether the application loads the first nodes, runs the loop and walks."""
    stack = walk.first.stack
    loaded = built.stack if built is not None else ()
    site = built.site.frame if built is not None and built.site is not None else None
    if not are_applications(site, first_python(loaded), loop_frame(loaded, stack), *stack[:1]):
        return False
    return bool(stack) or built is not None


def _is_by_pile(stack: tuple[Frame, ...], context: Context) -> bool:
    """Whether the innermost loop on a stack takes nodes from a pile and puts their children onto it."""
    for frame in stack:
        source = context.sources.around(frame)
        found = takes_from_pile(source, frame) if source is not None else None
        if found is not None:
            return found
    return False
