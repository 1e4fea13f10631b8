"""What speaks against an index on a scanned table, each with its number."""

from __future__ import annotations

from queryscope.model import Plan, QueryGroup, Refusal
from queryscope.rules.index.candidate.scan import Scan, kept_share, row_count

TINY_PAGES = 10
TINY_ROWS = 500
FAST_MS = 1.0  # an index must win a millisecond
MOST_KEPT = 0.2  # above, reading the table in order is cheaper


def refuse(group: QueryGroup, scan: Scan, *, kind: str, reason: str) -> Refusal:
    """A refusal for the table of this scan."""
    return Refusal(fingerprint=group.fingerprint, relation=scan.table.name, kind=kind, reason=reason)


def table_objection(group: QueryGroup, plan: Plan, scan: Scan) -> Refusal | None:
    """Against any index on this table: too small, partitioned, not Django's, or the query is fast already."""
    table, rows = scan.table, row_count(scan)
    if table.pages <= TINY_PAGES or rows < TINY_ROWS:
        size = f"{rows:,.0f} rows on {table.pages} pages"
        text = f"{table.name} has {size}: reading them all is as fast as an index."
        return refuse(group, scan, kind="tiny-table", reason=text)
    if plan.execution_time_ms is not None and plan.execution_time_ms < FAST_MS:
        text = f"The query takes {plan.execution_time_ms:.2f} ms: no index can win a millisecond."
        return refuse(group, scan, kind="fast", reason=text)
    if table.is_partitioned:
        text = f"{table.name} is partitioned: an index can't be built CONCURRENTLY on all partitions at once."
        return refuse(group, scan, kind="partitioned", reason=text)
    if not scan.model.is_managed:
        text = f"{table.name} belongs to the unmanaged model {scan.model.label}: Django makes no index there."
        return refuse(group, scan, kind="unmanaged", reason=text)
    return None


def selectivity_objection(group: QueryGroup, scan: Scan) -> Refusal | None:
    """The conditions keep so many rows that an index would be slower than the table."""
    share = kept_share(scan)
    if share <= MOST_KEPT:
        return None
    text = f"No index: the conditions keep {share:.0%} of {row_count(scan):,.0f} rows of {scan.table.name}."
    return refuse(group, scan, kind="low-selectivity", reason=text)


def is_wasteful(scan: Scan) -> bool:
    """The scan reads many rows that its conditions then drop."""
    if scan.is_sequential:
        return True
    return scan.removed >= 1000 and scan.removed >= 10 * scan.kept
