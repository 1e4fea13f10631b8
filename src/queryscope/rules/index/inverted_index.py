"""What a value holds: GIN over jsonb, arrays, hstore and search vectors (I16, I18–I21)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from queryscope.model import IndexAdvice, IndexKey, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.contents import inverted_class, is_inverted
from queryscope.rules.index.candidate.heads import equal_heads, existing_index, leaf_terms, mismatched_index
from queryscope.rules.index.candidate.keys import make_advice
from queryscope.rules.index.candidate.objections import (
    is_wasteful,
    refuse,
    selectivity_objection,
    table_objection,
)
from queryscope.rules.index.candidate.part import Part, predicate_sql
from queryscope.rules.index.candidate.scan import Scan, read_scans, row_count
from queryscope.rules.index.candidate.states import condition_of, other_terms, parts_beside, told_of
from queryscope.rules.index.candidate.term import Term
from queryscope.sql.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class InvertedIndex:
    """`GinIndex(fields=["tags"])`, `GinIndex(fields=["data"], opclasses=["jsonb_path_ops"])`."""

    name: ClassVar[str] = "inverted-index"

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """One key for each value that is searched in; of an OR for every arm, or none."""
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            keys = _keys(scan, schema)
            if not is_wasteful(scan):
                continue
            if not keys:
                yield from _without_class(group, plan, scan)
                continue
            objection = table_objection(group, plan, scan) or selectivity_objection(group, scan)
            if objection is not None:
                yield objection
                continue
            existing = existing_index(scan, method="gin", keys=keys)
            if existing is None:
                heads = equal_heads(scan)
                for shape in dict.fromkeys([keys, (*heads, *keys)]):
                    yield self._candidate(
                        group, scan, shape, extensions=() if shape == keys else ("btree_gin",)
                    )
            # One that is there and left alone wants ANALYZE, not a second one beside it.
            is_idle = existing is not None and scan.is_sequential
            some = () if is_idle else tuple(self._of_some(group, scan, statement, schema))
            yield from some
            if existing is not None and not some:
                text = f"{existing.name} finds these values already; run ANALYZE {scan.table.name}."
                yield refuse(group, scan, kind="covered", reason=text)

    def _of_some(
        self, group: QueryGroup, scan: Scan, statement: Statement, schema: Schema
    ) -> Iterator[IndexAdvice]:
        """Over the rows alone that fulfil what every call asks."""
        parts = parts_beside(scan, statement)
        keys = _keys(replace(scan, terms=other_terms(scan.terms, parts)), schema) if parts else ()
        if keys and existing_index(scan, method="gin", keys=keys, predicate=predicate_sql(parts)) is None:
            yield self._candidate(group, scan, keys, extensions=(), parts=parts)

    def _candidate(
        self,
        group: QueryGroup,
        scan: Scan,
        keys: tuple[IndexKey, ...],
        *,
        extensions: tuple[str, ...],
        parts: Sequence[Part] = (),
    ) -> IndexAdvice:
        return make_advice(
            scan,
            rule=self.name,
            method="gin",
            keys=keys,
            extensions=extensions,
            reason=f"The query looks into {row_count(scan):,.0f} rows of {scan.table.name} "
            f"to keep {scan.kept:,.0f}.{_mismatch(scan, keys[-1])}{told_of(parts)}",
            write_cost="Each value that a row holds is an entry: inserts and updates take longer.",
            serves=group.fingerprint,
            **condition_of(parts),
        )


def _mismatch(scan: Scan, key: IndexKey) -> str:
    other = mismatched_index(scan, method="gin", key=key)
    if other is None:
        return ""
    return f" {other.name} is of the class {other.opclasses[0]}, which doesn't know this operator."


def _without_class(group: QueryGroup, plan: Plan, scan: Scan) -> Iterator[Refusal]:
    """What is held by something given: of jsonb and hstore no class knows that."""
    held = [term for term in scan.terms if term.operator == "<@" and term.type in ("jsonb", "hstore")]
    if not held or len(held) < len(scan.terms) or table_objection(group, plan, scan) is not None:
        return
    text = (
        f"No operator class knows {held[0].type} <@: an index finds what __contains, not what is contained."
    )
    yield refuse(group, scan, kind="no-operator-class", reason=text)


def _keys(scan: Scan, schema: Schema) -> tuple[IndexKey, ...]:
    terms = [term for term in leaf_terms(scan.terms) if is_inverted(term)]
    if not terms:
        terms = _of_arms(scan)
    operators: dict[IndexKey, set[str]] = {}
    types = {term.key: term.type for term in terms}
    for term in terms:
        operators.setdefault(term.key, set()).add(term.operator)
    return tuple(
        replace(key, opclass=inverted_class(types[key], own, schema)) for key, own in operators.items()
    )


def _of_arms(scan: Scan) -> list[Term]:
    for term in scan.terms:
        arms = [[one for one in arm if is_inverted(one)][:1] for arm in term.arms]
        if arms and all(arms):
            return [one for arm in arms for one in arm]
    return []
