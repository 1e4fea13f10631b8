"""A plan as text for a terminal: a tree with own time, rows, how far the estimate was off, and blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from textwrap import wrap

from queryscope.formats.inert import inert, shorten
from queryscope.formats.numbers import count, milliseconds, plural
from queryscope.model import Finding, Plan, PlanNode, Report
from queryscope.plans.facts import facts_of
from queryscope.plans.folding import cheap_parts, own_costs, spoken_of
from queryscope.plans.metrics import NodeMetrics, measure, number_nodes, walk
from queryscope.plans.shape import name_of

MOST_NODES = 40
_WIDTH = 100
_LEAST_WIDTH = 40
_LEAST_NAME = 24
_LEAST_NAMED = 16  # of them for the name of a deep node
_BAR = 8
_FAR = 10.0
_GUIDE = 2  # columns of one level


@dataclass(frozen=True, slots=True)
class _Row:
    """One node that is shown."""

    node: PlanNode
    guides: str
    below: str  # the guides of what is said of it
    hidden: tuple[int, float]  # nodes below that aren't shown, and what they take


def plan_lines(plan: Plan, *, width: int = _WIDTH, most: int = MOST_NODES) -> list[str]:
    """The plan, one line a node; no line is wider than asked.

    Args:
        plan: with its insights and badges.
        width: columns; what has no room is left out: first the bar, then blocks, then the estimate.
        most: nodes; of a larger plan the dearest are shown, with all that stand above them.
    """
    width = max(width, _LEAST_WIDTH)
    plan = replace(plan, root=number_nodes(plan.root))
    own = own_costs(plan)
    metrics = measure(plan) if plan.is_analyzed else {}
    table = _Table(plan, own, metrics, width)
    lines = [*_wrapped(headline(plan), "", width), table.head()]
    for row in _rows(plan, own, most, deepest=table.deepest):
        lines.append(table.line(row))
        for note in _notes(plan, row.node.id):
            lines += _wrapped(note, row.below, width)
    for badge in plan.badges:
        lines += _wrapped(f"· {badge.text}", "", width) if badge.node is None else ()
    return [line.rstrip() for line in lines]


def headline(plan: Plan) -> str:
    """`Plan: analyzed, 535 ms · planning 0.34 ms · jit = off`."""
    label = "analyzed" if plan.is_analyzed else "estimated"
    first = [label, milliseconds(plan.execution_time_ms) if plan.execution_time_ms is not None else ""]
    parts = [f"Plan: {', '.join(filter(None, first))}", plan.note.rstrip(".")]
    if plan.source == "auto_explain":
        parts.append("of the very execution")
    if plan.planning_time_ms is not None:
        parts.append(f"planning {milliseconds(plan.planning_time_ms)}")
    if plan.analyze_ms is not None:
        parts.append(f"ANALYZE took {milliseconds(plan.analyze_ms)}")
    if plan.jit_ms:
        parts.append(f"JIT {milliseconds(plan.jit_ms)}")
    if plan.triggers:
        parts.append(f"{plural(len(plan.triggers), 'trigger')} {milliseconds(plan.trigger_ms)}")
    parts += (f"{name} = {value}" for name, value in plan.settings)
    return inert(" · ".join(filter(None, parts)))


def plans_of(finding: Finding, report: Report) -> list[Plan]:
    """The plans to show with a finding: of one that is about time, not about how often something is asked."""
    if finding.worst.avoidable_queries:
        return []
    return [plan for plan in report.plans if plan.fingerprint in finding.fingerprints]


def _wrapped(text: str, before: str, width: int) -> list[str]:
    """A sentence on as many lines as it needs."""
    return wrap(inert(text), width, initial_indent=before, subsequent_indent=f"{before}  ")


class _Table:
    """The columns, as there is room for them."""

    def __init__(
        self, plan: Plan, own: dict[int, float], metrics: Mapping[int, NodeMetrics], width: int
    ) -> None:
        self._plan, self._own, self._metrics = plan, own, metrics
        self._most = max(own.values(), default=0.0)
        titles = ["own time" if plan.is_analyzed else "own cost", "rows", "of estimate", "blocks"]
        if not plan.is_analyzed:
            titles = titles[:2]
        rows = [self._cells(node)[: len(titles)] for node in walk(plan.root)]
        self._sizes = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
        self._titles = titles
        while len(self._sizes) > 1 and width - sum(self._sizes) - 2 * len(self._sizes) < _LEAST_NAME:
            self._sizes.pop()
        left = width - sum(self._sizes) - 2 * len(self._sizes)
        self._bar = _BAR if left - _BAR - 2 >= 2 * _LEAST_NAME else 0
        self._name = left - (self._bar + 2 if self._bar else 0)
        self.deepest = max((self._name - _LEAST_NAMED) // _GUIDE, 2)  # levels that are drawn

    def head(self) -> str:
        return self._joined("", "", self._titles)

    def line(self, row: _Row) -> str:
        node = row.node
        hidden, spent = row.hidden
        unit = milliseconds(spent) if self._plan.is_analyzed else f"cost {count(spent)}"
        rest = f"  + {plural(hidden, 'node')}, {unit}" if hidden else ""
        room = max(self._name - len(rest), _LEAST_NAMED)
        guides = row.guides
        if len(guides) > room - _LEAST_NAMED:
            guides = f"⋯ {guides[-max(room - _LEAST_NAMED - 2, 2) :]}" if guides else ""
        name = guides + inert(_name(node))
        for fact in facts_of(node, self._metrics.get(node.id)):
            name += f", {fact}" if len(name) + 2 + len(fact) <= room else ""
        name = shorten(name, room)
        share = self._own[node.id] / self._most if self._most else 0.0
        return self._joined(name + rest, "▇" * round(share * _BAR), self._cells(node))

    def _joined(self, name: str, bar: str, cells: list[str]) -> str:
        parts = [shorten(name, self._name).ljust(self._name)]
        parts += [bar.ljust(self._bar)] if self._bar else []
        parts += [cell.rjust(size) for cell, size in zip(cells, self._sizes, strict=False)]
        return "  ".join(parts)

    def _cells(self, node: PlanNode) -> list[str]:
        if not self._plan.is_analyzed:
            return [count(self._own[node.id]), count(node.plan_rows)]
        own = self._metrics[node.id]
        if not own.is_executed:
            return ["never ran", "–", "–", "–"]
        rows = count(own.rows)
        loops = node.actual_loops or 0.0  # below a Gather each process has its own
        if loops > 1:
            rows = f"{_each(own.rows / loops)} × {count(loops)}"
        return [milliseconds(own.self_ms), rows, _off(own, node), count(own.self_blocks)]


def _each(rows: float) -> str:
    return count(rows) if rows >= _FAR or rows == round(rows) else f"{rows:.1f}"


def _off(own: NodeMetrics, node: PlanNode) -> str:
    error = own.estimate_error
    text = f"{error:.1f}×" if error < _FAR else f"{count(error)}×"
    if error < _FAR:
        return text
    return f"{'▲' if (node.actual_rows or 0.0) >= node.plan_rows else '▼'} {text}"


def _name(node: PlanNode) -> str:
    """`CTE x: HashAggregate`, `Seq Scan on review r`."""
    alias = node.alias if node.alias not in ("", node.relation_name, node.cte_name) else ""
    named = f"{node.subplan_name}: {name_of(node)}" if node.subplan_name else name_of(node)
    return f"{named} {alias}" if alias else named


def _notes(plan: Plan, node: int) -> Iterator[str]:
    for insight in plan.insights:
        if insight.node == node:
            yield f"{'·' if insight.is_badge else '⚑'} {insight.message}"
    for badge in plan.badges:
        if badge.node == node:
            yield f"· {badge.text}"


def _rows(plan: Plan, own: dict[int, float], most: int, *, deepest: int) -> Iterator[_Row]:
    """The nodes that are shown, with their guides."""
    shown = _shown(plan, own, most)
    waiting: list[tuple[PlanNode, tuple[bool, ...]]] = [(plan.root, ())]
    while waiting:
        node, marks = waiting.pop()
        kids = [child for child in node.children if child.id in shown]
        gone = [each for child in node.children if child.id not in shown for each in walk(child)]
        hidden = len(gone), sum(own[each.id] for each in gone)
        above, last = _guides(marks, deepest)
        yield _Row(node, above + last, above + ("│ " if last == "├ " else "  " * bool(last)), hidden)
        waiting.extend(
            (child, (*marks[-deepest:], index < len(kids) - 1))
            for index, child in reversed([*enumerate(kids)])
        )


def _guides(marks: tuple[bool, ...], deepest: int) -> tuple[str, str]:
    """What stands before a node: `│   ` and `└ `; the outermost levels of a deep one are left out."""
    kept = marks[-deepest:]
    above = "".join("│ " if goes_on else "  " for goes_on in kept[:-1])
    last = ("├ " if kept[-1] else "└ ") if kept else ""
    return ("⋯ " if len(marks) > deepest else "") + above, last


def _shown(plan: Plan, own: dict[int, float], most: int) -> set[int]:
    """Ids: all but what is in closed parts; of too many the dearest, and those above them."""
    closed, told = cheap_parts(plan), spoken_of(plan)
    above: dict[int, int] = {}
    shown: set[int] = set()
    for node in walk(plan.root):
        above.update((child.id, node.id) for child in node.children)
        parent = above.get(node.id)
        if parent is None or (parent in shown and parent not in closed):
            shown.add(node.id)
    if len(shown) <= most:
        return shown
    kept: set[int] = set()
    for number in sorted(shown, key=lambda each: (each not in told, -own[each], each)):
        line = [number]
        while line[-1] in above:
            line.append(above[line[-1]])
        if len(kept.union(line)) <= most:
            kept.update(line)
    return kept or {plan.root.id}
