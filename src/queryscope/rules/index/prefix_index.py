"""`startswith`: a btree that compares byte by byte, whatever the collation (I12, I13)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import IndexAdvice, IndexKey, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.heads import equal_heads, existing_index, leaf_terms, mismatched_index
from queryscope.rules.index.candidate.keys import make_advice
from queryscope.rules.index.candidate.objections import (
    is_wasteful,
    refuse,
    selectivity_objection,
    table_objection,
)
from queryscope.rules.index.candidate.patterns import is_prefix, prefix_key
from queryscope.rules.index.candidate.roles import roles_of
from queryscope.rules.index.candidate.scan import Scan, read_scans, row_count
from queryscope.rules.index.candidate.term import Term
from queryscope.sql.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixIndex:
    """`Index(fields=["name"], opclasses=["varchar_pattern_ops"])`, plain where the collation is C."""

    name: ClassVar[str] = "prefix-index"

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """The text searched by its beginning, alone, behind the columns that are equal, before a bound."""
        lookups = group.site.lookups if group.site is not None else ()
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            alone = [term for term in leaf_terms(scan.terms) if is_prefix(term, lookups)]
            found = alone or _of_arms(scan.terms, lookups)
            if not found or not is_wasteful(scan):
                continue
            objection = table_objection(group, plan, scan) or _objection(group, scan, found[0])
            if objection is not None:
                yield objection
                continue
            key = prefix_key(scan, found[0], schema)
            for keys in dict.fromkeys(_shapes(scan, key) if alone else [(key,)]):
                yield from self._candidate(group, scan, key, keys)

    def _candidate(
        self, group: QueryGroup, scan: Scan, key: IndexKey, keys: tuple[IndexKey, ...]
    ) -> Iterator[IndexAdvice | Refusal]:
        existing = existing_index(scan, method="btree", keys=keys)
        if existing is not None:
            text = f"{existing.name} finds this prefix already; run ANALYZE {scan.table.name}."
            yield refuse(group, scan, kind="covered", reason=text)
            return
        yield make_advice(
            scan,
            rule=self.name,
            keys=keys,
            reason=f"The beginning of a text is looked for in {row_count(scan):,.0f} rows of "
            f"{scan.table.name} to keep {scan.kept:,.0f}.{_mismatch(scan, key)}",
            serves=group.fingerprint,
        )


def _of_arms(terms: Sequence[Term], lookups: tuple[str, ...]) -> list[Term]:
    """Of an OR that asks one text for several beginnings the first of them: one index finds each."""
    for term in terms:
        found = [next((one for one in arm if is_prefix(one, lookups)), None) for arm in term.arms]
        keys = {one.key if one is not None else None for one in found}
        if term.operator == "or" and len(keys) == 1 and found[0] is not None:
            return [found[0]]
    return []


def _shapes(scan: Scan, key: IndexKey) -> Iterator[tuple[IndexKey, ...]]:
    """Before the beginning stands what is equal, one of a list or a boolean, behind it a bound."""
    roles = roles_of(scan)
    head, bound = equal_heads(scan), [one for one in roles.bounds if one.column != key.column][:1]
    yield (key,)
    yield (*head, key)
    for one in (*roles.listed[:1], *roles.flags[:1]):
        yield (*head, one, key)
    if bound:
        yield (*head, key, *bound)


def _mismatch(scan: Scan, key: IndexKey) -> str:
    other = mismatched_index(scan, method="btree", key=key)
    if other is None:
        return ""
    return (
        f" {other.name} sorts these texts by their collation, where what begins alike doesn't stand together."
    )


def _objection(group: QueryGroup, scan: Scan, term: Term) -> Refusal | None:
    column = scan.table.column(term.key.column)
    if column is not None and not column.is_deterministic:
        text = (
            f"{column.name} has the nondeterministic collation {column.collation}: no index finds a prefix."
        )
        return refuse(group, scan, kind="collation", reason=text)
    return selectivity_objection(group, scan)
