"""LIMIT and OFFSET of a statement as it was sent: Django writes their numbers into the text."""

from __future__ import annotations

import re

Bounds = tuple[int | None, int]  # limit, offset

_TAIL = 1_000  # characters: what stands behind a LIMIT is short, a statement may be of megabytes
_BEHIND = re.compile(
    r"(?:\s|;|/\*(?:[^*]|\*(?!/))*\*/|--[^\n]*"
    r"|\bFOR\s+(?:NO\s+KEY\s+UPDATE|UPDATE|KEY\s+SHARE|SHARE)\b[^()']*)*\Z",
    re.IGNORECASE,
)
_CLAUSE = r"LIMIT\s+(?P<limit{n}>\d{{1,18}}|ALL|NULL)|OFFSET\s+(?P<offset{n}>\d{{1,18}})(?:\s+ROWS?)?"
_BOUNDS = re.compile(
    rf"(?<![\w$\"])(?:{_CLAUSE.format(n=1)})(?:\s+(?:{_CLAUSE.format(n=2)}))?(?={_BEHIND.pattern})",
    re.IGNORECASE,
)


def written_bounds(sql: str) -> Bounds:
    """The numbers of the outermost LIMIT and OFFSET; (None, 0) where none is written out."""
    tail = sql[-_TAIL:]
    if "LIMIT" not in (upper := tail.upper()) and "OFFSET" not in upper:
        return None, 0
    found = _BOUNDS.search(tail)
    if found is None:
        return None, 0
    limit = found["limit1"] or found["limit2"] or ""
    offset = found["offset1"] or found["offset2"] or "0"
    return (int(limit) if limit.isdigit() else None), int(offset)


def largest(first: Bounds, second: Bounds) -> Bounds:
    """The bounds of executions of one shape: of each the largest."""
    limits = [limit for limit, _ in (first, second) if limit is not None]
    return max(limits, default=None), max(first[1], second[1])
