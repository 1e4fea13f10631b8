"""`distinct-after-join`: a join for a condition multiplies rows, DISTINCT removes them again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.fixes.exists import exists_fix
from queryscope.model import AccessKind, ModelRelation, Models, Observation, QueryGroup, Trace
from queryscope.rules.attribution import is_asked_by_application
from queryscope.rules.eager import target_of
from queryscope.rules.holding import says_queryset
from queryscope.rules.observing import observe_group
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.size import reads_many
from queryscope.rules.words import spoken_place
from queryscope.sql.joins import Join, distinct_select, is_given, joins_of

_MANY = frozenset({AccessKind.REVERSE, AccessKind.MANY_TO_MANY, AccessKind.GENERIC_RELATION})


@dataclass(frozen=True, slots=True, kw_only=True)
class DistinctAfterJoin:
    """SELECT DISTINCT over a join to many rows of which nothing is given: it asks whether there is one."""

    name: ClassVar[str] = "distinct-after-join"
    # Fewer are joined and sorted in well below a millisecond.
    min_rows: int = 1_000
    # Where the catalog wasn't asked: 100 000 rows take as long, and no small query on a busy machine does.
    min_ms: float = 20.0

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each group of such queries."""
        for group in trace.groups:
            if (
                group.kind != "select"
                or group.error is not None
                or not is_asked_by_application(group, models)
            ):
                continue
            joins = _needless(group, models)
            if not joins:
                continue
            assert group.site is not None
            yield observe_group(
                self.name,
                trace,
                group,
                severity="info",
                confidence="likely",
                fact="time",
                subject=_subject(group, joins, models),
            )

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Not of what a library asks for by itself, nor of tables that are small."""
        is_many = reads_many(observation, context, rows=self.min_rows, ms=self.min_ms)
        return is_many and says_queryset(observation, context)

    def message(self, observations: Sequence[Observation]) -> str:
        """What is joined only to be asked for."""
        worst = observations[0]
        return (
            f"{spoken_place(worst)} joined {worst.subject} for a condition only, and DISTINCT removed the "
            f"{worst.model.rpartition('.')[2]} rows that this multiplied."
        )

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """The same question by Exists()."""
        first, models = found[0], context.models
        assert first.site is not None
        joined = max(
            ([_relation(join, group, models) for join in _needless(group, models)]
             for each in found for group in context.groups(each)),
            key=len,
        )  # fmt: skip
        known = [relation for relation in joined if relation is not None]
        source = context.sources.of(first.site)
        fix = exists_fix(
            first.site, target_of(first.model, models), models, source, joined=known, joins=len(joined)
        )
        return Remedy(fix)


def _needless(group: QueryGroup, models: Models) -> tuple[Join, ...]:
    """The joins that multiply rows, where nothing but conditions asks for what they join."""
    site = group.site
    if site is None or not site.is_distinct or site.is_values or site.is_combined or site.annotations:
        return ()
    sql = distinct_select(group.sql)
    if not sql or " GROUP BY " in sql:
        return ()
    joins = joins_of(sql)
    many = tuple(join for join in joins if _multiplies(join, joins, models))
    # What is joined behind a multiplying join is multiplied by it.
    aliases = {join.alias for join in many}
    for join in joins:
        if join.left in aliases:
            aliases.add(join.alias)
    return () if any(is_given(alias, sql) for alias in aliases) else many


def _multiplies(join: Join, joins: Sequence[Join], models: Models) -> bool:
    """Whether a row of the left table may have several partners, and isn't itself one of several."""
    if any(join.left == other.alias and _leads_to_many(other, models) for other in joins):
        return False  # counted with the join that began it
    return _leads_to_many(join, models)


def _leads_to_many(join: Join, models: Models) -> bool:
    model = models.by_table(join.table)
    if model is None:
        return True
    field = model.field(join.right_column)
    return field is None or not field.is_unique


def _relation(join: Join, group: QueryGroup, models: Models) -> ModelRelation | None:
    """The relation that a join follows, where only one fits."""
    model = models.get(group.site.model) if group.site else None
    other = models.by_table(join.table)
    if model is None or join.left != model.table:
        return None
    many = [each for each in model.relations if each.kind in _MANY]
    direct = [each for each in many if other is not None and each.target == other.label]
    if len(direct) > 1 and other is not None:
        field = other.field(join.right_column)
        direct = [each for each in direct if field is not None and each.remote == field.name]
    if not direct:  # the table between two
        behind = {each.target for each in (other.relations if other else ())}
        direct = [each for each in many if each.kind == AccessKind.MANY_TO_MANY and each.target in behind]
    return direct[0] if len(direct) == 1 else None


def _subject(group: QueryGroup, joins: Sequence[Join], models: Models) -> str:
    names = []
    for join in joins:
        relation, other = _relation(join, group, models), models.by_table(join.table)
        label = (relation.target if relation else None) or (other.label if other else join.table)
        names.append(label.rpartition(".")[2])
    return " and ".join(dict.fromkeys(names))
