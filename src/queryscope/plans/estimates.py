"""Row estimates that were wrong, each located at the lowest node that owes its error to no other."""

from __future__ import annotations

from dataclasses import dataclass

from queryscope.model import Plan, PlanNode
from queryscope.plans.metrics import is_executed
from queryscope.plans.readers import Tree, find_deferred
from queryscope.plans.shape import gives_twice, parents, stops_early

_GATHERS = frozenset({"Gather", "Gather Merge"})
LEAST_FACTOR = 10.0
LEAST_ROWS = 100.0

# They count something else than rows, or hand on what another node gave, some of it more than once.
UNCOUNTED = frozenset(
    {
        "Append",
        "Bitmap Index Scan",
        "BitmapAnd",
        "BitmapOr",
        "Gather",
        "Gather Merge",
        "Hash",
        "Limit",
        "LockRows",
        "Materialize",
        "Memoize",
        "Merge Append",
        "ModifyTable",
        "Recursive Union",
        "WindowAgg",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Misestimate:
    """A node that gave far more or fewer rows than were planned, though what it reads was estimated well."""

    node: int  # PlanNode.id
    planned: float  # rows of one loop; of what workers share, of all of them together
    actual: float
    factor: float  # how many times off, more than 1
    is_underestimate: bool  # more rows came than were planned
    carried_by: tuple[int, ...] = ()  # nodes above, upwards without a gap, whose estimate is off too


def find_misestimates(
    plan: Plan, *, least_factor: float = LEAST_FACTOR, least_rows: float = LEAST_ROWS
) -> tuple[Misestimate, ...]:
    """The lowest causes, worst first. Rows that nobody asked for, under a LIMIT say, are no error."""
    tree = Tree.of(plan.root)
    above = parents(plan.root)
    counts = _counts(tree)
    factors = [
        _factor(tree, position, above, counts[position], least_rows) for position in range(len(counts))
    ]
    is_off = [factor >= least_factor for factor in factors]
    has_off_below = _has_off_below(tree, is_off)
    causes = [position for position in range(len(is_off)) if is_off[position] and not has_off_below[position]]
    found = [
        _misestimate(
            tree.nodes[position].id, counts[position], factors[position], _carriers(tree, position, is_off)
        )
        for position in causes
    ]
    return tuple(sorted(found, key=lambda one: -one.factor))


def _has_off_below(tree: Tree, is_off: list[bool]) -> list[bool]:
    """For every node whether an estimate below it is off; the rows of a CTE Scan are those of its CTE."""
    found = [False] * len(is_off)
    for position in range(len(is_off) - 1, 0, -1):
        if is_off[position] or found[position]:
            found[tree.parents[position]] = True
    for one in find_deferred(tree):
        if one.is_cte and (is_off[one.position] or found[one.position]):
            for reader in one.readers:
                found[reader] = True
    return found


def _misestimate(
    node: int, counted: tuple[float, float], factor: float, carried_by: tuple[int, ...]
) -> Misestimate:
    planned, actual = counted
    return Misestimate(
        node=node,
        planned=planned,
        actual=actual,
        factor=factor,
        is_underestimate=actual > planned,
        carried_by=carried_by,
    )


def _counts(tree: Tree) -> list[tuple[float, float]]:
    """Rows planned and rows given: of one loop; of what workers share, those of all of them together."""
    found = [(node.plan_rows, node.actual_rows or 0.0) for node in tree.nodes]
    partial = [False] * len(found)
    for position in range(len(found) - 1, -1, -1):
        node, up = tree.nodes[position], tree.parents[position]
        partial[position] = (partial[position] or node.parallel_aware) and node.node_type not in _GATHERS
        if partial[position] and up >= 0 and node.parent_relationship in ("Outer", "Subquery"):
            partial[up] = True
    for position, node in enumerate(tree.nodes):
        gather = _gather_above(tree, position) if partial[position] else None
        if gather is not None:
            found[position] = _of_all(node, tree.nodes[gather], tree.parents[position] == gather)
    return found


def _gather_above(tree: Tree, position: int) -> int | None:
    while position >= 0:
        if tree.nodes[position].node_type in _GATHERS:
            return position
        position = tree.parents[position]
    return None


def _of_all(node: PlanNode, gather: PlanNode, is_gathered: bool) -> tuple[float, float]:
    """What is planned for a process is rounded, to one row at least; the node that gathers knows better."""
    planned = gather.plan_rows if is_gathered else node.plan_rows * _divisor(gather.workers_planned)
    return planned, (node.actual_rows or 0.0) * (node.actual_loops or 0.0)


def _divisor(workers: int) -> float:
    """By how much PostgreSQL divides the rows of a partial path (get_parallel_divisor)."""
    return workers + max(1 - 0.3 * workers, 0.0)


def _factor(
    tree: Tree,
    position: int,
    above: dict[int, PlanNode],
    counted: tuple[float, float],
    least_rows: float,
) -> float:
    """How far off a node is; 1 where its rows tell nothing of its estimate."""
    node = tree.nodes[position]
    planned, actual = counted
    if node.node_type in UNCOUNTED or not is_executed(node) or actual < least_rows:
        return 1.0
    if actual < planned and stops_early(node, above):
        return 1.0
    if actual > planned and (gives_twice(node, above) or _reads_work_table(tree, position)):
        return 1.0
    planned, actual = max(planned, 1.0), max(actual, 1.0)
    return max(actual / planned, planned / actual)


def _reads_work_table(tree: Tree, position: int) -> bool:
    """Whether a node is in the recursive part of a CTE: its rows are a guess."""
    below = range(position, tree.ends[position])
    return any(tree.nodes[at].node_type == "WorkTable Scan" for at in below)


def _carriers(tree: Tree, position: int, is_off: list[bool]) -> tuple[int, ...]:
    found = []
    up = tree.parents[position]
    while up >= 0 and (is_off[up] or tree.nodes[up].node_type in UNCOUNTED):
        if is_off[up]:
            found.append(tree.nodes[up].id)
        up = tree.parents[up]
    return tuple(found)
