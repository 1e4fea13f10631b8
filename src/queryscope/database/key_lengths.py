"""Can a value be too long for a btree? Where the index is there such a row can't be written any more.

The type tells, else the longest value that is there: read in a trial, where the index is built over all rows
anyway, else from the statistics. A length is kept, no value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from queryscope.database.proposals import refusal
from queryscope.database.sandbox import below_savepoint, set_limits
from queryscope.database.table_copy import read_relation
from queryscope.fixes.index_code import quote, table_name
from queryscope.model import Column, IndexAdvice, IndexKey, Refusal, Table
from queryscope.rules.index.candidate.types import BTREE_BYTES, SAFE_BYTES, is_text, longest_bytes

LOCK_MS = 100.0
READ_MS = 5_000.0
TYPES = "SELECT {types} FROM {relation} LIMIT 1"
LONGEST = "SELECT {values} FROM {relation}"

# MD5(…), SHA256(…), LEFT(…, 20), SUBSTRING(…, 1, 20)
_CUT = re.compile(r"(?:MD5|SHA\d+)\(.*\)$|(?:LEFT|RIGHT|SUBSTRING)\(.*, (?P<length>\d+)\)$", re.IGNORECASE)
_Key = tuple[str, str]  # relation, SQL of a key


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How long the keys of an index may get."""

    names: str  # of the keys whose type sets no limit, for a sentence
    is_one: bool  # of them, and the only key
    longest: int | None = None  # bytes of the longest keys that are there, together; None: not known


def read_lengths(
    cursor: Any,
    candidates: Sequence[IndexAdvice],
    tables: Mapping[str, Table],
    *,
    errors: Any,
    may_scan: bool,
) -> dict[str, Length]:
    """By its name each candidate whose keys may be too long by their types.

    Args:
        cursor: of a block that is rolled back.
        candidates: of which btrees are looked at; others have no such limit, or parts of a value as keys.
        tables: by the names of the candidates' relations.
        errors: the driver's root of errors.
        may_scan: read all rows to find the longest; else the statistics have to do.
    """
    work = _Lengths(cursor, tables, errors)
    asked = [one for one in candidates if one.method == "btree" and table_name(one) in tables]
    work.read_types(asked)
    endless = [one for one in asked if work.bound(one) > BTREE_BYTES]
    if may_scan:
        work.read_longest(endless)
    return {one.name: work.length(one) for one in endless}


def too_long(advice: IndexAdvice, lengths: Mapping[str, Length]) -> Refusal | None:
    """Against an index that would keep rows from being written, today or soon."""
    known = lengths.get(advice.name)
    if known is None or known.longest is None or known.longest <= SAFE_BYTES:
        return None
    text = (
        f"{known.names} of {advice.relation} has up to {known.longest:,} bytes, and may get longer: a btree "
        f"takes {BTREE_BYTES:,} of a row, and a row with more could not be written any more."
    )
    if known.is_one:
        text += " HashIndex has no such limit, and finds equal values."
    return refusal(advice, "too-long", text)


def with_length(advice: IndexAdvice, lengths: Mapping[str, Length]) -> IndexAdvice:
    """With what has to be known of rows to come."""
    known = lengths.get(advice.name)
    if known is None:
        return advice
    seen = f" than the {known.longest:,} bytes of the longest here" if known.longest is not None else ""
    text = (
        f" By its type {known.names} may get longer{seen}: a row with more than {BTREE_BYTES:,} bytes of "
        "keys PostgreSQL would refuse to write."
    )
    return replace(advice, evidence=replace(advice.evidence, note=advice.evidence.note + text))


