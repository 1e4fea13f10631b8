"""What a value holds: GIN over jsonb, arrays, hstore and search vectors (I16, I18–I21)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from queryscope.model import IndexAdvice, IndexKey, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.heads import equal_heads, existing_index, leaf_terms
from queryscope.rules.index.candidate.keys import make_advice
from queryscope.rules.index.candidate.objections import (
    is_wasteful,
    refuse,
    selectivity_objection,
    table_objection,
)
from queryscope.rules.index.candidate.scan import Scan, read_scans, row_count
from queryscope.rules.index.candidate.term import Term
from queryscope.sql.statement import Statement

_PATHS = frozenset({"@>", "@?", "@@"})  # of jsonb_path_ops, which is smaller and knows keys with values only
_JSON = _PATHS | {"?", "?|", "?&"}
_ARRAY = frozenset({"@>", "&&", "<@"})
_HSTORE = frozenset({"@>", "?", "?|", "?&"})


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
            if not keys or not is_wasteful(scan):
                continue
            objection = table_objection(group, plan, scan) or selectivity_objection(group, scan)
            if objection is not None:
                yield objection
                continue
            existing = existing_index(scan, method="gin", keys=keys)
            if existing is not None:
                text = f"{existing.name} finds these values already; run ANALYZE {scan.table.name}."
                yield refuse(group, scan, kind="covered", reason=text)
                continue
            heads = equal_heads(scan)
            for shape in dict.fromkeys([keys, (*heads, *keys)]):
                yield self._candidate(group, scan, shape, extensions=() if shape == keys else ("btree_gin",))

    def _candidate(
        self, group: QueryGroup, scan: Scan, keys: tuple[IndexKey, ...], *, extensions: tuple[str, ...]
    ) -> IndexAdvice:
        return make_advice(
            scan,
            rule=self.name,
            method="gin",
            keys=keys,
            extensions=extensions,
            reason=f"The query looks into {row_count(scan):,.0f} rows of {scan.table.name} "
            f"to keep {scan.kept:,.0f}.",
            write_cost="Each value that a row holds is an entry: inserts and updates take longer.",
            serves=group.fingerprint,
        )


def _keys(scan: Scan, schema: Schema) -> tuple[IndexKey, ...]:
    terms = [term for term in leaf_terms(scan.terms) if _is_inverted(term)]
    if not terms:
        terms = _of_arms(scan)
    operators: dict[IndexKey, set[str]] = {}
    types = {term.key: term.type for term in terms}
    for term in terms:
        operators.setdefault(term.key, set()).add(term.operator)
    return tuple(replace(key, opclass=_opclass(types[key], own, schema)) for key, own in operators.items())


def _of_arms(scan: Scan) -> list[Term]:
    for term in scan.terms:
        arms = [[one for one in arm if _is_inverted(one)][:1] for arm in term.arms]
        if arms and all(arms):
            return [one for arm in arms for one in arm]
    return []


def _is_inverted(term: Term) -> bool:
    """The type has an operator class of GIN that knows this operator."""
    if term.is_join or term.operator == "or":
        return False
    if term.type == "jsonb":
        return term.operator in _JSON
    if term.type.endswith("[]"):
        return term.operator in _ARRAY
    if term.type == "hstore":
        return term.operator in _HSTORE
    return term.type == "tsvector" and term.operator == "@@"


def _opclass(type_name: str, operators: Sequence[str] | set[str], schema: Schema) -> str:
    """Where it is not the type's default."""
    if type_name == "jsonb" and set(operators) <= _PATHS:
        return "jsonb_path_ops"
    if type_name == "integer[]" and "intarray" in schema.extensions:
        return "gin__int_ops"  # intarray's operators stand before PostgreSQL's own
    return ""
