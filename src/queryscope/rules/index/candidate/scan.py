"""Scans of a plan that read more rows than they keep, with what an index could use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import pairwise

from queryscope.model import IndexKey, Model, Models, Plan, PlanNode, Schema, Table
from queryscope.plans.conditions import Condition, PlanSortKey, read_conditions, read_sort_key
from queryscope.rules.index.candidate.operand import Obstacle
from queryscope.rules.index.candidate.ordering import read_order
from queryscope.rules.index.candidate.partitions import as_one, scanned_table
from queryscope.rules.index.candidate.term import Term
from queryscope.rules.index.candidate.terms import read_terms
from queryscope.rules.index.candidate.types import TEXT_TYPES as TEXT_TYPES
from queryscope.rules.index.candidate.types import UNSORTED_TYPES as UNSORTED_TYPES
from queryscope.rules.index.candidate.types import is_plain as is_plain
from queryscope.rules.index.candidate.types import is_text as is_text
from queryscope.sql.statement import Predicate, Statement

SCAN_NODES = frozenset({"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"})
JOIN_NODES = frozenset({"Nested Loop", "Hash Join", "Merge Join"})
# A row above these is no row of the table any more, so an order or limit there is none of the scan's.
BARRIERS = frozenset({"Aggregate", "Group", "WindowAgg", "Unique", "SetOp", "Append", "Merge Append"})
RANGES = frozenset({"<", "<=", ">", ">="})


_Asked = tuple[Plan, Statement, Schema, Models]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One scan of a table, its conditions, and the nodes above it, nearest first."""

    table: Table
    model: Model
    node: PlanNode
    above: tuple[PlanNode, ...]
    conditions: tuple[Condition, ...]
    literals: tuple[tuple[str, str], ...]  # column, SQL literal that stands in the project's source
    terms: tuple[Term, ...] = ()  # what an index may serve: plain columns first, then expressions
    obstacles: tuple[Obstacle, ...] = ()  # why other operands can't be indexed
    order: tuple[IndexKey, ...] = ()  # the ORDER BY, if an expression is in it and all is of this table
    distance: Term | None = None  # the ORDER BY of the nearest first: "<->"
    kept: float  # rows that the conditions let through, all loops
    removed: float  # rows that were read for nothing, all loops
    workers: int = 0
    is_test_size: bool = False  # how many rows there are says nothing

    @property
    def alias(self) -> str:
        """The name by which conditions call the table."""
        return self.node.alias or self.node.relation_name

    @property
    def is_sequential(self) -> bool:
        """The whole table is read."""
        return self.node.node_type == "Seq Scan"


_READ: ContextVar[list[tuple[_Asked, tuple[Scan, ...]]] | None] = ContextVar("scans", default=None)


def read_scans(plan: Plan, *, statement: Statement, schema: Schema, models: Models) -> Iterator[Scan]:
    """Every executed scan of a table that a model of the project stores; those of its partitions as one."""
    asked = (plan, statement, schema, models)
    known = _READ.get()
    if known is None:
        yield from as_one(_read_scans(plan, statement=statement, schema=schema, models=models))
        return
    if not known or any(one is not other for one, other in zip(known[0][0], asked, strict=True)):
        scans = tuple(as_one(_read_scans(plan, statement=statement, schema=schema, models=models)))
        known[:] = [(asked, scans)]
    yield from known[0][1]


@contextmanager
def read_once() -> Iterator[None]:
    """Within it the scans of a plan are read once, though each of twenty rules asks for them."""
    token = _READ.set([])
    try:
        yield
    finally:
        _READ.reset(token)


def _read_scans(plan: Plan, *, statement: Statement, schema: Schema, models: Models) -> Iterator[Scan]:
    for node, above in _walk(plan.root, ()):
        table = scanned_table(node, schema) if node.node_type in SCAN_NODES else None
        model = models.by_table(table.name) if table is not None else None
        if table is None or model is None or node.actual_loops == 0:
            continue
        if not _is_stored(model, table) or models.sharing(table.name):
            continue
        conditions = _conditions(node, table, statement)
        workers = max((parent.workers_planned for parent in above), default=0) if node.parallel_aware else 0
        kept, removed = _rows(node, table, workers)
        literals = tuple(
            (predicate.column, predicate.literal)
            for predicate in statement.predicates
            if predicate.table == table.name and predicate.literal and predicate.operator == "="
        )
        read = read_terms(node, table=table, model=model, blocks=statement.blocks, literals=literals)
        asked = read_order(statement.blocks, node, table=table, model=model)
        yield Scan(
            table=table,
            model=model,
            node=node,
            above=above,
            conditions=conditions,
            literals=literals,
            terms=read.terms,
            obstacles=read.obstacles,
            order=asked.keys,
            distance=asked.distance,
            kept=kept,
            removed=removed,
            workers=workers,
            is_test_size=schema.is_test_size,
        )


def _is_stored(model: Model, table: Table) -> bool:
    """Whether it is the model's table, and not another schema's of that name."""
    return table.schema == model.schema if model.schema or not table.is_visible else True


def row_count(scan: Scan) -> float:
    """Rows of the table: as analysed, else as this scan saw them."""
    loops = scan.node.actual_loops or 1.0
    return scan.table.rows if scan.table.rows > 0 else (scan.kept + scan.removed) / loops


