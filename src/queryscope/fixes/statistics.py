"""Statistics over several columns, as the words of a remedy: a migration makes them."""

from __future__ import annotations

from collections.abc import Sequence


def statistics_remedy(
    relation: str, columns: Sequence[str], *, kind: str = "", is_fresh: bool = False
) -> str:
    """What to do about an estimate over these columns.

    Args:
        relation: the table.
        columns: those that conditions or groups compare.
        kind: as ` (ndistinct)` of CREATE STATISTICS.
        is_fresh: the statistics are of nearly all rows: to make them again would change nothing.
    """
    analyze = "" if is_fresh else f"ANALYZE {relation}; "
    if len(columns) > 1:
        return sentence(
            f"{analyze}if these columns depend on each other, migrations.RunSQL with "
            f"CREATE STATISTICS …{kind} ON {', '.join(columns)} FROM {relation}, and ANALYZE after it."
        )
    if not columns:
        return sentence(f"{analyze}for an expression, CREATE STATISTICS on it.")
    raised = f"raise the statistics target of {columns[0]} (ALTER COLUMN … SET STATISTICS)"
    if is_fresh:
        return sentence(f"{raised}, and ANALYZE {relation} after it.")
    return f"ANALYZE {relation}, or {raised}."


def sentence(text: str) -> str:
    """With a capital letter at its start."""
    return text[0].upper() + text[1:]
