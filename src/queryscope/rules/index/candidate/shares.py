"""Which share of a table's rows a condition keeps, as far as statistics tell."""

from __future__ import annotations

from queryscope.model import Column


def share_of_value(column: Column | None, *, rows: float) -> float | None:
    """Share of the rows that one value has on average, from n_distinct; None where it isn't known."""
    if column is None or not column.n_distinct:
        return None
    distinct = column.n_distinct if column.n_distinct > 0 else -column.n_distinct * max(rows, 1.0)
    return 1.0 / max(distinct, 1.0)


def share_of_test(column: Column | None, operator: str) -> float | None:
    """Share of the rows for which a column is NULL, or is not; None for other operators."""
    if column is None or column.null_frac is None:
        return None
    return {"is null": column.null_frac, "is not null": 1.0 - column.null_frac}.get(operator)
