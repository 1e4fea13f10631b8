"""estimate-off: far more or fewer rows came than PostgreSQL had planned with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.fixes.statistics import sentence, statistics_remedy
from queryscope.model import Insight, Models, NodeFact, Plan, PlanNode, Schema, Severity, Table, Worker
from queryscope.plans.comparisons import read_comparisons
from queryscope.plans.conditions import read_conditions
from queryscope.plans.estimates import UNCOUNTED, Misestimate, find_misestimates
from queryscope.plans.guesses import expression_of, guessed
from queryscope.plans.metrics import measure, root_ms, walk
from queryscope.plans.shape import name_of, parents
from queryscope.plans.weight import LEAST_MS, is_noise
from queryscope.plans.words import count
from queryscope.rules.plan.sources import columns_in, relations_of

_CHANGED = 0.1  # of the rows, since they were analyzed
MOST_TOLD = 10  # of one plan, the worst first: partitions are wrong all together
_JOINS = frozenset({"Nested Loop", "Hash Join", "Merge Join"})
# Which of these is taken, or how, hangs on the rows that are expected below.
_CHOSEN = _JOINS | {"Limit", "Sort", "Incremental Sort", "Unique", "SetOp", "WindowAgg"}
# They hand on the rows of their child, or some of them.
_KEEPING = frozenset({"Aggregate", "Gather", "Gather Merge", "Incremental Sort", "Sort", "Unique"})
_OF_A_UNION = (
    "; no statistics tell how many rows of a UNION are alike: let each of its queries drop its own "
    "duplicates, by .distinct()"
)
_OF_A_GUESS = "PostgreSQL has no statistics of columns that are compared with each other"
_OF_A_ROW = "keep the answer in a field of its own, a GeneratedField say, and filter by that"
_SUBQUERIES = frozenset({"InitPlan", "SubPlan"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateOff:
    """The lowest node whose row estimate is wrong: errors above it follow from it."""

    name: ClassVar[str] = "estimate-off"

    min_ratio: float = 10.0  # a badge
    warning_ratio: float = 100.0
    error_ratio: float = 1_000.0
    min_rows: float = 100.0  # actual rows of one loop

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a wrong estimate; rows that nobody asked for, under a LIMIT say, are no error."""
        if root_ms(plan) < LEAST_MS:
            return
        found = find_misestimates(plan, least_factor=self.min_ratio, least_rows=self.min_rows)
        if not found:
            return
        metrics, above = measure(plan), parents(plan.root)
        nodes = {node.id: node for node in walk(plan.root)}
        for error in found[:MOST_TOLD]:
            node = nodes[error.node]
            around = metrics[error.carried_by[-1] if error.carried_by else above.get(node.id, node).id]
            if is_noise(around.total_ms, around.total_share):
                continue
            explains = tuple(_explained(error, node, above))
            spilled = "; a hash table outgrew its memory" if "spill" in dict(explains) else ""
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=self._severity(error.factor),
                message=(
                    f"{name_of(node)} was planned for {count(error.planned)} rows and gave "
                    f"{count(error.actual)}: {count(error.factor)} times off{_carried(error)}{spilled}."
                ),
                remedy=_remedy(node, schema),
                share=metrics[node.id].total_share,
                is_badge=error.factor < self.warning_ratio or not _is_worth_it(node, above, explains),
                fact="estimate",
                explains=explains,
            )

    def _severity(self, ratio: float) -> Severity:
        if ratio >= self.error_ratio:
            return "error"
        return "warning" if ratio >= self.warning_ratio else "info"


def _is_worth_it(
    node: PlanNode, above: dict[int, PlanNode], explains: tuple[tuple[NodeFact, int], ...]
) -> bool:
    """Whether something hung on these rows that can be mended: of a mere guess, only what came of it."""
    return bool(explains) if _is_blind(node) else _is_planned_by(node, above)


def _is_blind(node: PlanNode) -> bool:
    """Whether it is a guess that no statistics can mend: columns compared with others, not by equality."""
    if node.node_type == "Nested Loop":
        found = read_conditions(node.join_filter)
        return bool(found) and all(each.is_join and each.operator != "=" for each in found)
    return bool(node.relation_name) and any(each.beside for each in read_comparisons(node))


def _is_planned_by(node: PlanNode, above: dict[int, PlanNode]) -> bool:
    """Whether anything was chosen by these rows: how they were found, or what is done with them."""
    if node.relation_name:
        return True
    while (parent := above.get(node.id)) is not None and node.parent_relationship not in _SUBQUERIES:
        if parent.node_type in _CHOSEN or parent.group_key:
            return True
        node = parent
    return False


def _carried(error: Misestimate) -> str:
    if not error.carried_by:
        return ""
    nodes = len(error.carried_by)
    return f", and so {'was the node' if nodes == 1 else f'were {nodes} nodes'} above it"


