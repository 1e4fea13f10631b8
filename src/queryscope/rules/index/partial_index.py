"""A rare constant of the source, NULL or boolean: an index over those rows only (I06–I09, I34, I38)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.fixes.index_code import quote
from queryscope.model import IndexAdvice, IndexKey, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.aggregates import aggregate, extremes, grouped
from queryscope.rules.index.candidate.heads import existing_index
from queryscope.rules.index.candidate.joins import joined_columns
from queryscope.rules.index.candidate.keys import column_keys, make_advice
from queryscope.rules.index.candidate.objections import (
    covered,
    is_size_silent,
    is_wasteful,
    selectivity_objection,
    table_objection,
)
from queryscope.rules.index.candidate.order import asked_keys, free_order, own_order
from queryscope.rules.index.candidate.part import Part, predicate_sql
from queryscope.rules.index.candidate.patterns import prefix_keys
from queryscope.rules.index.candidate.predicate import predicate_parts
from queryscope.rules.index.candidate.reading import included_columns, read_of, shown_of
from queryscope.rules.index.candidate.roles import roles_of
from queryscope.rules.index.candidate.scan import Scan, limit_above, read_scans, row_count
from queryscope.rules.index.candidate.states import BOUND, MAX_DISTINCT, MAX_SHARE, condition_of, rare_parts
from queryscope.sql.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialIndex:
    """`Index(fields=["order"], condition=Q(status="pending"))`. Literals come from the source alone."""

    name: ClassVar[str] = "partial-index"

    max_distinct: int = MAX_DISTINCT  # a constant among more values is a look-up, not a state
    max_share: float = MAX_SHARE  # of the rows, that conditions without a value may keep, one or all together
    worth_share: float = 0.8  # of the rows that one more of them keeps, where it does nothing else
    max_include: int = 4  # columns beside the keys, of an aggregate
    max_width: int = 64  # bytes of them, of a row
    min_null_share: float = 0.75  # NULLs that are worth leaving out of an index by which values are found

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """Candidates for every wasteful scan with a constant condition.

        One leaves out the column that is joined: where one parent has most rows, an order or a bound alone
        finds the few sooner. One has all conditions that are the same in every call.
        """
        lookups = group.site.lookups if group.site is not None else ()
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            every = predicate_parts(scan, statement)
            parts = rare_parts(scan, every, max_distinct=self.max_distinct, max_share=self.max_share)
            filled = () if parts else self._filled(scan)
            if not (parts or filled) or not is_wasteful(scan) or is_size_silent(scan):
                continue  # how rare a state is, the rows of a test don't tell
            objection = table_objection(group, plan, scan) or selectivity_objection(group, scan)
            if objection is not None:
                yield objection
                continue
            shapes = [filled or _keys(scan, statement, parts)]
            alone = _keys(scan, statement, parts, but=_joined(scan))
            shapes += [alone] if set(alone) <= set(shapes[0]) else []
            shapes.append(_found(scan, parts, prefix_keys(scan, lookups, schema)) if parts else ())
            if parts:  # first: of two that take the same space it reads less
                yield from self._whole(group, scan, shapes[0], parts)
            for keys in dict.fromkeys(shapes):
                more = self._more(group, scan, keys, parts, every) if parts and keys else ()
                if more:
                    yield from self._advice(group, scan, keys, more)
                if keys:
                    yield from self._advice(group, scan, keys, parts or _not_null(filled[0]))

    def _more(
        self,
        group: QueryGroup,
        scan: Scan,
        keys: Sequence[IndexKey],
        parts: Sequence[Part],
        every: Sequence[Part],
    ) -> tuple[Part, ...]:
        """With the other fixed conditions that drop rows; with all where the table needn't be read then.

        What a condition of the index says isn't tested again, so its column needn't be in it.
        """
        held = {key.column for key in keys}
        others = [
            part for part in every if part not in parts and not part.is_literal and part.column not in held
        ]
        read = read_of(group.sql, scan)
        asked = frozenset().union(*(part.columns for part in (*parts, *others)))
        hidden = asked - shown_of(group.sql, scan)
        is_whole = bool(read) and read <= held | hidden
        own = [part for part in others if is_whole or (part.share or 1.0) <= self.worth_share]
        return tuple(part for part in every if part in own or part in parts) if own else ()

    def _whole(
        self, group: QueryGroup, scan: Scan, keys: tuple[IndexKey, ...], parts: Sequence[Part]
    ) -> Iterator[IndexAdvice | Refusal]:
        """For an aggregate of all rows in that state, which are few, an index that holds what it reads."""
        primary = next((index.keys for index in scan.table.indexes if index.is_primary), ())
        read = read_of(group.sql, scan) if aggregate(scan) is not None else frozenset()
        # With other conditions it isn't known how many rows are in that state.
        is_all = len(set(scan.conditions)) <= len(parts)
        if not read or not is_all or tuple(key.column for key in keys) != primary:
            return
        groups = grouped(scan)
        keys = groups or keys
        asked = frozenset().union(*(part.columns for part in parts))
        hidden = asked - shown_of(group.sql, scan)
        rest = read - hidden - {key.column for key in keys}
        include = included_columns(scan, rest, most=self.max_include, max_width=self.max_width)
        if include or (groups and include is not None):
            yield from self._advice(group, scan, keys, parts, include)

    def _advice(
        self,
        group: QueryGroup,
        scan: Scan,
        keys: Sequence[IndexKey],
        parts: Sequence[Part],
        include: tuple[str, ...] = (),
    ) -> Iterator[IndexAdvice | Refusal]:
        sql = predicate_sql(parts)
        existing = existing_index(scan, method="btree", keys=keys, predicate=sql)
        if existing is not None and set(include) <= {*existing.include, *existing.keys}:
            if scan.is_sequential:
                yield covered(group, scan, existing, keys)
            return
        reason = (
            f"The condition is the same in every call and keeps {scan.kept:,.0f} "
            f"of {row_count(scan):,.0f} rows of {scan.table.name}."
        )
        column = scan.table.column(keys[0].column)
        is_alike = len(keys) == 1 and column is not None and column.n_distinct == -1.0
        if is_alike and keys[0] in roles_of(scan).equal and not any(part.is_literal for part in parts):
            reason += f" If no {keys[0].django} may occur twice among them, UniqueConstraint says it too."
        yield make_advice(
            scan,
            rule=self.name,
            keys=keys,
            reason=reason + (BOUND if any(part.is_literal for part in parts) else ""),
            serves=group.fingerprint,
            include=include,
            **condition_of(parts),
        )

    def _filled(self, scan: Scan) -> tuple[IndexKey, ...]:
        """A column that is mostly NULL and by whose value rows are found: any comparison proves NOT NULL."""
        roles = roles_of(scan)
        for key in (*roles.found, *roles.bounds):
            column = scan.table.column(key.column)
            if column is not None and (column.null_frac or 0.0) >= self.min_null_share:
                return (key, *[one for one in roles.equal if one != key][:2])
        return ()


def _not_null(key: IndexKey) -> tuple[Part, ...]:
    return (
        Part(column=key.column, sql=f"{quote(key.column)} IS NOT NULL", django=f"{key.django}__isnull=False"),
    )


def _joined(scan: Scan) -> set[str]:
    """Columns compared with those of another table, for each of whose rows an index is entered."""
    return {
        term.key.column for term in scan.terms if term.is_join and term.operator == "=" and term.key.column
    }


def _keys(
    scan: Scan, statement: Statement, parts: Sequence[Part], but: Collection[str] = ()
) -> tuple[IndexKey, ...]:
    """The other equalities, then the order of a limited query, or a bound; else what is joined or unique."""
    roles = roles_of(scan)

    def free(keys: Sequence[IndexKey]) -> tuple[IndexKey, ...]:
        return tuple(key for key in _free(keys, parts) if not key.column or key.column not in but)

    others = free((*roles.equal, *roles.flags))[:3]
    order: tuple[IndexKey, ...] = ()
    if limit_above(scan) is not None:
        order = own_order(scan, asked_keys(scan, statement)) or scan.order
        order = tuple(key for key in free_order(order, roles) if key not in others) if order else ()
    listed = free(roles.listed)[:1] if not order else ()
    bound = free(roles.bounds)[:1] if not order else ()
    ends = extremes(scan)
    if len(ends) == 1 and not bound:  # behind the others the end that is asked for stands ready
        bound = free(column_keys(scan.model, ends))
    if others or listed or order or bound:
        return (*others, *listed, *order, *bound)
    joined = column_keys(scan.model, joined_columns(scan))[:1]
    if not joined and any(part.expression and part.operator in ("=", "in") for part in parts):
        return ()  # nobody knows how many values a key of JSON has: one over all of them serves as well
    primary = next((index for index in scan.table.indexes if index.is_primary), None)
    return joined or (column_keys(scan.model, primary.keys) if primary is not None else ())


def _found(scan: Scan, parts: Sequence[Part], begun: tuple[IndexKey, ...]) -> tuple[IndexKey, ...]:
    """The other equalities, then a list, the beginning of a text or a bound, whatever order is asked for."""
    roles = roles_of(scan)
    others = _free((*roles.equal, *roles.flags), parts)[:3]
    behind = _free((*roles.listed, *begun, *roles.bounds), parts)[:1]
    return (*others, *behind) if behind else ()


def _free(keys: Sequence[IndexKey], parts: Sequence[Part]) -> tuple[IndexKey, ...]:
    """Without those of which the condition says enough."""
    return tuple(key for key in keys if not any(part.is_about(key) for part in parts))
