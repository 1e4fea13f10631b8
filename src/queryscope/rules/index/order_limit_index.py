"""The first rows in some order: equality columns, then the ORDER BY columns (I03, I04)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import IndexAdvice, IndexKey, Models, Plan, PlanNode, QueryGroup, Refusal, Schema
from queryscope.plans.conditions import Condition, PlanSortKey
from queryscope.rules.index.candidate.cover import serving_index
from queryscope.rules.index.candidate.keys import make_advice
from queryscope.rules.index.candidate.objections import (
    MOST_KEPT,
    covered,
    is_passing,
    is_size_silent,
    refuse,
    table_objection,
)
from queryscope.rules.index.candidate.order import asked_keys, free_order, own_order
from queryscope.rules.index.candidate.paging import is_keyset, missing_bound
from queryscope.rules.index.candidate.patterns import prefix_keys
from queryscope.rules.index.candidate.reading import included_columns, read_of
from queryscope.rules.index.candidate.roles import roles_of, shared_first
from queryscope.rules.index.candidate.scan import (
    RANGES,
    Scan,
    is_plain,
    kept_share,
    limit_above,
    output_rows,
    read_scans,
    row_count,
    sort_above,
)
from queryscope.sql.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLimitIndex:
    """A btree from which the first rows come in order, so that nothing is sorted and reading stops early."""

    name: ClassVar[str] = "order-limit-index"

    min_rows: int = 1000  # rows sorted or dropped before the first one is delivered
    max_columns: int = 4
    deep_offset: int = 10  # times the rows of the page
    max_passed: float = 0.01  # of the rows, before such a page: in order they are passed in a moment
    cheap_entries: int = 10  # of an index take as long to pass as one row of the table
    min_delivered: int = 100  # rows, of which each is read in the table unless the index holds all that is
    max_include: int = 4  # columns beside the keys that are read of them
    max_width: int = 64  # bytes of these, of a row

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """One candidate for every limited scan whose order is over its own columns."""
        lookups = group.site.lookups if group.site is not None else ()
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            keys = asked_keys(scan, statement)
            is_short = self._effort(scan) < self.min_rows and not is_passing(scan)
            if not keys or (is_short and not is_size_silent(scan)):
                continue
            limit = limit_above(scan)
            if limit is None:
                yield from _full_sort(group, scan, keys, statement)
                continue
            objection = self._objection(group, plan, scan, limit, keys)
            if objection is not None:
                yield objection
            else:
                begun = prefix_keys(scan, lookups, schema)
                yield from self._candidates(group, scan, keys, limit, begun=begun)

    def _effort(self, scan: Scan) -> float:
        sort = sort_above(scan)
        sorted_rows = output_rows(sort.children[0]) if sort is not None and sort.children else 0.0
        return max(sorted_rows, scan.removed)

    def _objection(
        self, group: QueryGroup, plan: Plan, scan: Scan, limit: PlanNode, keys: tuple[PlanSortKey, ...]
    ) -> Refusal | None:
        if any(key.is_random for key in keys):
            text = (
                f"ORDER BY random() reads and sorts all {scan.kept:,.0f} rows: no index has a random order."
            )
            return refuse(group, scan, kind="random-order", reason=text)
        delivered = output_rows(limit.children[0]) if limit.children else 0.0
        wanted = max(output_rows(limit), 1.0)
        is_deep = delivered >= self.min_rows and delivered > self.deep_offset * wanted
        if plan.is_analyzed and is_deep and delivered > self.max_passed * row_count(scan):
            text = (
                f"OFFSET skips {delivered - wanted:,.0f} rows to return {wanted:,.0f}: page by key instead."
            )
            return refuse(group, scan, kind="deep-offset", reason=text)
        return table_objection(group, plan, scan)

    def _are_met(self, scan: Scan, limit: PlanNode, order: tuple[IndexKey, ...], *, most: float) -> bool:
        """Along the order alone so many rows are passed at most, unless those that count lie together."""
        others = [one for one in scan.conditions if one.operator not in ("in", *RANGES)]
        apart = not any(one.operator == "=" or _is_about(one, order[0].column) for one in others)
        return apart and max(output_rows(limit), 1.0) <= most * kept_share(scan)

    def _most(self, scan: Scan, order: tuple[IndexKey, ...]) -> int:
        """How many rows may be passed; those that a later column of the order drops aren't read."""
        bounded = {key.column for key in roles_of(scan).bounds}
        is_cheap = any(key.column in bounded for key in order[1:])
        return self.min_rows * (self.cheap_entries if is_cheap else 1)

    def _candidates(
        self,
        group: QueryGroup,
        scan: Scan,
        keys: tuple[PlanSortKey, ...],
        limit: PlanNode,
        *,
        begun: tuple[IndexKey, ...],
    ) -> Iterator[IndexAdvice | Refusal]:
        asked, roles = own_order(scan, keys), roles_of(scan)
        if not asked or len(asked) > self.max_columns:
            return
        order = free_order(asked, roles)
        ordered = {key.column for key in order}
        room = self.max_columns - len(order)
        equal = [key for key in (*roles.equal, *roles.flags) if key.column not in ordered]
        listed = [key for key in roles.listed if key.column not in ordered]
        heads = [shared_first(scan, equal[:room])]
        if listed and len(equal) < room:
            heads.insert(0, shared_first(scan, (*equal, listed[0])))
        for head in dict.fromkeys(heads):
            if not head and not (
                _is_walk_short(scan, order) or self._are_met(scan, limit, order, most=self._most(scan, order))
            ):
                continue
            existing = serving_index(scan.table, equal=head, order=order)
            if existing is None:
                yield self._advice(group, scan, head, order)
                yield from self._whole(group, scan, (head, order), limit)
            elif scan.is_sequential:
                yield covered(group, scan, existing, (*head, *order))
        yield from self._narrowed(group, scan, (heads[-1], order), limit, begun=begun)

    def _narrowed(
        self,
        group: QueryGroup,
        scan: Scan,
        shape: tuple[tuple[IndexKey, ...], tuple[IndexKey, ...]],
        limit: PlanNode,
        *,
        begun: tuple[IndexKey, ...],
    ) -> Iterator[IndexAdvice]:
        """Behind the order what else is compared: rows that it drops are passed without reading them."""
        (head, order), roles = shape, roles_of(scan)
        known = {key.column for key in (*head, *order)}
        room = self.max_columns - len(head) - len(order)
        others = (*roles.bounds, *roles.listed, *begun)
        rest = [key for key in others if key.column and key.column not in known]
        most = self.min_rows * self.cheap_entries
        is_short = head or _is_walked(scan) or self._are_met(scan, limit, order, most=most)
        if not rest[:room] or not is_short:
            return
        wanted = (*order, *rest[:room])
        if serving_index(scan.table, equal=head, order=wanted) is None:
            yield self._advice(group, scan, head, wanted)

    def _whole(
        self,
        group: QueryGroup,
        scan: Scan,
        shape: tuple[tuple[IndexKey, ...], tuple[IndexKey, ...]],
        limit: PlanNode,
    ) -> Iterator[IndexAdvice]:
        """With all that is read, where many rows are delivered: of a long page, or of many short ones."""
        rest = read_of(group.sql, scan) - {key.column for keys in shape for key in keys}
        skipped = max(
            [output_rows(node) for node in limit.children if node.actual_rows is not None], default=0
        )
        is_long = max(output_rows(limit), skipped) >= self.min_delivered
        is_locked = any(node.node_type == "LockRows" for node in scan.above)  # each in the table
        if not rest or not is_long or is_locked or is_size_silent(scan):
            return
        include = included_columns(scan, rest, most=self.max_include, max_width=self.max_width)
        if include:
            yield self._advice(group, scan, *shape, include)

    def _advice(
        self,
        group: QueryGroup,
        scan: Scan,
        head: tuple[IndexKey, ...],
        order: tuple[IndexKey, ...],
        include: tuple[str, ...] = (),
    ) -> IndexAdvice:
        return make_advice(
            scan,
            rule=self.name,
            keys=(*head, *order),
            reason=_reason(scan, order) + (" Nothing else is read of them." if include else ""),
            serves=group.fingerprint,
            include=include,
        )


