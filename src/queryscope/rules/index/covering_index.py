"""Many rows of which few columns are read: an index that holds those too (I28, I29)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import ClassVar

from queryscope.fixes.index_code import quote
from queryscope.model import IndexAdvice, IndexKey, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.aggregates import aggregate, extremes, gathered, grouped
from queryscope.rules.index.candidate.cover import serving_index
from queryscope.rules.index.candidate.heads import existing_index
from queryscope.rules.index.candidate.joins import joined_columns, joined_rows
from queryscope.rules.index.candidate.keys import column_keys, make_advice
from queryscope.rules.index.candidate.objections import MOST_KEPT, is_size_silent, table_objection
from queryscope.rules.index.candidate.part import Part, predicate_django, predicate_sql
from queryscope.rules.index.candidate.patterns import prefix_keys
from queryscope.rules.index.candidate.predicate import predicate_parts
from queryscope.rules.index.candidate.reading import included_columns, read_of, shown_of
from queryscope.rules.index.candidate.roles import roles_of, share_of, shared_first
from queryscope.rules.index.candidate.scan import Scan, join_above, kept_share, read_scans
from queryscope.rules.index.candidate.states import BOUND, rare_parts
from queryscope.rules.index.candidate.term import Term
from queryscope.sql.scalar import read_scalar
from queryscope.sql.statement import Statement

_TESTS = frozenset({"is null", "is not null", "true", "false"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveringIndex:
    """`Index(fields=["region"], include=["total"])`: the few columns that are read of many rows."""

    name: ClassVar[str] = "covering-index"

    min_rows: int = 100  # that are kept
    min_gathered: int = 10_000  # that are put in order for their groups
    max_keys: int = 3
    max_bounds: int = 3  # columns with a bound, each of which is tried
    max_include: int = 4
    max_width: int = 64  # bytes of the included columns, of a row
    max_share: float = 0.55  # of the rows that an aggregate may keep: half of them, as states fall
    max_join_share: float = 0.1  # of the rows that a join may keep

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """Candidates for every scan that keeps many rows and of which little is read."""
        lookups = group.site.lookups if group.site is not None else ()
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            read = read_of(group.sql, scan)
            if not read or _is_covered(scan) or table_objection(group, plan, scan) is not None:
                continue
            if is_size_silent(scan):
                continue  # how many rows are found, those of a test don't tell
            every = predicate_parts(scan, statement)
            shapes = [
                *self._compared(scan),
                self._begun(scan, lookups, schema),
                self._joined(scan),
                self._gathered(plan, scan),
            ]
            if not any(shapes) and self._is_found(scan) and _is_tested(scan):
                yield from self._candidates(group, scan, (), every)
            for keys in dict.fromkeys(filter(None, shapes)):
                yield from self._candidates(group, scan, keys, every)

    def _candidates(
        self,
        group: QueryGroup,
        scan: Scan,
        keys: tuple[IndexKey, ...],
        every: Sequence[Part],
    ) -> Iterator[IndexAdvice]:
        """With all that is read; and without what is the same in every call, over those rows only."""
        read = read_of(group.sql, scan)
        include = self._include(scan, read, keys)
        if keys and include is not None and not _is_there(scan, keys, include):
            yield self._advice(group, scan, keys, include)
        shown = shown_of(group.sql, scan)
        hidden = [part for part in every if not shown & _names(part)]
        compared = {term.key.column for term in scan.terms if term.operator not in _TESTS}
        fixed = tuple(part for part in hidden if _is_fixed(part, compared))
        names = {name for part in fixed for name in _names(part)} - compared
        yield from self._partial(group, scan, keys, fixed, names)
        states = [part for part in rare_parts(scan, hidden) if part.is_literal and _is_all(scan, part)]
        of_states = {part.column for part in states}
        if states and not {key.column for key in keys} <= of_states:
            every = [part for part in every if part in states or part in fixed]
            yield from self._partial(group, scan, keys, tuple(every), names | of_states)

    def _partial(
        self,
        group: QueryGroup,
        scan: Scan,
        keys: tuple[IndexKey, ...],
        fixed: tuple[Part, ...],
        names: set[str],
    ) -> Iterator[IndexAdvice]:
        """Over the rows that these conditions keep, without the columns of which nothing else is asked."""
        read = read_of(group.sql, scan) - names
        free = (key for key in keys if key.column not in names and not _is_said(key, fixed))
        keys = tuple(free) or _any_keys(scan, read)
        include = self._include(scan, read, keys)
        if not fixed or not keys or include is None:
            return
        if existing_index(scan, method="btree", keys=keys, predicate=predicate_sql(fixed)) is None:
            yield self._advice(group, scan, keys, include, fixed)

    def _is_found(self, scan: Scan) -> bool:
        """Its conditions keep many rows of the table, and not most of them."""
        most = self.max_share if aggregate(scan) is not None else MOST_KEPT
        return scan.kept >= self.min_rows and kept_share(scan) <= most

    def _compared(self, scan: Scan) -> list[tuple[IndexKey, ...]]:
        """What is compared; behind it what is grouped, or one of the bounds: which tells most isn't known."""
        if not self._is_found(scan):
            return []
        roles = roles_of(scan)
        found = sorted((*roles.found, *roles.flags), key=lambda key: share_of(scan, key))[: self.max_keys]
        head = shared_first(scan, found)
        if extremes(scan) and not (roles.bounds or roles.listed):
            return []  # behind what is equal the end of a column stands ready
        if roles.bounds:
            return [(*head, bound) for bound in roles.bounds[: self.max_bounds]]
        return [(*head, *(key for key in grouped(scan) if key not in head))] if head else []

    def _begun(self, scan: Scan, lookups: tuple[str, ...], schema: Schema) -> tuple[IndexKey, ...]:
        """A text that is found by its beginning."""
        return prefix_keys(scan, lookups, schema)[:1] if self._is_found(scan) else ()

    def _joined(self, scan: Scan) -> tuple[IndexKey, ...]:
        """The column by which a join finds few of the rows that it reads."""
        join = join_above(scan)
        if join is None or not scan.is_sequential:
            return ()
        is_few = self.min_rows <= joined_rows(join) <= self.max_join_share * (scan.kept + scan.removed)
        return column_keys(scan.model, joined_columns(scan)[:1]) if is_few else ()

    def _gathered(self, plan: Plan, scan: Scan) -> tuple[IndexKey, ...]:
        """The order in which an aggregate takes in most rows, where much of the time goes into it."""
        if scan.kept < self.min_gathered or kept_share(scan) <= self.max_share:
            return ()
        order, roles = gathered(plan, scan), roles_of(scan)
        own = (*roles.found, *roles.flags, *roles.empty, *roles.bounds)
        return (*order, *(key for key in own if key not in order))[: self.max_keys] if order else ()

    def _include(
        self, scan: Scan, read: frozenset[str], keys: tuple[IndexKey, ...]
    ) -> tuple[str, ...] | None:
        """The other columns that are read, in the table's order; None if they are too many or too wide."""
        held = {key.column for key in keys}
        return included_columns(scan, read - held, most=self.max_include, max_width=self.max_width)

    def _advice(
        self,
        group: QueryGroup,
        scan: Scan,
        keys: tuple[IndexKey, ...],
        include: tuple[str, ...],
        fixed: Sequence[Part] = (),
    ) -> IndexAdvice:
        tested = sorted(name for part in fixed for name in _names(part))
        held = (*(key.column or key.django for key in keys), *include, *tested)
        names = ", ".join(dict.fromkeys(held))
        reason = (
            f"The query keeps {scan.kept:,.0f} rows of {scan.table.name} and reads no column but {names}: "
            "an index that holds them is all it reads, as far as VACUUM has passed since rows were written."
        )
        return make_advice(
            scan,
            rule=self.name,
            keys=keys,
            reason=reason + (BOUND if any(part.is_literal for part in fixed) else ""),
            serves=group.fingerprint,
            include=include,
            predicate=predicate_sql(fixed),
            predicate_django=predicate_django(fixed),
        )


