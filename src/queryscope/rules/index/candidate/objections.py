"""What speaks against an index on a scanned table, each with its number."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.model import Index, IndexKey, Plan, PlanNode, QueryGroup, Refusal
from queryscope.rules.index.candidate.cover import split_key
from queryscope.rules.index.candidate.scan import RANGES, Scan, kept_share, row_count

TINY_PAGES = 10
TINY_ROWS = 500
ESTIMATED_ROWS = 10_000  # to read them takes about a millisecond; what a lock waits isn't theirs
FAST_MS = 1.0  # an index must win a millisecond
MANY_SEARCHES = 50.0  # of an index, in one loop; each takes about 10 µs
MANY_PAGES = 50.0  # of an index, in one loop: some thousands of entries
MANY_PAGES_TOGETHER = 2000.0  # in all loops: some milliseconds
DEPTH = 4.0  # pages of one search
DROPPED = 3.0  # times the rows that are kept: to find those alone may take a third of the time
MISJUDGED = 3.0  # times the rows that were expected
STALE_SHARE = 0.1  # of the rows, changed since the last ANALYZE
MOST_KEPT = 0.2  # above, reading the table in order is cheaper


def refuse(group: QueryGroup, scan: Scan, *, kind: str, reason: str) -> Refusal:
    """A refusal for the table of this scan."""
    return Refusal(fingerprint=group.fingerprint, relation=scan.table.name, kind=kind, reason=reason)


def table_objection(group: QueryGroup, plan: Plan, scan: Scan) -> Refusal | None:
    """Against any index on this table: too small, not Django's, or the query is fast already."""
    table, rows = scan.table, row_count(scan)
    is_silent = is_size_silent(scan)
    if is_tiny(scan) and not is_silent:
        size = f"{rows:,.0f} rows on {table.pages} pages"
        text = f"{table.name} has {size}: reading them all is as fast as an index."
        return refuse(group, scan, kind="tiny-table", reason=text)
    if plan.execution_time_ms is not None and plan.execution_time_ms < FAST_MS and not is_silent:
        text = f"The query takes {plan.execution_time_ms:.2f} ms: no index can win a millisecond."
        return refuse(group, scan, kind="fast", reason=text)
    if not plan.is_analyzed and rows < ESTIMATED_ROWS and not is_silent:
        text = f"{table.name} has {rows:,.0f} rows, which take about a millisecond: no index can win one."
        return refuse(group, scan, kind="fast", reason=text)
    return None


def is_tiny(scan: Scan) -> bool:
    """The table is read as fast as an index; a few rows on many pages, most of them empty, are not."""
    few = row_count(scan) < TINY_ROWS
    return scan.table.pages <= TINY_PAGES or (few and scan.table.pages < TINY_ROWS)


def is_size_silent(scan: Scan) -> bool:
    """A tiny table of a test: what its rows are like says nothing, only what is asked of them does."""
    return scan.is_test_size and is_tiny(scan)


def covered(group: QueryGroup, scan: Scan, index: Index, keys: Sequence[IndexKey]) -> Refusal:
    """An index serves already, and the table was read all the same: what the planner knows may be old."""
    table = scan.table
    names = ", ".join(key.column or key.django for key in keys)
    if table.rows < 0 or table.changed_rows > STALE_SHARE * max(table.rows, 1.0):
        known = f"{table.changed_rows:,.0f} of {table.rows:,.0f} rows changed since the last ANALYZE"
        text = "it was never analysed" if table.rows < 0 else known
        reason = f"{index.name} starts with {names}; {text}: run ANALYZE {table.name} first."
        return refuse(group, scan, kind="stale-statistics", reason=reason)
    text = f"{index.name} starts with {names}; run ANALYZE {table.name}."
    if table.analyzes:
        text = (
            f"{index.name} starts with {names}, but the planner reads the table: by its estimate of "
            f"{_estimate(scan):,.0f} rows that is cheaper. {_came(scan)}The statistics are of the last "
            f"ANALYZE, since which {table.changed_rows:,.0f} rows changed."
        )
    return refuse(group, scan, kind="covered", reason=text)


def _estimate(scan: Scan) -> float:
    """Rows that the planner expected of all loops."""
    return scan.node.plan_rows * (scan.node.actual_loops or 1.0)


def _came(scan: Scan) -> str:
    expected, found = max(_estimate(scan), 1.0), max(scan.kept, 1.0)
    return f"{scan.kept:,.0f} came. " if max(expected / found, found / expected) >= MISJUDGED else ""


def selectivity_objection(group: QueryGroup, scan: Scan) -> Refusal | None:
    """The conditions keep so many rows that an index would be slower than the table."""
    share = kept_share(scan)
    if share <= MOST_KEPT or is_size_silent(scan):
        return None
    text = f"No index: the conditions keep {share:.0%} of {row_count(scan):,.0f} rows of {scan.table.name}."
    return refuse(group, scan, kind="low-selectivity", reason=text)


def _index_node(scan: Scan) -> PlanNode:
    """Where an index is read: the scan itself, or what finds the pages for it."""
    below = scan.node.children
    if scan.node.node_type == "Bitmap Heap Scan" and len(below) == 1:
        return below[0]
    return scan.node


def _is_skipping(scan: Scan) -> bool:
    """PostgreSQL 18 enters an index once for each value of a first column that isn't compared."""
    node = _index_node(scan)
    index = next((one for one in scan.table.indexes if one.name == node.index_name), None)
    if index is None or node.index_searches < MANY_SEARCHES * (node.actual_loops or 1.0):
        return False
    found = {one.column for one in scan.conditions if one.operator not in RANGES}
    return split_key(index.keys[0])[0] not in found


def is_passing(scan: Scan) -> bool:
    """Many pages of its index for few rows: keys behind a bound are compared entry by entry.

    Of many short searches, one for each row of another table say, the pages count together.
    """
    node, loops = scan.node, scan.node.actual_loops or 1.0
    if node.node_type not in ("Index Scan", "Index Only Scan"):
        return False
    pages = node.shared_hit_blocks + node.shared_read_blocks
    rows = scan.kept + scan.removed + node.heap_fetches
    least = rows + DEPTH * max(node.index_searches, loops)
    is_long = pages >= MANY_PAGES * loops and pages >= 10 * least
    return is_long or (pages >= MANY_PAGES_TOGETHER and pages >= DROPPED * least)


def is_wasteful(scan: Scan) -> bool:
    """The scan reads many rows or entries that its conditions drop, or enters its index again and again."""
    if scan.is_sequential or _is_skipping(scan) or is_passing(scan):
        return True
    return scan.removed >= 1000 and scan.removed >= DROPPED * scan.kept
