"""The keys of a btree as far as their order matters: equalities may stand in any order before the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from queryscope.model import IndexKey
from queryscope.plans.equalities import expression_operand


@dataclass(frozen=True, slots=True)
class Block:
    """Keys that stand beside each other: equalities in any order and direction, or one key that is fixed."""

    keys: tuple[IndexKey, ...]
    is_free: bool = False


Order: TypeAlias = tuple[Block, ...]


def order_of(keys: Sequence[IndexKey], equal: frozenset[str] = frozenset()) -> Order:
    """The blocks of an index; `equal` is what the query compares with one value only."""
    head = 0
    while head < len(keys) and (keys[head].column or expression_operand(keys[head].expression)) in equal:
        head += 1
    free = (Block(tuple(keys[:head]), is_free=True),) if head else ()
    return (*free, *(Block((key,)) for key in keys[head:]))


def merged(one: Order, other: Order) -> Order | None:
    """The order that serves both; None if there is none. An index is read backwards as well."""
    for turned in (other, tuple(_turned(block) for block in other)):
        found = _merged(list(one), list(turned))
        if found is not None:
            return tuple(found)
    return None


def keys_in(order: Order) -> tuple[IndexKey, ...]:
    """The keys as an index of that order has them."""
    return tuple(key for block in order for key in block.keys)


def serves(keys: Sequence[IndexKey], order: Order) -> bool:
    """Whether an index over these keys, as they stand, begins with what is asked."""
    found = merged(order_of(keys), order)
    return found is not None and len(keys_in(found)) == len(keys)


def part(key: IndexKey) -> tuple[str, str, str]:
    """What a key is, whatever its direction."""
    return key.column, key.expression, key.opclass


def _merged(left: list[Block], right: list[Block]) -> list[Block] | None:
    found: list[Block] = []
    while left and right:
        one, other = left[0], right[0]
        small, large = (one, other) if len(one.keys) <= len(other.keys) else (other, one)
        if len(small.keys) == len(large.keys) and small.is_free and not large.is_free:
            small, large = large, small  # of two equal ones the direction of the fixed one counts
        parts = {part(key) for key in small.keys}
        if not parts <= {part(key) for key in large.keys}:
            return None
        if not large.is_free and not small.is_free and small.keys != large.keys:
            return None
        found.append(small)
        rest = tuple(key for key in large.keys if part(key) not in parts)
        for blocks, block in ((left, one), (right, other)):
            blocks[:1] = [replace(block, keys=rest)] if block is large and rest else []
    return [*found, *left, *right]


def _turned(block: Block) -> Block:
    if block.is_free:
        return block
    nulls = {"first": "last", "last": "first", "": ""}
    turned = (replace(key, is_descending=not key.is_descending, nulls=nulls[key.nulls]) for key in block.keys)
    return Block(tuple(turned))