def _explained(
    error: Misestimate, node: PlanNode, above: dict[int, PlanNode]
) -> Iterator[tuple[NodeFact, int]]:
    """As far up as the error goes: nested loops that were chosen for few rows, hash tables made for few."""
    while error.is_underestimate and node.parent_relationship not in _SUBQUERIES and node.id in above:
        node = above[node.id]
        if node.node_type == "Nested Loop":
            yield "joining", node.id
        if _has_grown(node, error):
            yield "spill", node.id
            if node.node_type == "Hash" and node.id in above:
                yield "spill", above[node.id].id
        if node.id not in error.carried_by and node.node_type not in UNCOUNTED:
            break


def _has_grown(node: PlanNode, error: Misestimate) -> bool:
    """Whether a hash table came to disk that was planned to need none, or less."""
    if node.node_type == "Hash":
        return 0 < node.original_hash_batches < node.hash_batches
    parts: tuple[PlanNode | Worker, ...] = (node, *node.workers)
    has_written = any(part.disk_usage_kb for part in parts)
    return node.node_type == "Aggregate" and node.id in error.carried_by and has_written


def _remedy(node: PlanNode, schema: Schema) -> str:
    relations = relations_of(node)
    tables = ", ".join(sorted(set(relations.values())))
    if not tables:
        return "ANALYZE the tables below this node."
    if any(table.rows < 0 for name in relations.values() if (table := schema.table(name)) is not None):
        return f"ANALYZE {tables}: PostgreSQL has no statistics on it."
    if _is_blind(node):
        return f"{_OF_A_GUESS}: {_OF_A_ROW}." if node.relation_name else f"{_OF_A_GUESS} this way."
    is_fresh = all(_is_fresh(schema.table(name)) for name in relations.values())
    analyze = "" if is_fresh else f"ANALYZE {tables}; "
    guess = guessed(node)
    if guess is not None:
        expression = expression_of(node, guess) or "…"
        return (
            f"PostgreSQL guessed, for want of statistics of an expression of {guess.column}: "
            f"migrations.RunSQL with CREATE STATISTICS … ON ({expression}) FROM {node.relation_name}, "
            "and ANALYZE after it."
        )
    if node.relation_name:
        expression = _expression(node)
        if expression:
            return sentence(
                f"{analyze}PostgreSQL has no statistics of {expression}: migrations.RunSQL with "
                f"CREATE STATISTICS … ON ({expression}) FROM {node.relation_name}, and ANALYZE after it."
            )
        conditions = [text for text in (node.index_cond, node.recheck_cond, node.filter) if text]
        if not conditions:
            return f"ANALYZE {tables}: its statistics are old."
        columns = _columns(" AND ".join(conditions))
        return statistics_remedy(node.relation_name, columns, is_fresh=is_fresh)
    if node.node_type in _JOINS:
        return sentence(f"{analyze}statistics don't go across tables: filter each by itself where possible.")
    keys = list(dict.fromkeys(columns_in(node.group_key or node.sort_key, relations)))
    if _is_of_several(node):  # of a UNION the keys name its first query; of partitions, none of them
        is_union = bool(keys and node.output) and set(node.output) <= set(node.group_key)
        return f"ANALYZE {tables}{_OF_A_UNION if is_union else ''}."
    if len({relation for relation, _ in keys}) == 1:
        columns = [column for _, column in keys]
        return statistics_remedy(keys[0][0], columns, kind=" (ndistinct)", is_fresh=is_fresh)
    return f"ANALYZE {tables}."


def _is_of_several(node: PlanNode) -> bool:
    """Whether the rows come from several queries or tables, which have no statistics in common."""
    while node.node_type in _KEEPING and len(node.children) == 1:
        node = node.children[0]
    return node.node_type in ("Append", "Merge Append", "SetOp", "Recursive Union")


def _is_fresh(table: Table | None) -> bool:
    """Whether its statistics are known to be of nearly all its rows: to make them again changes nothing."""
    if table is None or table.rows <= 0 or not table.analyzes:
        return False
    return table.changed_rows < _CHANGED * table.rows


def _expression(node: PlanNode) -> str:
    """The one thing that a scan compares, where it is no column as it is: an index on it has statistics."""
    compared = read_comparisons(node)
    if len(compared) != 1 or node.index_cond or node.recheck_cond or not compared[0].columns:
        return ""
    is_known = compared[0].is_plain or compared[0].operator in ("", "IS NULL", "IS NOT NULL")
    return "" if is_known else expression_of(node, compared[0])


def _columns(text: str) -> list[str]:
    """The columns that the conditions of a scan compare; none where a function of one is compared."""
    conditions = [arm for each in read_conditions(text) for arm in (each.arms or (each,))]
    if any(condition.function for condition in conditions):
        return []
    return list(dict.fromkeys(condition.column for condition in conditions if condition.column))
