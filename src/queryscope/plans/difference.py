"""What changed between two plans of one query, as a list that a person reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from queryscope.model import Plan, PlanNode
from queryscope.plans.alignment import align
from queryscope.plans.fingerprint import condition_shape
from queryscope.plans.metrics import NodeMetrics, measure, root_blocks, root_ms
from queryscope.plans.shape import name_of
from queryscope.plans.words import count, ms

LEAST_RATIO = 2.0
LEAST_MS = 1.0
LEAST_BLOCKS = 100
LEAST_ROWS = 100
MOST_TOLD = 5

_CONDITIONS = ("index_cond", "filter", "hash_cond", "merge_cond", "join_filter", "sort_key", "group_key")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChange:
    """One thing that is different."""

    kind: Literal["total", "added", "removed", "replaced", "changed"]
    before: int | None = None  # PlanNode.id
    after: int | None = None
    text: str


def compare_plans(before: Plan, after: Plan) -> tuple[PlanChange, ...]:
    """The changes, the whole first, then node by node downwards; none between plans that are alike."""
    of_old, of_new = measure(before), measure(after)
    has_times = before.is_analyzed and after.is_analyzed
    changes = list(_total(before, after, has_times=has_times))
    for pair in align(before.root, after.root):
        old, new = pair.before, pair.after
        if new is None and old is not None:
            text = f"{name_of(old)} is gone{_cost(of_old[old.id], has_times=has_times)}"
            changes.append(PlanChange(kind="removed", before=old.id, text=text))
        elif old is None and new is not None:
            text = f"{name_of(new)} is new{_cost(of_new[new.id], has_times=has_times)}"
            changes.append(PlanChange(kind="added", after=new.id, text=text))
        elif old is not None and new is not None:
            numbers = list(_numbers(of_old[old.id], of_new[new.id])) if has_times else []
            changes.extend(_pair(old, new, numbers))
    return tuple(_folded(changes))


def _folded(changes: list[PlanChange]) -> Iterator[PlanChange]:
    """Of many nodes that came or went together only the first few are named."""
    for kind, group in groupby(changes, key=lambda change: change.kind):
        run = list(group)
        if kind not in ("added", "removed") or len(run) <= MOST_TOLD:
            yield from run
            continue
        yield from run[: MOST_TOLD - 1]
        word = "new" if kind == "added" else "gone"
        yield PlanChange(kind=kind, text=f"{len(run) - MOST_TOLD + 1} more nodes are {word}")


def _total(before: Plan, after: Plan, *, has_times: bool) -> Iterator[PlanChange]:
    if not has_times:
        costs = before.root.total_cost, after.root.total_cost
        if _is_apart(*costs, least=LEAST_BLOCKS):
            yield PlanChange(kind="total", text=f"The planned cost: {_arrow(*costs)}")
        return
    parts = [
        *_number(root_ms(before), root_ms(after), least=LEAST_MS, unit="ms"),
        *_number(root_blocks(before), root_blocks(after), least=LEAST_BLOCKS, unit="blocks"),
    ]
    if parts:
        yield PlanChange(kind="total", text=f"The query: {', '.join(parts)}")


def _pair(old: PlanNode, new: PlanNode, numbers: list[str]) -> Iterator[PlanChange]:
    """What is different in a node that stands where the other stood."""
    names = name_of(old), name_of(new)
    found = list(_conditions(old, new))
    if names[0] != names[1]:
        found.insert(0, f"{names[0]} became {names[1]}")
        kind: Literal["replaced", "changed"] = "replaced"
    elif found or numbers:
        found.insert(0, names[1])
        kind = "changed"
    else:
        return
    text = ": ".join([found[0], "; ".join([*found[1:], *numbers])]) if found[1:] or numbers else found[0]
    yield PlanChange(kind=kind, before=old.id, after=new.id, text=text)


def _conditions(old: PlanNode, new: PlanNode) -> Iterator[str]:
    for name in _CONDITIONS:
        was, now = _condition(old, name), _condition(new, name)
        if was != now:
            yield f"{name.replace('_', ' ')} {was or 'none'} → {now or 'none'}"


def _condition(node: PlanNode, name: str) -> str:
    value = getattr(node, name)
    return condition_shape(value if isinstance(value, str) else ", ".join(value))


def _numbers(old: NodeMetrics, new: NodeMetrics) -> Iterator[str]:
    """Own times, rows and own blocks that are far apart."""
    yield from _number(old.self_ms, new.self_ms, least=LEAST_MS, unit="ms")
    yield from _number(old.rows, new.rows, least=LEAST_ROWS, unit="rows")
    yield from _number(old.self_blocks, new.self_blocks, least=LEAST_BLOCKS, unit="blocks")
    yield from _number(old.self_temp_blocks, new.self_temp_blocks, least=LEAST_BLOCKS, unit="temp blocks")
    if old.is_executed != new.is_executed:
        yield "never executed now" if old.is_executed else "executed now"


def _number(old: float, new: float, *, least: float, unit: str) -> Iterator[str]:
    if not _is_apart(old, new, least=least):
        return
    yield f"{ms(old)} → {ms(new)}" if unit == "ms" else f"{_arrow(old, new)} {unit}"


def _is_apart(old: float, new: float, *, least: float) -> bool:
    low, high = sorted((old, new))
    return high - low >= least and high >= low * LEAST_RATIO


def _arrow(old: float, new: float) -> str:
    return f"{count(old)} → {count(new)}"


def _cost(metrics: NodeMetrics, *, has_times: bool) -> str:
    """What a node that came or went takes by itself."""
    if not has_times or metrics.self_ms < LEAST_MS:
        return ""
    blocks = f", {count(metrics.self_blocks)} blocks" if metrics.self_blocks >= LEAST_BLOCKS else ""
    return f": {ms(metrics.self_ms)}{blocks}"
