"""The ORDER BY of the SELECT that a scan belongs to, where expressions are in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from queryscope.model import IndexKey, Model, PlanNode, Table
from queryscope.rules.index.candidate.comparison import compare
from queryscope.rules.index.candidate.expression import read_expression
from queryscope.rules.index.candidate.operand import Obstacle
from queryscope.rules.index.candidate.term import Term
from queryscope.rules.index.candidate.terms import block_of, key_of
from queryscope.sql.blocks import Block, OrderKey
from queryscope.sql.resolve import DISTANCES


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """As keys of an index; or the distance by which the nearest come first."""

    keys: tuple[IndexKey, ...] = ()
    distance: Term | None = None


def read_order(blocks: Sequence[Block], node: PlanNode, *, table: Table, model: Model) -> Order:
    """Nothing where no expression is in it, or a key is of another table."""
    found = block_of(blocks, node.alias or node.relation_name, table.name)
    if found is None or not found[0].order:
        return Order()
    block, alias = found
    aliases = frozenset({alias, ""} if len(block.tables) == 1 else {alias})
    first = block.order[0]
    if first.node.kind == "operator" and first.node.text in DISTANCES:
        distance = None if first.is_descending else _distance(first, aliases, table=table, model=model)
        return Order(distance=distance)
    keys = [_key(key, aliases, table=table, model=model) for key in block.order]
    if any(key is None for key in keys):
        return Order()
    own = tuple(key for key in keys if key is not None)
    return Order(keys=own if any(key.expression for key in own) else ())


def _distance(key: OrderKey, aliases: frozenset[str], *, table: Table, model: Model) -> Term | None:
    # What is compared commutes: the distance from a to b is that from b to a.
    sides = sorted(key.node.args, key=lambda side: not side.columns)
    found = compare(replace(key.node, args=tuple(sides)), aliases)
    if found is None or found.is_join:
        return None
    expression = read_expression(found.operand, table=table, model=model)
    if isinstance(expression, Obstacle):
        return None
    return Term(key=key_of(expression), operator=key.node.text, type=expression.type)


def _key(key: OrderKey, aliases: frozenset[str], *, table: Table, model: Model) -> IndexKey | None:
    if not key.node.columns or any(column.table not in aliases for column in key.node.columns):
        return None
    expression = read_expression(key.node, table=table, model=model)
    if isinstance(expression, Obstacle):
        return None
    default = "first" if key.is_descending else "last"
    nulls = "" if key.nulls == default else key.nulls
    return replace(key_of(expression), is_descending=key.is_descending, nulls=nulls)
