"""The joins that Django writes, and where else in the statement their tables are named."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = r'(?:"[^"]+"|[A-Za-z_]\w*)'
_JOIN = re.compile(
    rf"\b(?P<kind>INNER|LEFT OUTER) JOIN (?P<table>{_NAME})(?: (?P<alias>(?!ON\b){_NAME}))? ON \("
    rf"(?P<left>{_NAME})\.(?P<left_column>{_NAME}) = (?P<right>{_NAME})\.(?P<right_column>{_NAME})"
)
_DISTINCT = re.compile(r"\bSELECT DISTINCT (?!ON\b)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """`INNER JOIN "table" alias ON ("left"."left_column" = alias."right_column")`."""

    table: str
    alias: str  # the table's own name where it has no other
    left: str  # alias of the table that it is joined to
    left_column: str
    right_column: str


def distinct_select(sql: str) -> str:
    """A normalised statement from its SELECT DISTINCT on; empty without one, or with DISTINCT ON."""
    found = _DISTINCT.search(sql)
    return sql[found.start() :] if found else ""


def joins_of(sql: str) -> tuple[Join, ...]:
    """The joins over one column, in their order."""
    return tuple(
        Join(
            table=_bare(found["table"]),
            alias=_bare(found["alias"] or found["table"]),
            left=_bare(found["left"]),
            left_column=_bare(found["left_column"]),
            right_column=_bare(found["right_column"]),
        )
        for found in _JOIN.finditer(sql)
    )


def is_given(alias: str, sql: str) -> bool:
    """Whether a SELECT gives, groups or orders by columns of that alias."""
    selected, _, rest = sql.partition(" FROM ")
    behind = re.split(r" (?:GROUP|ORDER) BY ", rest, maxsplit=1)[1:]
    named = re.compile(rf'(?<![\w"])"?{re.escape(alias)}"?\.')
    return any(named.search(part) for part in (selected, *behind))


def _bare(name: str) -> str:
    return name.strip('"')
