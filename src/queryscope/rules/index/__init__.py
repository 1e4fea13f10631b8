"""Judgement: which index would serve a slow query, and what speaks against one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from queryscope.model import IndexAdvice, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.base import IndexRule
from queryscope.rules.index.candidate.constants import Constant, read_constants, with_constants
from queryscope.rules.index.candidate.literals import read_literals
from queryscope.rules.index.equality_index import EqualityIndex
from queryscope.rules.index.foreign_key_index import ForeignKeyIndex
from queryscope.rules.index.order_limit_index import OrderLimitIndex
from queryscope.rules.index.partial_index import PartialIndex
from queryscope.rules.index.trigram_index import TrigramIndex
from queryscope.sql.statement import Statement

__all__ = ["INDEX_RULES", "Constant", "merge_advice", "propose_indexes", "read_constants", "read_literals"]

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
    """Each index once; one whose keys are the first ones of another is served by that other."""
    merged: list[IndexAdvice] = []
    # Longer ones first, so that (customer, -created) takes in (customer).
    for advice in sorted(advices, key=lambda one: -len(one.keys)):
        place = next((at for at, known in enumerate(merged) if _serves_too(known, advice)), None)
        if place is None:
            merged.append(advice)
            continue
        known = merged[place]
        serves = tuple(dict.fromkeys((*known.serves, *advice.serves)))
        merged[place] = replace(known, serves=serves)
    names = list(dict.fromkeys(advice.name for advice in advices))
    return tuple(sorted(merged, key=lambda advice: names.index(advice.name)))


def _serves_too(known: IndexAdvice, advice: IndexAdvice) -> bool:
    is_alike = (known.relation, known.method, known.predicate) == (
        advice.relation,
        advice.method,
        advice.predicate,
    )
    if known.method != "btree" or not is_alike:
        return is_alike and known.keys == advice.keys
    return known.keys[: len(advice.keys)] == advice.keys
