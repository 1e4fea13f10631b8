"""HypoPG: would the planner choose an index at the size of the table? Nothing is built, no row is read.

Its indexes are known to the session that asks and to nobody else. They outlive a rollback, so each is dropped
by its number; `hypopg_reset` would take those of others that use this session. GIN and GiST it has not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from queryscope.database.proposals import Proposal, named, refusal
from queryscope.database.sandbox import below_savepoint
from queryscope.database.trial_measure import Select, plan_once
from queryscope.fixes.index_code import create_sql, quote
from queryscope.model import Refusal

METHODS = frozenset({"btree", "brin", "hash"})
LEAST_RATIO = 2.0  # of the costs without and with the index

CREATE = "SELECT indexrelid, indexname FROM {schema}.hypopg_create_index(%s)"
SIZE = "SELECT {schema}.hypopg_relation_size(%s)"
DROP = "SELECT {schema}.hypopg_drop_index(%s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What the planner says at the size of the tables."""

    proposal: Proposal
    cost_before: float
    cost_after: float
    sizes_bytes: tuple[int, ...]  # predicted, one for each index


def plan_with(
    cursor: Any, proposal: Proposal, query: Select, *, schema: str, errors: Any
) -> Planned | Refusal | str:
    """A plan with indexes that aren't there; a refusal where they are left alone; else why there is no plan.

    `cursor` is one of a block that is rolled back.
    """
    unknown = next((one for one in proposal if one.method not in METHODS), None)
    if unknown is not None:
        return f"HypoPG has no {unknown.method.upper()} indexes"
    quoted = quote(schema)
    try:
        before = plan_once(cursor, query)
        with _hypothetical(cursor, proposal, quoted) as made:
            after = plan_once(cursor, query)
            sizes = [_one(cursor, SIZE.format(schema=quoted), oid) for oid, _ in made]
    except errors:
        if cursor.connection.closed:
            raise
        return "HypoPG could not plan with it"
    used = set(_index_names(after))
    costs = float(before["Total Cost"]), float(after["Total Cost"])
    if not all(name in used for _, name in made):
        if any(one.predicate for one in proposal):  # HypoPG misses some partial ones that help
            return "HypoPG's planner leaves the partial index alone, as it does with some that help"
        text = f"{named(proposal)}: planned with HypoPG at the size of the table, it is not used."
        return refusal(proposal[0], "not-used", text)
    if costs[0] < LEAST_RATIO * costs[1]:
        text = (
            f"{named(proposal)}: planned with HypoPG, the cost falls from {costs[0]:,.0f} to {costs[1]:,.0f} "
            "only. That is too little for what an index costs."
        )
        return refusal(proposal[0], "no-gain", text)
    return Planned(
        proposal=proposal,
        cost_before=costs[0],
        cost_after=costs[1],
        sizes_bytes=tuple(int(size) for size in sizes),
    )


@contextmanager
def _hypothetical(cursor: Any, proposal: Proposal, schema: str) -> Iterator[list[tuple[int, str]]]:
    made: list[tuple[int, str]] = []
    try:
        with below_savepoint(cursor):
            for advice in proposal:
                cursor.execute(CREATE.format(schema=schema), [create_sql(advice, concurrently=False)])
                made.append(cursor.fetchone())
            yield made
    finally:
        for oid, _ in made:
            cursor.execute(DROP.format(schema=schema), [oid])


def _one(cursor: Any, sql: str, value: Any) -> Any:
    cursor.execute(sql, [value])
    return cursor.fetchone()[0]


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _index_names(plan: dict[str, Any]) -> Iterator[str]:
    for node in _nodes(plan):
        if "Index Name" in node:
            yield node["Index Name"]
