"""Brute force: creates every btree that a query may want, and trigrams, times it, and keeps the best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from typing import Any
from zlib import crc32

import timing
from random_queries import Asked, Query, Use
from timing import Statement

MOST_KEYS = 3  # before the order
KEPT = 4  # of each table, that are timed with care and beside those of other tables
MOST_INCLUDED = 4
FIRST = ("equal", "listed", "flag", "empty", "join")
Key = tuple[str, str]  # column, and what follows it: an operator class or a direction
Sets = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Btree:
    """One index."""

    table: str
    keys: tuple[Key, ...]
    predicate: str = ""
    include: tuple[str, ...] = ()
    method: str = "btree"

    @property
    def name(self) -> str:
        return f"brute_{crc32((self.table + self._text).encode())}"

    @property
    def sql(self) -> str:
        return f'CREATE INDEX {self.name} ON "{self.table}" USING {self.method} {self._text}'

    @property
    def _text(self) -> str:
        include = f" INCLUDE ({', '.join(self.include)})" if self.include else ""
        where = f" WHERE {self.predicate}" if self.predicate else ""
        return f"({', '.join(f'{column} {more}'.strip() for column, more in self.keys)}){include}{where}"


def refer(query: Query, statements: Sequence[Statement]) -> dict[str, Any]:
    """The times without and with the best indexes, as `judging.refer` gives them."""
    base = timing.cost(statements)
    best: dict[str, list[tuple[float, Btree]]] = {}
    count = 0
    for use in query.uses:
        found = []
        for btree in dict.fromkeys(_btrees(use)):
            count += 1
            ms = _quick(btree, statements)
            if ms is not None:
                found.append((ms, btree))
        found.sort(key=lambda one: (round(one[0], 1), len(one[1].keys)))
        best[use.table.table] = found[:KEPT]
    alternatives = [(btree,) for found in best.values() for _, btree in found]
    alternatives += [
        (more,) for use in query.uses for _, btree in best[use.table.table] for more in _covering(use, btree)
    ]
    alternatives += _pairs(query, best)
    tried: Sets = []
    for several in dict.fromkeys(alternatives):
        with timing.built([one.sql for one in several]) as names:
            measured = timing.cost(statements)
        if set(names) <= set(measured.used):
            tried.append({"sql": [one.sql for one in several], "is_used": True, **measured.as_json()})
    return {"base": base.as_json(), "alternatives": tried, "count": count + len(alternatives)}


def _quick(btree: Btree, statements: Sequence[Statement]) -> float | None:
    """The faster of two runs after one; None where the planner leaves it alone."""
    with timing.built([btree.sql]) as names:
        if not any(names[0] in used for used in _planned(statements)):
            return None
        runs = [
            [timing.explain(sql, params)["Execution Time"] for sql, params in statements] for _ in range(3)
        ]
        return min(sum(run) for run in runs[1:])


def _planned(statements: Sequence[Statement]) -> Iterator[set[str]]:
    for sql, params in statements:
        yield set(timing.indexes_in(timing.explain(sql, params, is_run=False)["Plan"]))


def _btrees(use: Use) -> Iterator[Btree]:
    """Keys in all sensible orders, with and without what is fixed as predicate."""
    asked = [*use.asked, *use.arms]
    fixed = [one for one in use.asked if one.predicate]
    chosen: list[tuple[Asked, ...]] = [(), *((one,) for one in fixed)]
    if len(fixed) > 1:
        chosen.append(tuple(fixed))
    for parts in chosen:
        gone = {one.column for one in parts}
        rest = [one for one in asked if one.column not in gone]
        for keys in _orders(use, rest):
            yield Btree(
                table=use.table.table, keys=keys, predicate=" AND ".join(one.predicate for one in parts)
            )
        for one in (one for one in rest if one.role == "inside"):
            yield Btree(
                table=use.table.table,
                keys=((one.key, "gin_trgm_ops"),),
                predicate=" AND ".join(one.predicate for one in parts),
                method="gin",
            )
        if parts and not rest and not use.order:
            yield Btree(
                table=use.table.table,
                keys=(("id", ""),),
                predicate=" AND ".join(one.predicate for one in parts),
            )


def _orders(use: Use, asked: Sequence[Asked]) -> Iterator[tuple[Key, ...]]:
    able = [one for one in reversed(asked) if one.role != "inside"]
    roles = {one.column: one.role for one in able} | dict.fromkeys(use.joined, "join")
    made = {one.column: _key(one) for one in able} | {one: (one, "") for one in use.joined}
    order = tuple((column, "DESC" if is_descending else "") for column, is_descending in use.order)
    for count in range(min(MOST_KEYS, len(roles)) + 1):
        for columns in permutations(sorted(roles), count):
            if count > 2 and not _is_sensible([roles[one] for one in columns]):
                continue
            keys = tuple(made[one] for one in columns)
            if keys:
                yield keys
            behind = tuple(key for key in order if key[0] not in columns)
            if behind and len(keys) + len(behind) <= MOST_KEYS + 1:
                yield (*keys, *behind)
                if 0 < count < 3:
                    yield (*behind, *keys)


def _key(asked: Asked) -> Key:
    """As an index has what is compared."""
    opclass = asked.opclass or ("varchar_pattern_ops" if asked.role == "prefix" else "")
    return asked.key or asked.column, opclass


def _is_sensible(roles: Sequence[str]) -> bool:
    """What is equal stands before what has bounds."""
    is_first = [role in FIRST for role in roles]
    return is_first == sorted(is_first, reverse=True)


def _covering(use: Use, btree: Btree) -> Iterator[Btree]:
    """With all that is asked of the table, where that is little."""
    if use.read is None or btree.method != "btree":
        return
    columns = [*use.read, *use.joined, *(column for column, _ in use.order)]
    columns += [one.column for one in (*use.asked, *use.arms)]
    include = tuple(dict.fromkeys(one for one in columns if one not in dict(btree.keys)))
    if 0 < len(include) <= MOST_INCLUDED:
        yield Btree(table=use.table.table, keys=btree.keys, predicate=btree.predicate, include=include)


def _pairs(query: Query, best: dict[str, list[tuple[float, Btree]]]) -> Iterator[tuple[Btree, ...]]:
    """One for each arm of an OR, and one of each of two or three tables."""
    for use in query.uses:
        if use.arms:
            yield from product(*(_arm(use, arm) for arm in use.arms))
    tables = [[*[btree for _, btree in best[use.table.table]][:3], *_plain(use)] for use in query.uses]
    for number, first in enumerate(tables):
        for second in tables[number + 1 :]:
            yield from ((one, other) for one in dict.fromkeys(first) for other in dict.fromkeys(second))
    if len(tables) > 2:
        yield from product(*(dict.fromkeys([*several[:2], *several[-1:]]) for several in tables[:3]))


def _arm(use: Use, arm: Asked) -> Iterator[Btree]:
    """By the arm's column, also among the rows that its constant or the others' leave."""
    key = _key(arm)
    yield Btree(table=use.table.table, keys=(key,))
    if arm.predicate:
        yield Btree(table=use.table.table, keys=(("id", ""),), predicate=arm.predicate)
    for one in use.asked:
        if one.role in FIRST and one.column != arm.column:
            yield Btree(
                table=use.table.table,
                keys=(_key(one), key) if arm.role == "range" else (key, _key(one)),
            )


def _plain(use: Use) -> Iterator[Btree]:
    """What a join may need beside another index, though alone it is of no use."""
    for column in use.joined:
        yield Btree(table=use.table.table, keys=((column, ""),))
        for one in use.asked:
            if one.predicate and one.column != column:
                yield Btree(table=use.table.table, keys=((column, ""),), predicate=one.predicate)
            if one.role in FIRST and one.column != column:
                yield Btree(table=use.table.table, keys=((column, ""), _key(one)))
    equal = [one for one in use.asked if one.role in FIRST]
    if equal:
        yield Btree(table=use.table.table, keys=tuple(dict.fromkeys(_key(one) for one in equal)))
