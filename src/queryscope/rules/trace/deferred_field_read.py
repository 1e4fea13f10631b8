"""`deferred-field-read`: a column that only() or defer() left out is read, by one more query for each row."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from queryscope.fixes.chain import node_at
from queryscope.fixes.columns import load_columns
from queryscope.fixes.source import Source
from queryscope.model import Access, AccessKind, Frame, Models, Observation, QueryGroup, Trace
from queryscope.rules.attribution import is_read_by_application
from queryscope.rules.eager import target_of
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.words import listed, spoken_place

Column = tuple[int | None, str, str]

_BRANCHES = ast.If | ast.IfExp | ast.BoolOp | ast.While | ast.Try | ast.Match
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferredFieldRead:
    """Reads of columns that a queryset leaves out, by so many of its rows that this doesn't pay."""

    name: ClassVar[str] = "deferred-field-read"
    # Two rows at one line: owner, queryset and column are known, not guessed.
    min_repeats: int = 2
    # Of a hundred rows one may be opened: then a query for that one is cheaper than a wide column for all. A
    # query costs about as much as the column of some rows; below a quarter leaving it out may be meant.
    min_share: float = 0.25

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each column of a queryset that its rows load one by one."""
        reads, followed = _reads(trace), _followed(trace)
        for group in trace.groups:
            access = group.access
            if access is None or access.kind is not AccessKind.DEFERRED or access.owner_group is None:
                continue
            owner = trace.groups[access.owner_group]
            if group.error is not None or not _leaves_out(owner, group):
                continue
            severity = self._severity(reads[_key(access)], owner)
            if severity is None or (owner.site and owner.site.only and _key(access) in followed):
                continue
            assert owner.site is not None
            yield Observation(
                rule=self.name,
                trace=trace.id,
                model=owner.site.model,
                severity=severity,
                confidence="certain" if severity == "warning" else "likely",
                site=owner.site,
                trigger=group.stack[0] if group.stack else None,
                groups=(group.index,),
                fingerprints=(group.fingerprint,),
                query_count=group.count,
                avoidable_queries=group.count,
                duration_ms=group.total_ms,
                owner_rows=group.owners,
                subject=f"{access.model.rpartition('.')[2]}.{access.attribute}",
            )

    def _severity(self, reads: int, owner: QueryGroup) -> Literal["warning", "info"] | None:
        """How much it matters; None where leaving the column out may be meant."""
        if reads >= self.min_repeats:
            is_rare = owner.rows is not None and reads < self.min_share * owner.rows
            return None if is_rare else "warning"
        # Of one row that was asked for, or all that a list has today.
        return "info" if owner.rows == 1 or not _gives_many(owner) else None

    def message(self, observations: Sequence[Observation]) -> str:
        """What was read how often though the queryset leaves it out."""
        worst = observations[0]
        same = [other for other in observations if other.trace == worst.trace]
        count = sum(other.query_count for other in same)
        subjects = sorted({other.subject for other in same})
        told = listed(subjects)
        queries = "one query" if count == 1 else f"{count} queries"
        return f"{spoken_place(worst)} ran {queries} for {told}, which its queryset leaves out."

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Not of one row whose column is read in a branch: that is what leaving it out is for."""
        if observation.severity != "info":
            return True
        built = observation.site.frame if observation.site else None
        source = context.sources.around(observation.trigger)
        return source is None or not _is_in_branch(source, observation.trigger, built)

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """Load them with the rows."""
        site = found[0].site
        assert site is not None
        groups = [group for each in found for group in context.groups(each)]
        is_raw = _is_raw(_owner(groups[0], context.traces[found[0].trace]))
        names = tuple(dict.fromkeys(_column(group) for group in groups))
        fix, location = load_columns(
            names, site, target_of(found[0].model, context.models), context.sources.of(site), is_raw=is_raw
        )
        return Remedy(fix, location)


def _key(access: Access) -> Column:
    return (access.owner_group, access.owner_path, access.attribute)


def _reads(trace: Trace) -> Counter[Column]:
    """How often each column of a queryset was loaded, at all places together."""
    counted: Counter[Column] = Counter()
    for group in trace.groups:
        if group.access is not None and group.access.kind is AccessKind.DEFERRED:
            counted[_key(group.access)] += group.count
    return counted


def _owner(group: QueryGroup, trace: Trace) -> QueryGroup:
    assert group.access is not None
    return trace.groups[group.access.owner_group or 0]


def _is_raw(owner: QueryGroup) -> bool:
    return owner.access is not None and owner.access.kind is AccessKind.RAW


def _column(group: QueryGroup) -> str:
    assert group.access is not None
    return "__".join(filter(None, (group.access.owner_path, group.access.attribute)))


def _leaves_out(owner: QueryGroup, group: QueryGroup) -> bool:
    """Whether the application's own queryset leaves columns out."""
    site = owner.site
    if site is None or not (site.only or site.defer or _is_raw(owner)):
        return False
    return is_read_by_application(owner, group)


def _gives_many(owner: QueryGroup) -> bool:
    is_prefetch = owner.access is not None and owner.access.kind is AccessKind.PREFETCH
    return is_prefetch or (owner.site is not None and owner.site.returns_many)


def _followed(trace: Trace) -> set[Column]:
    """Keys whose rows are loaded one by one: told as relations, and joining them adds them to only()."""
    return {
        _key(group.access)
        for group in trace.groups
        if group.owners > 1 and group.access is not None and group.access.kind is AccessKind.FORWARD
    }


def _is_in_branch(source: Source, read: Frame | None, built: Frame | None) -> bool:
    """Whether a read stands in a branch of its function that the queryset is built outside of."""
    node: ast.AST | None = node_at(source, read) if read is not None else None
    while node is not None and not isinstance(node, _Function):
        parent = source.parents.get(node)
        if isinstance(parent, _BRANCHES) and not _is_always(parent, node) and not _holds(parent, read, built):
            return True
        node = parent
    return False


def _is_always(branch: ast.AST, part: ast.AST) -> bool:
    """Whether that part of a branching statement or expression runs in any case."""
    if isinstance(branch, ast.BoolOp):
        return branch.values[0] is part
    if isinstance(branch, ast.Try):
        return part in branch.body or part in branch.finalbody
    return part is getattr(branch, "test", None) or part is getattr(branch, "subject", None)


def _holds(branch: ast.AST, read: Frame | None, built: Frame | None) -> bool:
    if built is None or read is None or built.path != read.path:
        return False
    return getattr(branch, "lineno", 0) <= built.line <= (getattr(branch, "end_lineno", 0) or 0)
