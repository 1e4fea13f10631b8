"""`icontains`: a GIN index of trigrams over UPPER(column), the expression that Django sends (I14, I15)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import IndexAdvice, IndexKey, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.plans.conditions import Condition
from queryscope.rules.index.candidate.cover import covering_expression
from queryscope.rules.index.candidate.keys import make_advice
from queryscope.rules.index.candidate.objections import (
    is_wasteful,
    refuse,
    selectivity_objection,
    table_objection,
)
from queryscope.rules.index.candidate.scan import Scan, is_text, read_scans, row_count
from queryscope.sql.statement import Statement

OPCLASS = "gin_trgm_ops"
SHORTEST = 3  # characters; a shorter pattern has no trigram


@dataclass(frozen=True, slots=True, kw_only=True)
class TrigramIndex:
    """`GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"))`, with one key for every arm of an OR."""

    name: ClassVar[str] = "trigram-index"

    max_keys: int = 4

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """One candidate for every wasteful scan with a pattern."""
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            patterns = _patterns(scan, group.site.lookups if group.site is not None else ())
            if not patterns or len(patterns) > self.max_keys or not is_wasteful(scan):
                continue
            objection = table_objection(group, plan, scan) or _pattern_objection(group, scan, patterns)
            if objection is not None:
                yield objection
                continue
            keys = tuple(dict.fromkeys(_key(scan, pattern) for pattern in patterns))
            missing = [
                key
                for key in keys
                if covering_expression(scan.table, expression=key.expression or key.column, opclass=OPCLASS)
                is None
            ]
            if not missing:
                expression = keys[0].expression or keys[0].column
                text = f"{scan.table.name} has a trigram index on {expression} already."
                yield refuse(group, scan, kind="covered", reason=text)
                continue
            yield make_advice(
                scan,
                rule=self.name,
                method="gin",
                keys=missing,
                extensions=("pg_trgm",),
                reason=f"The pattern is matched against {row_count(scan):,.0f} rows of {scan.table.name} "
                f"to keep {scan.kept:,.0f}.",
                write_cost="Inserts take several times longer: every text is cut into trigrams.",
                serves=group.fingerprint,
            )


def _patterns(scan: Scan, lookups: tuple[str, ...]) -> tuple[Condition, ...]:
    """LIKE conditions that a trigram index serves; of an OR all arms or none."""
    for condition in scan.conditions:
        arms = condition.arms if condition.operator == "or" else (condition,)
        if arms and all(_is_pattern(scan, arm, lookups) for arm in arms):
            return arms
    return ()


def _is_pattern(scan: Scan, condition: Condition, lookups: tuple[str, ...]) -> bool:
    column = scan.table.column(condition.column)
    if condition.operator != "like" or condition.function not in ("", "upper"):
        return False
    return column is not None and is_text(column.type) and not _is_prefix(scan, condition, lookups)


def _is_prefix(scan: Scan, condition: Condition, lookups: tuple[str, ...]) -> bool:
    """A prefix search wants another index: it is known by its lookup."""
    field = scan.model.field(condition.column)
    own = [lookup for lookup in lookups if field is not None and f"__{lookup}".find(f"__{field.name}__") >= 0]
    return bool(own) and all(lookup.endswith(("__startswith", "__istartswith", "__iexact")) for lookup in own)


def _pattern_objection(group: QueryGroup, scan: Scan, patterns: tuple[Condition, ...]) -> Refusal | None:
    shortest = min(
        (one.pattern_length for one in patterns if one.pattern_length is not None), default=SHORTEST
    )
    if shortest < SHORTEST:
        text = f"The pattern has {shortest} characters: a trigram index needs {SHORTEST}."
        return refuse(group, scan, kind="short-pattern", reason=text)
    return selectivity_objection(group, scan)


def _key(scan: Scan, condition: Condition) -> IndexKey:
    field = scan.model.field(condition.column)
    name = field.name if field is not None else condition.column
    quoted = '"' + condition.column.replace('"', '""') + '"'
    if condition.function == "upper":
        return IndexKey(expression=f"UPPER({quoted})", django=f'Upper("{name}")', opclass=OPCLASS)
    return IndexKey(column=condition.column, django=name, opclass=OPCLASS)