class _Lengths:
    """Keys of the candidates, each read once."""

    def __init__(self, cursor: Any, tables: Mapping[str, Table], errors: Any) -> None:
        self.cursor = cursor
        self.tables = tables
        self.errors = errors
        self.types: dict[_Key, str] = {}
        self.longest: dict[_Key, int] = {}

    def read_types(self, candidates: Iterable[IndexAdvice]) -> None:
        """Of columns by the catalog, of expressions by a row."""
        for relation, keys in _by_relation(candidates).items():
            columns = {key: self.tables[relation].column(key.column) for key in keys}
            own = {_sql(key): column.type for key, column in columns.items() if column is not None}
            rest = [_sql(key) for key in keys if _sql(key) not in own]
            types = self._row(TYPES, relation, [f"pg_typeof({sql})::text" for sql in rest])
            own |= {sql: found for sql, found in zip(rest, types, strict=False) if found}
            self.types |= {(relation, sql): found for sql, found in own.items()}

    def read_longest(self, candidates: Iterable[IndexAdvice]) -> None:
        """Of the keys that their types don't limit; of texts without a look at what TOAST holds."""
        for relation, keys in _by_relation(candidates).items():
            asked = [_sql(key) for key in keys if self._bound(relation, key) > BTREE_BYTES / 8]
            values = [
                f"max({'octet_length' if is_text(self.types.get((relation, sql), '')) else 'pg_column_size'}"
                f"({sql}))"
                for sql in asked
            ]
            found = self._row(LONGEST, relation, values)
            self.longest |= {
                (relation, sql): longest or 0 for sql, longest in zip(asked, found, strict=False)
            }

    def _row(self, statement: str, relation: str, values: Sequence[str]) -> Sequence[Any]:
        """Nothing where it can't be asked in time."""
        if not values:
            return ()
        try:
            with below_savepoint(self.cursor):
                set_limits(self.cursor, lock_ms=LOCK_MS, statement_ms=READ_MS)
                found = read_relation(self.cursor, relation)
                if found is None:
                    return ()
                text = statement.replace("{relation}", found.source)
                for name in ("{types}", "{values}"):
                    text = text.replace(name, ", ".join(values))
                self.cursor.execute(text)
                return self.cursor.fetchone() or ()
        except self.errors:
            if self.cursor.connection.closed:
                raise
            return ()

    def bound(self, advice: IndexAdvice) -> float:
        """Bytes of the longest keys that the types allow, and of what it holds beside them."""
        return sum(self._bound(table_name(advice), key) for key in advice.keys)

    def _bound(self, relation: str, key: IndexKey) -> float:
        """A text's expression is about as long as the texts in it, unless it cuts them or digests them."""
        own = longest_bytes(self.types.get((relation, _sql(key)), "integer"))
        if key.column or own <= BTREE_BYTES:
            return own
        cut = _CUT.match(key.expression)
        if cut is not None:
            return 4.0 * int(cut["length"] or 128)
        inside = self._inside(relation, key)
        return sum(longest_bytes(each.type) if is_text(each.type) else own for each in inside) or own

    def _inside(self, relation: str, key: IndexKey) -> list[Column]:
        columns = self.tables[relation].columns
        return [one for one in columns if key.column == one.name or quote(one.name) in key.expression]

    def length(self, advice: IndexAdvice) -> Length:
        """What is known of its keys together."""
        free = [key for key in advice.keys if self._bound(table_name(advice), key) > BTREE_BYTES / 8]
        known = [self._longest(table_name(advice), key) for key in advice.keys]
        return Length(
            names=", ".join(key.column or key.django for key in free),
            is_one=len(advice.keys) == 1 and bool(advice.keys[0].column),
            longest=None if None in known else sum(each for each in known if each is not None),
        )

    def _longest(self, relation: str, key: IndexKey) -> int | None:
        bound = self._bound(relation, key)
        if bound <= BTREE_BYTES / 8:
            return int(bound)
        read = self.longest.get((relation, _sql(key)))
        if read is not None:
            return read
        inside = self._inside(relation, key)
        told = [one.longest for one in inside if is_text(one.type)]
        # A value within a document may have any length.
        return (
            max((one for one in told if one is not None), default=None) if len(told) == len(inside) else None
        )


def _by_relation(candidates: Iterable[IndexAdvice]) -> dict[str, list[IndexKey]]:
    found: dict[str, dict[str, IndexKey]] = {}
    for advice in candidates:
        found.setdefault(table_name(advice), {}).update((_sql(key), key) for key in advice.keys)
    return {relation: list(keys.values()) for relation, keys in found.items()}


def _sql(key: IndexKey) -> str:
    return quote(key.column) if key.column else f"({key.expression})"