def _names(part: Part) -> set[str]:
    """The columns of a condition: two where they are compared with each other."""
    return {column.text for column in read_scalar(part.sql).columns} if part.is_whole else {part.column}


def _is_fixed(part: Part, compared: set[str]) -> bool:
    """A test without a value, and all that is asked of its column; or columns compared with each other."""
    return not part.is_literal and (part.is_whole or part.column not in compared)


def _is_said(key: IndexKey, parts: Sequence[Part]) -> bool:
    """An expression that a condition of the index is about: `upper_inf(period)`."""
    return any(part.expression and part.is_about(key) for part in parts)


def _is_all(scan: Scan, part: Part) -> bool:
    """A value of the source is all that is asked of its column."""
    asked = [term for term in scan.terms if _asks(term, part.column)]
    return not (part.arms or part.expression or part.is_whole) and len(asked) == 1


def _asks(term: Term, column: str) -> bool:
    within = any(_asks(one, column) for arm in term.arms for one in arm)
    return within or term.key.column == column or quote(column) in term.key.expression


def _is_tested(scan: Scan) -> bool:
    """All that is asked of its rows has no value: whether a column is NULL, or true, or the greater one."""
    return all(term.operator in _TESTS for term in scan.terms)


def _any_keys(scan: Scan, read: frozenset[str]) -> tuple[IndexKey, ...]:
    """Of an index whose condition finds the rows: their groups, else what is read of them, else their key."""
    primary = next((index.keys for index in scan.table.indexes if index.is_primary), ())
    names = [column.name for column in scan.table.columns if column.name in read]
    return grouped(scan) or column_keys(scan.model, (names or list(primary))[:1])


def _is_there(scan: Scan, keys: tuple[IndexKey, ...], include: tuple[str, ...]) -> bool:
    """An index has these keys and holds the rest."""
    if not any(key.opclass for key in keys):
        roles = roles_of(scan)
        equal = tuple(takewhile({*roles.found, *roles.flags}.__contains__, keys))
        rest = keys[len(equal) :]  # groups, or a bound: behind them, in this order
        return serving_index(scan.table, equal=equal, bound=rest, include=include) is not None
    known = existing_index(scan, method="btree", keys=keys)
    return known is not None and set(include) <= {*known.keys, *known.include}


def _is_covered(scan: Scan) -> bool:
    """The table isn't read already, or its rows are locked, which takes the table."""
    is_only = scan.node.node_type == "Index Only Scan" and not scan.removed
    return is_only or any(node.node_type == "LockRows" for node in scan.above)
