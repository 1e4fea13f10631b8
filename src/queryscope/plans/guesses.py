"""Estimates that are none: of an expression without statistics PostgreSQL takes a fixed share of the rows."""

from __future__ import annotations

from queryscope.model import PlanNode
from queryscope.plans.comparisons import EQUALITY, ORDERED, Comparison, read_comparisons
from queryscope.plans.metrics import removed_rows, total_rows

# Of a comparison by equality (1 / DEFAULT_NUM_DISTINCT), by order (DEFAULT_INEQ_SEL), of a range.
GUESSES = (0.005, 1 / 3)
_TOLERANCE = 0.02  # the number of rows in the table is an estimate too


def guessed(node: PlanNode) -> Comparison | None:
    """The expression of whose rows PostgreSQL knew nothing, where the plan shows that it guessed."""
    read = total_rows(node) + removed_rows(node)
    if node.node_type != "Seq Scan" or node.parallel_aware or not read or not node.filter:
        return None
    compared = read_comparisons(node)
    if any(each.is_plain or each.arms for each in compared):  # with the share of that, it is no round number
        return None
    known = EQUALITY | ORDERED
    found = [each for each in compared if each.columns and each.is_constant and each.operator in known]
    if len(found) != len(compared) or not any(_is_share(node.plan_rows, read, guess) for guess in GUESSES):
        return None
    return found[0]


def _is_share(planned: float, read: float, guess: float) -> bool:
    return abs(planned - read * guess) <= max(1.0, read * guess * _TOLERANCE)


def expression_of(node: PlanNode, each: Comparison) -> str:
    """`upper(title)`, as a statement names it; "" where a value of it isn't kept."""
    if "…" in each.operand:
        return ""
    alias = node.alias or node.relation_name
    return each.operand.replace(f'"{alias}".', "").replace(f"{alias}.", "")
