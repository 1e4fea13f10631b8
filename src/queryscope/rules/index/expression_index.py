"""A condition on an expression: a btree over exactly that expression (I10, I11, I17, I25)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.fixes.index_code import quote
from queryscope.model import IndexAdvice, IndexKey, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.heads import equal_heads, existing_index, leaf_terms
from queryscope.rules.index.candidate.keys import make_advice
from queryscope.rules.index.candidate.objections import (
    is_wasteful,
    refuse,
    selectivity_objection,
    table_objection,
)
from queryscope.rules.index.candidate.part import Part
from queryscope.rules.index.candidate.predicate import predicate_parts
from queryscope.rules.index.candidate.scan import UNSORTED_TYPES, Scan, limit_above, read_scans, row_count
from queryscope.rules.index.candidate.states import condition_of
from queryscope.rules.index.candidate.term import Term
from queryscope.sql.statement import Statement

_EQUAL = frozenset({"=", "in", "is null", "is not null"})
_RANGES = frozenset({"<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionIndex:
    """`Index(Upper("email"))`, `Index(KeyTransform("status", "data"))`: just what the query sends."""

    name: ClassVar[str] = "expression-index"

    min_rows: int = 1000  # sorted before the first row is delivered

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """Expressions that are compared, alone and behind columns that are equal; and those of ORDER BY."""
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            terms = [term for term in leaf_terms(scan.terms) if _is_sorted(term)]
            if terms and is_wasteful(scan):
                yield from self._compared(group, plan, scan, terms)
            elif scan.obstacles and is_wasteful(scan):
                yield from _obstacles(group, plan, scan)
            if scan.order and row_count(scan) >= self.min_rows and limit_above(scan) is not None:
                yield from self._ordered(group, plan, scan, statement)

    def _compared(
        self, group: QueryGroup, plan: Plan, scan: Scan, terms: list[Term]
    ) -> Iterator[IndexAdvice | Refusal]:
        objection = table_objection(group, plan, scan) or selectivity_objection(group, scan)
        if objection is not None:
            yield objection
            return
        equal = list(dict.fromkeys(term.key for term in terms if term.operator in _EQUAL))
        ranges = list(dict.fromkeys(term.key for term in terms if term.operator in _RANGES))
        keys = (*equal, *[key for key in ranges if key not in equal][:1])
        shapes = [keys[:1], keys]
        heads = equal_heads(scan)
        if heads:
            shapes.append((*heads, *keys))
        for shape in dict.fromkeys(shapes):
            yield from self._candidate(group, scan, shape, _compared_reason(scan, keys))

    def _ordered(
        self, group: QueryGroup, plan: Plan, scan: Scan, statement: Statement
    ) -> Iterator[IndexAdvice | Refusal]:
        """The first rows in the order of an expression; where NULLs stand first, without them too."""
        objection = table_objection(group, plan, scan)
        if objection is not None:
            yield objection
            return
        text = (
            f"The query sorts {scan.kept:,.0f} rows of {scan.table.name} by an expression "
            "to return the first ones."
        )
        keys = (*equal_heads(scan), *scan.order)
        yield from self._candidate(group, scan, keys, text)
        filled = _filled(scan, predicate_parts(scan, statement))
        if filled:
            yield from self._candidate(group, scan, keys, text, filled)

    def _candidate(
        self,
        group: QueryGroup,
        scan: Scan,
        keys: tuple[IndexKey, ...],
        reason: str,
        parts: Sequence[Part] = (),
    ) -> Iterator[IndexAdvice | Refusal]:
        condition = condition_of(parts) if parts else {}
        predicate = condition.get("predicate", "")
        existing = existing_index(scan, method="btree", keys=keys, predicate=predicate)
        if existing is not None:
            text = f"{existing.name} has this expression already; run ANALYZE {scan.table.name}."
            yield refuse(group, scan, kind="covered", reason=text)
            return
        yield make_advice(
            scan, rule=self.name, keys=keys, reason=reason, serves=group.fingerprint, **condition
        )


def _filled(scan: Scan, parts: Sequence[Part]) -> tuple[Part, ...]:
    """IS NOT NULL of what the order is computed of, if its NULLs would be passed before the first row."""
    first = scan.order[0]
    if not (first.nulls == "first" or (first.is_descending and not first.nulls)):
        return ()
    return tuple(
        part
        for part in parts
        if part.sql == f"{quote(part.column)} IS NOT NULL" and quote(part.column) in first.expression
    )


def _is_sorted(term: Term) -> bool:
    """An expression in a comparison that a btree serves."""
    kind = term.type.partition("(")[0]
    is_compared = term.operator in _EQUAL | _RANGES
    # jsonb has a btree class: its keys are compared by "=" and "<".
    return bool(term.key.expression) and is_compared and (kind == "jsonb" or kind not in UNSORTED_TYPES)


def _compared_reason(scan: Scan, keys: tuple[IndexKey, ...]) -> str:
    names = ", ".join(key.django for key in keys)
    text = (
        f"The query computes {names} for {row_count(scan):,.0f} rows of {scan.table.name} "
        f"to keep {scan.kept:,.0f}."
    )
    if any(key.django.startswith(("TruncDate(", "TruncDay(")) for key in keys):
        return f"{text} Asking for the time from the start to the end of the day needs no expression."
    if any(key.django.startswith("KeyTransform(") for key in keys):
        return f"{text} Asked as __contains, one GIN index would serve every key."
    return text


def _obstacles(group: QueryGroup, plan: Plan, scan: Scan) -> Iterator[Refusal]:
    if table_objection(group, plan, scan) is not None:
        return
    obstacle = scan.obstacles[0]
    text = f"A condition on {scan.table.name} compares an expression: {obstacle.reason}."
    yield refuse(group, scan, kind=obstacle.kind, reason=text)
