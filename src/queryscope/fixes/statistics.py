"""Statistics over several columns, as the words of a remedy: a migration makes them."""

from __future__ import annotations

from collections.abc import Sequence


def statistics_remedy(relation: str, columns: Sequence[str], *, kind: str = "") -> str:
    """What to do about an estimate over these columns; `kind` as ` (ndistinct)` of CREATE STATISTICS."""
    if len(columns) > 1:
        return (
            f"ANALYZE {relation}; if these columns depend on each other, migrations.RunSQL with "
            f"CREATE STATISTICS …{kind} ON {', '.join(columns)} FROM {relation}, and ANALYZE after it."
        )
    if not columns:
        return f"ANALYZE {relation}; for an expression, CREATE STATISTICS on it."
    return (
        f"ANALYZE {relation}, or raise the statistics target of {columns[0]} (ALTER COLUMN … SET STATISTICS)."
    )
