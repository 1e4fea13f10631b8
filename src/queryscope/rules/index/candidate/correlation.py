"""Columns that depend on each other: the rows are found by an index, but the plan was made for others."""

from __future__ import annotations

from queryscope.fixes.statistics import statistics_remedy
from queryscope.model import QueryGroup, Refusal
from queryscope.rules.index.candidate.objections import refuse
from queryscope.rules.index.candidate.scan import Scan

OFF = 100.0  # times
LEAST_ROWS = 100.0  # of one loop


def correlation_objection(group: QueryGroup, scan: Scan) -> Refusal | None:
    """Against any index for a scan whose estimate over several columns is far off: statistics are missing."""
    planned, actual = scan.node.plan_rows, scan.node.actual_rows
    compared = dict.fromkeys(
        term.key.column
        for term in scan.terms
        if not term.is_join and term.operator in ("=", "in", "true", "false")
    )
    if actual is None or len(compared) < 2 or "" in compared or max(planned, actual) < LEAST_ROWS:
        return None
    factor = max(planned, 1.0) / max(actual, 1.0)
    if max(factor, 1.0 / factor) < OFF:
        return None
    text = (
        f"An index finds the rows of {scan.table.name}, but {actual:,.0f} came where {planned:,.0f} were "
        "planned. "
        f"{statistics_remedy(scan.table.name, list(compared))}"
    )
    return refuse(group, scan, kind="statistics", reason=text)
