"""Shares out an amount that nodes tell with their children's in it, so that each part is counted once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from queryscope.plans.readers import MOST_ASKED, Deferred, Tree

_FITS = 0.99  # amounts are rounded


@dataclass(slots=True)
class Ledger:
    """Who pays for whom; positions are those of the tree."""

    bills: list[list[tuple[int, float]]]  # for every payer: the node, and what it asks
    left: list[float]  # what a payer has for itself so far
    outside: dict[int, float] = field(default_factory=dict)  # spent after the root had ended


@dataclass(frozen=True, slots=True)
class Shares:
    """What every node took with its children and by itself; the latter add up to the whole."""

    totals: list[float]
    own: list[float]
    whole: float


def draw_up(
    tree: Tree,
    amounts: Sequence[float],
    deferred: Sequence[Deferred],
    *,
    starts: Sequence[float] = (),
    weights: Ledger | None = None,
) -> Ledger:
    """Find out who pays; `starts`: when a node gave its first row, `weights`: who ran how much of a CTE."""
    listed = {one.position for one in deferred}
    bills: list[list[tuple[int, float]]] = [[] for _ in amounts]
    left = list(amounts)
    for position in range(1, len(amounts)):
        if position not in listed:
            parent = tree.parents[position]
            bills[parent].append((position, amounts[position]))
            left[parent] -= amounts[position]
    ledger = Ledger(bills, left)
    for one in sorted(deferred, key=lambda one: -amounts[one.position]):
        if one.is_cte:
            _charge_cte(tree, ledger, one, amounts[one.position], weights)
        else:
            _charge_init_plan(tree, ledger, one, amounts[one.position], starts)
    return ledger


def settle(ledger: Ledger, amounts: Sequence[float], slack: Sequence[float] = ()) -> Shares:
    """Pay every bill from the root down; who hasn't enough pays less, first where `slack` allows it."""
    payers = [0] * len(amounts)
    for bill in ledger.bills:
        for position, _ in bill:
            payers[position] += 1
    totals = [0.0 if isinstance(amounts[0], float) else 0] * len(amounts)
    own = list(totals)
    totals[0] = amounts[0]
    for position, amount in ledger.outside.items():
        totals[position] += amount
    # A forged document may let two subplans read each other: their turn never comes.
    waiting = [position for position, count in enumerate(payers) if not count]
    while waiting:
        payer = waiting.pop()
        bill = ledger.bills[payer]
        granted = _granted(bill, totals[payer], slack) if bill else []
        own[payer] = max(totals[payer] - sum(granted), 0)
        for (position, _), amount in zip(bill, granted, strict=True):
            totals[position] += amount
            payers[position] -= 1
            if not payers[position]:
                waiting.append(position)
    return Shares(totals, own, amounts[0] + sum(ledger.outside.values()))


def _charge_cte(tree: Tree, ledger: Ledger, one: Deferred, amount: float, weights: Ledger | None) -> None:
    """Each scan pays what it ran of it: known by the blocks that it touched, since it has none of its own."""
    rest = amount
    ran = {
        reader: asked
        for reader in one.readers
        if weights is not None
        for position, asked in weights.bills[reader]
        if position == one.position
    }
    whole = sum(ran.values()) + (weights.outside.get(one.position, 0) if weights is not None else 0)
    if whole:
        for reader, asked in ran.items():
            rest -= _pay(ledger, reader, one.position, min(amount * asked / whole, rest))
    if whole and one.is_write:
        ledger.outside[one.position] = rest
        return
    for reader in sorted(one.readers, key=lambda reader: -ledger.left[reader]):
        rest -= _pay(ledger, reader, one.position, rest)
    _charge_rest(tree, ledger, one, rest)


def _charge_init_plan(
    tree: Tree, ledger: Ledger, one: Deferred, amount: float, starts: Sequence[float]
) -> None:
    """The first to ask pays: it can't have given a row before."""

    def fits(reader: int) -> tuple[bool, bool]:
        return (
            ledger.left[reader] >= amount * _FITS,
            not starts or starts[reader] >= amount * _FITS,
        )

    rest = amount
    for reader in sorted(one.readers, key=fits, reverse=True):
        rest -= _pay(ledger, reader, one.position, rest)
    _charge_rest(tree, ledger, one, rest)


def _charge_rest(tree: Tree, ledger: Ledger, one: Deferred, rest: float) -> None:
    """What no reader can have paid: run after the root, or by a node that doesn't print that it reads it."""
    if rest <= 0:
        return
    if one.is_write:
        ledger.outside[one.position] = ledger.outside.get(one.position, 0) + rest
        return
    payer = top = tree.parents[one.position]
    if ledger.left[top] < rest * _FITS:
        near = range(top, min(tree.ends[top], top + MOST_ASKED))
        others = (at for at in near if not tree.is_below(at, one.position))
        payer = max(others, key=lambda at: ledger.left[at])
    _pay(ledger, payer, one.position, rest)


def _pay(ledger: Ledger, payer: int, position: int, amount: float) -> float:
    """Put on a payer's bill what it can pay of an amount."""
    paid = min(amount, ledger.left[payer])
    if paid <= 0:
        return 0
    ledger.left[payer] -= paid
    ledger.bills[payer].append((position, paid))
    return paid


def _granted(bill: list[tuple[int, float]], total: float, slack: Sequence[float]) -> list[float]:
    """What each gets of it."""
    asked = [amount for _, amount in bill]
    excess = sum(asked) - total
    if excess <= 0:
        return asked
    if slack:
        room = [min(slack[position], amount) for position, amount in bill]
        part = min(excess / whole, 1.0) if (whole := sum(room)) else 0.0
        asked = [amount - one * part for amount, one in zip(asked, room, strict=True)]
        spent = sum(asked)
        return [amount * min(total / spent, 1.0) for amount in asked] if spent else asked
    for index in sorted(range(len(asked)), key=lambda index: -asked[index]):
        taken = min(asked[index], excess)
        asked[index] -= taken
        excess -= taken
    return asked
