"""Judgement: which index would serve a slow query, and what speaks against one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from queryscope.model import IndexAdvice, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.base import IndexRule
from queryscope.rules.index.candidate.constants import Constant, read_constants, with_constants
from queryscope.rules.index.equality_index import EqualityIndex
from queryscope.rules.index.foreign_key_index import ForeignKeyIndex
from queryscope.rules.index.order_limit_index import OrderLimitIndex
from queryscope.rules.index.partial_index import PartialIndex
from queryscope.rules.index.trigram_index import TrigramIndex
from queryscope.sql.statement import Statement

__all__ = ["INDEX_RULES", "Constant", "merge_advice", "propose_indexes", "read_constants"]

# The first rule that proposes an index keeps it.
INDEX_RULES: tuple[type[IndexRule], ...] = (
    ForeignKeyIndex,
    OrderLimitIndex,
    EqualityIndex,
    PartialIndex,
    TrigramIndex,
)

MAX_CANDIDATES = 6  # per query: each is built and timed


def propose_indexes(
    group: QueryGroup,
    plan: Plan,
    statement: Statement | None,
    schema: Schema,
    models: Models,
    constants: Sequence[Constant] = (),
    *,
    rules: Sequence[IndexRule] = (),
) -> tuple[tuple[IndexAdvice, ...], tuple[Refusal, ...]]:
    """Candidates of all rules, equal ones merged, and the refusals for tables without a candidate."""
    label = group.site.model if group.site is not None else ""
    asked = with_constants(statement or Statement(kind="select"), constants, model=models.get(label))
    candidates: dict[tuple[object, ...], IndexAdvice] = {}
    refusals: dict[tuple[str, str], Refusal] = {}
    for rule in rules or [rule() for rule in INDEX_RULES]:
        for answer in rule.advise(group, plan, asked, schema, models):
            if isinstance(answer, Refusal):
                refusals.setdefault((answer.relation, answer.kind), answer)
            else:
                key = (answer.relation, answer.method, answer.keys, answer.predicate)
                candidates.setdefault(key, answer)
    advised = {advice.relation for advice in candidates.values()}
    return (
        tuple(candidates.values())[:MAX_CANDIDATES],
        tuple(refusal for refusal in refusals.values() if refusal.relation not in advised),
    )


def merge_advice(advices: Sequence[IndexAdvice]) -> tuple[IndexAdvice, ...]:
    """The same index proposed for several queries becomes one that serves them all."""
    merged: dict[str, IndexAdvice] = {}
    for advice in advices:
        known = merged.get(advice.name)
        if known is None:
            merged[advice.name] = advice
            continue
        serves = tuple(dict.fromkeys((*known.serves, *advice.serves)))
        merged[advice.name] = replace(known, serves=serves)
    return tuple(merged.values())
