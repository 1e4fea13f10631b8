"""Which part of a btree each term of a scan may be: one value, a list of values, a bound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from queryscope.model import IndexKey
from queryscope.rules.index.candidate.cover import split_key
from queryscope.rules.index.candidate.scan import RANGES, Scan
from queryscope.rules.index.candidate.term import Term
from queryscope.rules.index.candidate.types import UNSORTED_TYPES, bare_type, is_plain

UNKNOWN_SHARE = 0.1  # of the rows, that one value has, where there are no statistics
BOOLEAN_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The keys that a btree over a scan's conditions may have; of each kind the most selective first."""

    equal: tuple[IndexKey, ...] = ()  # compared with one value
    listed: tuple[IndexKey, ...] = ()  # compared with a list of values
    flags: tuple[IndexKey, ...] = ()  # booleans: one value too, but of two
    empty: tuple[
        IndexKey, ...
    ] = ()  # IS NULL: found as a value is, but PostgreSQL doesn't see an order behind it
    bounds: tuple[IndexKey, ...] = ()  # those on both sides first

    @property
    def found(self) -> tuple[IndexKey, ...]:
        """Keys of equalities and lists."""
        return (*self.equal, *self.listed)


def roles_of(scan: Scan) -> Roles:
    """The roles of a scan's terms."""
    return sorted_roles(scan, scan.terms or _plain_terms(scan))


def sorted_roles(scan: Scan, terms: Sequence[Term]) -> Roles:
    """The roles of these terms of a scan; each key stands in the first that it can play."""
    able = [term for term in terms if is_sortable(term)]
    equal = _keys(scan, able, {"="})
    flags = _keys(scan, able, {"true", "false"}, but=equal)
    listed = _keys(scan, able, {"in"}, but=(*equal, *flags))
    empty = _keys(scan, able, {"is null"}, but=(*equal, *flags, *listed))
    bounds = _keys(scan, able, RANGES, but=(*equal, *flags, *listed, *empty))
    bounds = tuple(sorted(bounds, key=lambda key: not _is_between(terms, key)))
    return Roles(equal=equal, listed=listed, flags=flags, empty=empty, bounds=bounds)


def _plain_terms(scan: Scan) -> list[Term]:
    """Columns that the statement compares, where no text of the plan could be read."""
    own = ("", scan.alias)  # two columns of one row, compared with each other, are found by no key
    plain = [
        one
        for one in scan.conditions
        if is_plain(one, scan.table) and not (one.is_join and one.other_table in own)
    ]
    fields = [(scan.model.field(one.column), one) for one in plain]
    return [
        Term(
            key=IndexKey(column=field.column, django=field.name),
            operator=one.operator,
            type=bare_type(column.type),
        )
        for field, one in fields
        if field is not None and (column := scan.table.column(field.column)) is not None
    ]


def is_sortable(term: Term) -> bool:
    """Whether a btree can hold what is compared."""
    if not (term.key.column or term.key.expression):
        return False
    is_list = term.type.endswith("[]")
    is_unsorted = term.type in UNSORTED_TYPES or is_list
    if not is_unsorted:
        return True
    # An expression of a json field is compared as jsonb, whose btree class serves "=" and "<".
    operators = {"=", "in"} | (RANGES if term.type == "jsonb" else set())
    return bool(term.key.expression) and term.operator in operators and not is_list


def share_of(scan: Scan, key: IndexKey) -> float:
    """Share of the rows that one value of a key has, from the statistics."""
    shares = [
        term.share for term in scan.terms if term.key == key and term.operator in ("=", "in", "is null")
    ]
    known = [share for share in shares if share is not None]
    if known:
        return min(known)
    is_flag = any(term.key == key and term.operator in ("true", "false") for term in scan.terms)
    return BOOLEAN_SHARE if is_flag else UNKNOWN_SHARE


def shared_first(scan: Scan, keys: Sequence[IndexKey]) -> tuple[IndexKey, ...]:
    """Equalities in the order of an index that begins with some of them, so that the new one replaces it."""
    by_name = {key.column: key for key in keys if key.column}
    best: list[IndexKey] = []
    for index in scan.table.indexes:
        names = [split_key(text)[0] for text in index.keys]
        is_kept = index.is_unique or index.is_constraint or index.predicate or index.include
        if index.method != "btree" or is_kept or not index.is_valid or not set(names) <= set(by_name):
            continue
        if len(best) < len(names) < len(keys):
            best = [by_name[name] for name in names]
    return (*best, *(key for key in keys if key not in best))


def _is_between(terms: Sequence[Term], key: IndexKey) -> bool:
    """Whether a key has bounds on both sides: few rows lie there."""
    signs = {term.operator[0] for term in terms if term.key == key and term.operator in RANGES}
    return len(signs) > 1


def _keys(
    scan: Scan, terms: Iterable[Term], operators: frozenset[str] | set[str], but: Sequence[IndexKey] = ()
) -> tuple[IndexKey, ...]:
    found = dict.fromkeys(term.key for term in terms if term.operator in operators)
    return tuple(sorted((key for key in found if key not in but), key=lambda key: share_of(scan, key)))