def _is_about(condition: Condition, column: str) -> bool:
    """Whether its rows may lie together in the order of a column, or that can't be told."""
    if not condition.arms:
        return condition.column in ("", column)
    arms = [_is_about(arm, column) for arm in condition.arms]
    return all(arms) if condition.operator == "or" else any(arms)


def _is_walked(scan: Scan) -> bool:
    """An index gives the order already, and rows are read for nothing on the way to the first ones."""
    return scan.node.node_type == "Index Scan" and sort_above(scan) is None


def _is_walk_short(scan: Scan, order: tuple[IndexKey, ...]) -> bool:
    """Along the order alone, rows that the conditions drop are passed one by one: they must be few."""
    bounds = [one for one in scan.conditions if one.column == order[0].column and is_plain(one, scan.table)]
    is_page = is_keyset(scan, order)
    return is_page or len(bounds) == len(scan.conditions) or kept_share(scan) > MOST_KEPT


def _full_sort(
    group: QueryGroup, scan: Scan, keys: tuple[PlanSortKey, ...], statement: Statement
) -> Iterator[Refusal]:
    """Without a LIMIT, and if the order is the query's own: sorts serve merge joins and groups too."""
    is_limited = any(node.node_type == "Limit" for node in scan.above)
    if is_limited or statement.is_aggregate or not statement.sort_keys or not own_order(scan, keys):
        return
    text = f"The query sorts and returns all {scan.kept:,.0f} rows: an index in this order is slower."
    yield refuse(group, scan, kind="full-sort", reason=text)


def _reason(scan: Scan, order: tuple[IndexKey, ...]) -> str:
    read = (scan.kept + scan.removed) / (scan.node.actual_loops or 1.0)
    text = (
        f"The query reads {max(read, scan.node.plan_rows):,.0f} of {row_count(scan):,.0f} rows "
        f"of {scan.table.name} to return the first ones in order."
    )
    bound = missing_bound(scan, order)
    if bound:
        text += (
            f" Filter by {bound} as well, which is true of every row of the page: reading begins there then."
        )
    return text
