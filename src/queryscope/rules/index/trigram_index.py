"""What stands within a text: a GIN index of trigrams over the expression that Django sends (I14, I15)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from queryscope.model import IndexAdvice, IndexKey, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.cover import covering_expression
from queryscope.rules.index.candidate.heads import equal_heads, existing_index, leaf_terms
from queryscope.rules.index.candidate.keys import make_advice
from queryscope.rules.index.candidate.objections import (
    is_wasteful,
    refuse,
    selectivity_objection,
    table_objection,
)
from queryscope.rules.index.candidate.part import Part, predicate_sql
from queryscope.rules.index.candidate.patterns import SHORTEST, TRIGRAMS, is_prefix, is_short, is_trigram
from queryscope.rules.index.candidate.scan import Scan, read_scans, row_count
from queryscope.rules.index.candidate.states import condition_of, parts_beside, told_of
from queryscope.rules.index.candidate.term import Term
from queryscope.rules.index.candidate.types import is_text
from queryscope.sql.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class TrigramIndex:
    """`GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"))`, with one key for every arm of an OR."""

    name: ClassVar[str] = "trigram-index"

    max_keys: int = 4

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """Candidates for every wasteful scan with a pattern."""
        lookups = group.site.lookups if group.site is not None else ()
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            patterns = _patterns(scan, lookups)
            if not patterns or not is_wasteful(scan):
                continue
            keys = tuple(dict.fromkeys(replace(term.key, opclass=TRIGRAMS) for term in patterns))
            if len(keys) > self.max_keys:
                continue
            objection = table_objection(group, plan, scan) or _pattern_objection(group, scan, patterns)
            if objection is not None:
                yield objection
            else:
                parts = parts_beside(scan, statement)
                yield from self._candidates(group, scan, keys, _longest(scan, patterns), parts)

    def _candidates(
        self,
        group: QueryGroup,
        scan: Scan,
        keys: tuple[IndexKey, ...],
        alone: IndexKey | None,
        parts: Sequence[Part],
    ) -> Iterator[IndexAdvice | Refusal]:
        missing = tuple(key for key in keys if not _is_covered(scan, key))
        shapes = [missing, (*equal_heads(scan), *missing)] if missing else []
        if alone is not None and alone in missing:
            shapes.insert(0, (alone,))
        for shape in dict.fromkeys(shapes):
            yield self._candidate(group, scan, shape)
        sql = predicate_sql(parts)
        is_idle = not missing and scan.is_sequential  # that one wants ANALYZE, not a second one beside it
        is_new = parts and existing_index(scan, method="gin", keys=keys, predicate=sql) is None
        if is_new and not is_idle:  # over the rows alone that fulfil what every call asks
            yield self._candidate(group, scan, keys, parts)
        elif not missing:
            text = f"{scan.table.name} has a trigram index on {keys[0].expression or keys[0].column} already."
            yield refuse(group, scan, kind="covered", reason=text)

    def _candidate(
        self, group: QueryGroup, scan: Scan, keys: tuple[IndexKey, ...], parts: Sequence[Part] = ()
    ) -> IndexAdvice:
        return make_advice(
            scan,
            rule=self.name,
            method="gin",
            keys=keys,
            extensions=("pg_trgm",) if keys[0].opclass == TRIGRAMS else ("btree_gin", "pg_trgm"),
            reason=f"The pattern is matched against {row_count(scan):,.0f} rows of {scan.table.name} "
            f"to keep {scan.kept:,.0f}.{told_of(parts)}",
            write_cost="Inserts take several times longer: every text is cut into trigrams.",
            serves=group.fingerprint,
            **condition_of(parts),
        )


def _patterns(scan: Scan, lookups: tuple[str, ...]) -> tuple[Term, ...]:
    """Terms that a trigram index serves: of an OR every arm's, or none."""
    own = tuple(term for term in leaf_terms(scan.terms) if is_trigram(term, lookups))
    if own:
        return tuple(term for term in own if not is_short(term)) or own
    for term in scan.terms:
        if term.operator == "or":
            found = [_of_arm(arm, lookups) for arm in term.arms]
            is_searched = any(
                is_trigram(one, lookups) and one.operator != "=" for one in found if one is not None
            )
            if is_searched and all(one is not None for one in found):
                return tuple(one for one in found if one is not None)
    return ()


def _longest(scan: Scan, patterns: Sequence[Term]) -> IndexKey | None:
    """Of several patterns under AND the one that says most may do alone."""
    if len(patterns) < 2 or any(term not in scan.terms for term in patterns):
        return None
    longest = max(patterns, key=lambda term: term.pattern_length or 0)
    return replace(longest.key, opclass=TRIGRAMS)


def _of_arm(arm: Sequence[Term], lookups: tuple[str, ...]) -> Term | None:
    """What the index finds of one arm: since pg_trgm 1.6 (PostgreSQL 14) an equal text too."""
    for term in arm:
        if is_trigram(term, lookups) or is_prefix(term, lookups):
            return term
    is_equal = (term for term in arm if term.operator == "=" and is_text(term.type) and term.type != "citext")
    return next(is_equal, None)


def _pattern_objection(group: QueryGroup, scan: Scan, patterns: Sequence[Term]) -> Refusal | None:
    for term in patterns:
        column = scan.table.column(term.key.column)
        if column is not None and not column.is_deterministic:
            text = (
                f"{column.name} has the nondeterministic collation {column.collation}: no trigram knows it."
            )
            return refuse(group, scan, kind="collation", reason=text)
    if any(is_short(term) for term in patterns):
        text = f"No word of the pattern has {SHORTEST} letters or digits: a trigram index needs them."
        return refuse(group, scan, kind="short-pattern", reason=text)
    return selectivity_objection(group, scan)


def _is_covered(scan: Scan, key: IndexKey) -> bool:
    text = key.expression or key.column
    return covering_expression(scan.table, expression=text, opclass=TRIGRAMS) is not None
