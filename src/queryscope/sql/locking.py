"""`SELECT … FOR UPDATE`: the rows that it finds, without the lock on them."""

from __future__ import annotations

import re

_LOCKS = re.compile(
    r"""
    (?:\s+ FOR \s+ (?: (?:NO \s+ KEY \s+)? UPDATE | (?:KEY \s+)? SHARE )
       (?: \s+ OF \s+ (?:"[^"]+"|[\w.]+) (?:\s*,\s* (?:"[^"]+"|[\w.]+))* )?
       (?: \s+ NOWAIT | \s+ SKIP \s+ LOCKED )?
    )+ \s* ;? \s* \Z
    """,
    re.VERBOSE | re.IGNORECASE,
)


def without_locks(sql: str) -> str:
    """The statement without the locking clauses at its end: the same rows, found in the same way."""
    return _LOCKS.sub("", sql)
