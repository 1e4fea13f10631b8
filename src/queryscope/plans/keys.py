"""How PostgreSQL writes the names of our fields: `plan_rows` is "Plan Rows", `wal_fpi` is "WAL FPI"."""

from __future__ import annotations

# Fields whose key does not follow by capitals and without their unit.
_KEYS = {
    "cte_name": "CTE Name",
    "full_sort_groups": "Full-sort Groups",
    "hashagg_batches": "HashAgg Batches",
    "local_io_read_time_ms": "Local I/O Read Time",
    "local_io_write_time_ms": "Local I/O Write Time",
    "one_time_filter": "One-Time Filter",
    "pre_sorted_groups": "Pre-sorted Groups",
    "remote_sql": "Remote SQL",
    "rows_removed_by_conflict_filter": "Rows Removed by Conflict Filter",
    "rows_removed_by_filter": "Rows Removed by Filter",
    "rows_removed_by_index_recheck": "Rows Removed by Index Recheck",
    "rows_removed_by_join_filter": "Rows Removed by Join Filter",
    "shared_io_read_time_ms": "Shared I/O Read Time",
    "shared_io_write_time_ms": "Shared I/O Write Time",
    "temp_io_read_time_ms": "Temp I/O Read Time",
    "temp_io_write_time_ms": "Temp I/O Write Time",
    "tid_cond": "TID Cond",
    "wal_buffers_full": "WAL Buffers Full",
    "wal_bytes": "WAL Bytes",
    "wal_fpi": "WAL FPI",
    "wal_records": "WAL Records",
}

# Up to PostgreSQL 16.
FORMER = {"I/O Read Time": "shared_io_read_time_ms", "I/O Write Time": "shared_io_write_time_ms"}


def key_of(name: str) -> str:
    """The key that PostgreSQL prints for a field."""
    return _KEYS.get(name) or name.removesuffix("_ms").removesuffix("_kb").replace("_", " ").title()
