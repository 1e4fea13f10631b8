"""Judgement: which index would serve a slow query, and what speaks against one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from queryscope.model import IndexAdvice, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.base import IndexRule
from queryscope.rules.index.brin_index import BrinIndex
from queryscope.rules.index.candidate.choice import IndexId, add_candidate, choose_candidates
from queryscope.rules.index.candidate.constants import Constant, read_constants
from queryscope.rules.index.candidate.fixed import with_constants
from queryscope.rules.index.candidate.imported import imported_files
from queryscope.rules.index.candidate.literals import read_literals
from queryscope.rules.index.candidate.scan import read_once
from queryscope.rules.index.covering_index import CoveringIndex
from queryscope.rules.index.equality_index import EqualityIndex
from queryscope.rules.index.expression_index import ExpressionIndex
from queryscope.rules.index.extreme_index import ExtremeIndex
from queryscope.rules.index.foreign_key_index import ForeignKeyIndex
from queryscope.rules.index.gist_index import GistIndex
from queryscope.rules.index.grouped_order_index import GroupedOrderIndex
from queryscope.rules.index.hash_index import HashIndex
from queryscope.rules.index.inverted_index import InvertedIndex
from queryscope.rules.index.join_index import JoinIndex
from queryscope.rules.index.mixed_or_index import MixedOrIndex
from queryscope.rules.index.nearest_index import NearestIndex
from queryscope.rules.index.or_index import OrIndex
from queryscope.rules.index.order_limit_index import OrderLimitIndex
from queryscope.rules.index.partial_index import PartialIndex
from queryscope.rules.index.prefix_index import PrefixIndex
from queryscope.rules.index.trigram_index import TrigramIndex
from queryscope.sql.statement import Statement

__all__ = [
    "INDEX_RULES",
    "Constant",
    "imported_files",
    "propose_indexes",
    "read_constants",
    "read_literals",
]

# The first rule that proposes an index keeps it. Of each table's candidates the first ones are tried.
INDEX_RULES: tuple[type[IndexRule], ...] = (
    ForeignKeyIndex,
    OrderLimitIndex,
    ExtremeIndex,
    OrIndex,
    EqualityIndex,
    PartialIndex,
    CoveringIndex,
    GroupedOrderIndex,
    JoinIndex,
    ExpressionIndex,
    PrefixIndex,
    TrigramIndex,
    InvertedIndex,
    GistIndex,
    MixedOrIndex,
    NearestIndex,
    BrinIndex,
    HashIndex,
)

_ESTIMATED = "These are the planner's estimates."


def propose_indexes(
    group: QueryGroup,
    plan: Plan,
    statement: Statement | None,
    schema: Schema,
    models: Models,
    constants: Sequence[Constant] = (),
    *,
    rules: Sequence[IndexRule] = (),
    is_test_size: bool = False,
) -> tuple[tuple[IndexAdvice, ...], tuple[Refusal, ...]]:
    """Candidates of all rules, equal ones merged, and the refusals for tables without a candidate.

    With `is_test_size` tiny tables get candidates too: what is asked of them counts, not how big they are.
    """
    label = group.site.model if group.site is not None else ""
    asked = with_constants(
        statement or Statement(kind="select"), constants, model=models.get(label), models=models
    )
    schema = replace(schema, is_test_size=True) if is_test_size else schema
    candidates: dict[IndexId, IndexAdvice] = {}
    refusals: dict[tuple[str, str], Refusal] = {}
    with read_once():
        for rule in rules or [rule() for rule in INDEX_RULES]:
            for answer in rule.advise(group, plan, asked, schema, models):
                if isinstance(answer, Refusal):
                    refusals.setdefault((answer.relation, answer.kind), answer)
                else:
                    add_candidate(candidates, answer)
    for refusal in _ambiguous(group, schema, models):
        refusals.setdefault((refusal.relation, refusal.kind), refusal)
    chosen = choose_candidates(tuple(candidates.values()))
    advised = {advice.relation for advice in chosen}
    refused = tuple(refusal for refusal in refusals.values() if refusal.relation not in advised)
    if plan.is_analyzed:
        return chosen, refused
    return (
        tuple(replace(one, reason=f"{one.reason} {_ESTIMATED}") for one in chosen),
        tuple(replace(one, reason=f"{one.reason} {_ESTIMATED}") for one in refused),
    )


def _ambiguous(group: QueryGroup, schema: Schema, models: Models) -> Iterator[Refusal]:
    """A run goes by the names of tables, and of these it can't tell which one is meant."""
    for table in schema.tables:
        several = sorted(models.sharing(table.name))
        if several:
            text = (
                f"Models have tables of this name in several schemas ({', '.join(several)}): none is advised."
            )
            yield Refusal(
                fingerprint=group.fingerprint, relation=table.name, kind="ambiguous-table", reason=text
            )