def kept_share(scan: Scan) -> float:
    """Share of the rows that the conditions keep."""
    seen = (
        scan.kept + scan.removed if scan.is_sequential else row_count(scan) * (scan.node.actual_loops or 1.0)
    )
    return min(1.0, scan.kept / seen) if seen > 0 else 1.0


def equalities(scan: Scan) -> tuple[str, ...]:
    """Columns compared with one value, in the order of the plan."""
    return _columns(scan, {"="})


def memberships(scan: Scan) -> tuple[str, ...]:
    """Columns compared with a list of values."""
    return _columns(scan, {"in"})


def ranges(scan: Scan) -> tuple[str, ...]:
    """Columns compared with a bound."""
    return _columns(scan, RANGES)


def limit_above(scan: Scan) -> PlanNode | None:
    """The LIMIT that these rows flow into."""
    return _above(scan, frozenset({"Limit"}))


def sort_above(scan: Scan) -> PlanNode | None:
    """The last sort that these rows flow into; one that only feeds a merge join is none."""
    found = None
    for node, parent in pairwise((*scan.above, None)):
        if node is None or node.node_type in BARRIERS:
            break
        is_for_join = parent is not None and parent.node_type == "Merge Join"
        if node.node_type in ("Sort", "Incremental Sort") and not is_for_join:
            found = node
    return found


def join_above(scan: Scan) -> PlanNode | None:
    """The nearest join of these rows."""
    return _above(scan, JOIN_NODES)


def sort_keys(scan: Scan, statement: Statement) -> tuple[PlanSortKey, ...]:
    """The order that is asked of these rows: from the Sort node, else from the statement's ORDER BY."""
    node = sort_above(scan)
    if node is not None:
        return tuple(read_sort_key(key) for key in node.sort_key)
    if limit_above(scan) is None:
        return ()
    return tuple(
        PlanSortKey(
            table=key.table,
            column=key.column,
            is_descending=key.is_descending,
            nulls="" if key.nulls == ("first" if key.is_descending else "last") else key.nulls,
            is_random="random(" in key.expression.lower(),
        )
        for key in statement.sort_keys
    )


def output_rows(node: PlanNode) -> float:
    """Rows that a node delivered over all loops; the estimate where it was not analysed."""
    if node.actual_rows is None:
        return node.plan_rows
    return node.actual_rows * (node.actual_loops or 0.0)


def _columns(scan: Scan, operators: frozenset[str] | set[str]) -> tuple[str, ...]:
    found: list[str] = []
    for condition in scan.conditions:
        if (
            condition.operator in operators
            and is_plain(condition, scan.table)
            and condition.column not in found
        ):
            found.append(condition.column)
    return tuple(found)


def _walk(node: PlanNode, above: tuple[PlanNode, ...]) -> Iterator[tuple[PlanNode, tuple[PlanNode, ...]]]:
    yield node, above
    for child in node.children:
        # A subplan's rows never flow through the nodes above it.
        is_apart = child.parent_relationship in ("SubPlan", "InitPlan")
        yield from _walk(child, () if is_apart else (node, *above))


def _above(scan: Scan, kinds: frozenset[str]) -> PlanNode | None:
    for node in scan.above:
        if node.node_type in kinds:
            return node
        if node.node_type in BARRIERS:
            return None
    return None


def _conditions(node: PlanNode, table: Table, statement: Statement) -> tuple[Condition, ...]:
    """From the plan; from the statement where the plan's text could not be read."""
    texts = (node.filter, node.index_cond, node.recheck_cond)
    alias = node.alias or node.relation_name
    found = [condition for text in texts for condition in read_conditions(text)]
    own = tuple(_turned(condition, alias) for condition in found)
    if any(condition.column or condition.arms for condition in own) or not any(texts):
        return own
    return tuple(_from_predicate(one) for one in statement.predicates if one.table == table.name) or own


def _turned(condition: Condition, alias: str) -> Condition:
    """`o.id = c.order_id` seen from `c`."""
    if not condition.is_join or condition.operator != "=" or condition.table == alias:
        return condition
    if condition.other_table != alias:
        return condition
    return Condition(
        table=condition.other_table,
        column=condition.other_column,
        operator="=",
        is_join=True,
        other_table=condition.table,
        other_column=condition.column,
    )


def _from_predicate(predicate: Predicate) -> Condition:
    function = "upper" if predicate.expression.upper().startswith("UPPER(") else ""
    return Condition(
        table=predicate.table, column=predicate.column, function=function, operator=predicate.operator
    )


def _rows(node: PlanNode, table: Table, workers: int) -> tuple[float, float]:
    if node.actual_rows is not None and node.actual_loops:
        wasted = node.rows_removed_by_filter + node.rows_removed_by_index_recheck
        return node.actual_rows * node.actual_loops, wasted * node.actual_loops
    # The planner divides a parallel scan by its workers and a shrinking share of the leader.
    kept = node.plan_rows * (workers + max(0.0, 1.0 - 0.3 * workers)) if workers else node.plan_rows
    removed = max(0.0, table.rows - kept) if node.node_type == "Seq Scan" else 0.0
    return kept, removed
