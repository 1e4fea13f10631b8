"""The conditions of a scan as terms: plain columns first, then expressions.

The plan says which conditions a scan checks, but its values are taken out; the statement says what exactly
is compared. A condition of the statement counts where the plan has one of the same columns and operator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from queryscope.model import IndexKey, LikePattern, Model, PlanNode, Table
from queryscope.plans.conditions import MAX_TEXT
from queryscope.rules.index.candidate.bare import bare
from queryscope.rules.index.candidate.comparison import Comparison, compare
from queryscope.rules.index.candidate.expression import read_expression
from queryscope.rules.index.candidate.operand import Expression, Obstacle
from queryscope.rules.index.candidate.shares import share_of_test, share_of_value
from queryscope.rules.index.candidate.term import Term
from queryscope.sql.blocks import Block
from queryscope.sql.resolve import resolve_condition
from queryscope.sql.scalar import conjuncts, read_scalar

NUMBERED = re.compile(r"_\d+$")  # PostgreSQL calls the second of two equal aliases t_1


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an index may serve, and what stands against the rest."""

    terms: tuple[Term, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()


def read_terms(
    node: PlanNode,
    *,
    table: Table,
    model: Model,
    blocks: Sequence[Block],
    literals: Sequence[tuple[str, str]],
) -> Terms:
    """A term for every condition of a scan that an index may serve, each once."""
    alias = node.alias or node.relation_name
    texts = [text for text in (node.filter, node.index_cond, node.recheck_cond) if text]
    planned = [part for text in texts if len(text) <= MAX_TEXT for part in conjuncts(read_scalar(text))]
    aliases = frozenset({"", alias})
    found = [compare(resolve_condition(part), aliases) for part in planned]
    asked = _asked(blocks, alias, table) if texts else []
    is_readable = all(one is not None for one in found) and planned != []
    likenesses = {one.likeness for one in found if one is not None}
    columns = {frozenset(column.text for column in part.columns) for part in planned}
    chosen = [
        one
        for one in asked
        if one.likeness in likenesses or (not is_readable and (one.columns in columns or not any(columns)))
    ]
    known = {one.likeness for one in chosen}
    rest = [one for one in found if one is not None and (one.is_join or one.likeness not in known)]
    reader = _Reader(table, model, dict(literals), node.patterns)
    return reader.read([*rest, *chosen])


def block_of(blocks: Sequence[Block], alias: str, table: str) -> tuple[Block, str] | None:
    """The SELECT that a scan belongs to, and the table's name there."""
    for wanted in (alias, NUMBERED.sub("", alias)):
        for block in blocks:
            for name, relation in block.tables:
                if name.lower() == wanted.lower() and relation == table:
                    return block, name
    return None


def _asked(blocks: Sequence[Block], alias: str, table: Table) -> list[Comparison]:
    found = block_of(blocks, alias, table.name)
    if found is None:
        return []
    block, name = found
    aliases = frozenset({name, ""} if len(block.tables) == 1 else {name})
    compared = (compare(node, aliases) for node in block.conditions)
    return [one for one in compared if one is not None and not one.is_join]


class _Reader:
    """Makes terms of comparisons of one table."""

    def __init__(
        self, table: Table, model: Model, literals: dict[str, str], patterns: Sequence[LikePattern]
    ) -> None:
        self.table = table
        self.model = model
        self.literals = literals
        self.patterns = {bare(read_scalar(pattern.operand)): pattern for pattern in patterns}
        self.obstacles: list[Obstacle] = []

    def read(self, comparisons: Sequence[Comparison]) -> Terms:
        terms = dict.fromkeys(term for one in comparisons for term in self.terms(one, self.literals))
        ordered = sorted(terms, key=lambda term: not term.key.column and term.operator != "or")
        return Terms(terms=tuple(_once(ordered)), obstacles=tuple(dict.fromkeys(self.obstacles)))

    def terms(self, one: Comparison, literals: dict[str, str]) -> Iterator[Term]:
        if one.operator == "or":
            arms = tuple(tuple(term for each in arm for term in self.terms(each, {})) for arm in one.arms)
            if all(arms):
                yield Term(key=IndexKey(), operator="or", arms=arms)
            return
        expression = read_expression(one.operand, table=self.table, model=self.model)
        if isinstance(expression, Obstacle):
            self.obstacles.append(expression)
            return
        yield self.term(one, expression, literals)

    def term(self, one: Comparison, expression: Expression, literals: dict[str, str]) -> Term:
        column = self.table.column(expression.column)
        share = share_of_test(column, one.operator)
        if one.operator == "=":
            share = share_of_value(column, rows=self.table.rows)
        form, length = self.pattern(one)
        other = one.other if one.is_join and one.other.kind == "column" else None
        return Term(
            key=key_of(expression),
            operator=one.operator,
            type=expression.type,
            literal=literals.get(expression.column, "") if one.operator == "=" and not one.is_join else "",
            pattern=form,
            pattern_length=length,
            is_join=one.is_join,
            other_table=other.table if other else "",
            other_column=other.text if other else "",
            share=share,
        )

    def pattern(self, one: Comparison) -> tuple[str, int | None]:
        if one.other.kind == "pattern":
            return one.other.text, one.other.length
        told = self.patterns.get(bare(one.operand)) if one.operator in ("like", "ilike") else None
        if told is None:
            return "", None
        return ("prefix" if told.is_anchored else "infix"), None if told.has_word else 0


def key_of(expression: Expression) -> IndexKey:
    """The key of an index over it."""
    if expression.column:
        return IndexKey(column=expression.column, django=expression.django)
    return IndexKey(expression=expression.sql, django=expression.django)


def _once(terms: Sequence[Term]) -> Iterator[Term]:
    """The same condition in Filter and Recheck Cond, or in plan and statement, is one."""
    seen: dict[tuple[object, ...], Term] = {}
    for term in terms:
        key = (term.key, term.operator, term.other_table, term.other_column, term.arms)
        known = seen.get(key)
        if known is None or (not known.pattern and term.pattern):
            seen[key] = term
    yield from seen.values()
