"""Reads that the rows of a prefetch answer as they are: the first, the last, the values of a column."""

from __future__ import annotations

from dataclasses import dataclass

from queryscope.errors import EditRefusedError
from queryscope.fixes.naming import snake
from queryscope.fixes.reread import Read, takes_any_list
from queryscope.fixes.source import Replacement
from queryscope.fixes.to_attr import replacement, row_values
from queryscope.model import Model


@dataclass(frozen=True, slots=True)
class Cached:
    """A read, what does the same with the prefetched rows, and the edit; without one `caveat` says why."""

    read: Read
    code: str
    replacement: Replacement | None
    caveat: str = ""


def read_cached(read: Read, model: Model, *, has_own_queryset: bool = False) -> Cached | None:
    """The same from the prefetched rows; None where they don't hold it as they are.

    Args:
        read: the expression; only one that neither chooses nor sorts is judged.
        model: of the rows.
        has_own_queryset: the prefetch has a queryset of its own, which may sort in another way.
    """
    if read.steps or read.ending not in ("first", "last", "iterator", "values", "values_list"):
        return None
    rows = f"{read.source.text_of(read.manager)}.all()"
    try:
        code = _code(read, model, rows, has_own_queryset)
        written = _code(read, model, read.rows, has_own_queryset)
    except EditRefusedError as refusal:
        return Cached(read, rows, None, str(refusal))
    if code in ("", rows) and not takes_any_list(read.source, read.node):
        return Cached(read, rows, None, "What reads the rows may need more than they can do.")
    return Cached(read, code, replacement(read, written))


def _code(read: Read, model: Model, rows: str, has_own_queryset: bool) -> str:
    row = snake(model.name)
    if read.ending == "first":
        # Django asks again only where nothing sorts the rows; then it sorts by the primary key.
        return f"min({rows}, key=lambda {row}: {row}.pk, default=None)"
    if read.ending == "last":
        if has_own_queryset:
            raise EditRefusedError("The prefetch has a queryset of its own: take its last row by hand.")
        if model.ordering:
            return f"next(reversed({rows}), None)"
        return f"max({rows}, key=lambda {row}: {row}.pk, default=None)"
    if read.ending == "iterator":
        return rows
    if not takes_any_list(read.source, read.node):
        raise EditRefusedError("What reads the values may need a queryset, not a list.")
    return row_values(read, model, rows)
