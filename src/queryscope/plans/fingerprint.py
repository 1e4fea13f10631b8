"""The shape of a plan, for telling whether two runs of a query were planned alike."""

from __future__ import annotations

import re
from hashlib import sha256

from queryscope.model import Plan, PlanNode
from queryscope.plans.redact import VALUE

# A value is printed with its type where the type doesn't follow from it: 5, but '5.0'::numeric.
_CAST = re.compile(
    rf"""{VALUE}(?:::(?:"[^"]*"|[a-z_][\w.]*)(?:\ varying|\ precision)?
         (?:\(\d+(?:,\s*-?\d+)?\))?(?:\ with(?:out)?\ time\ zone)?(?:\[\])*)+""",
    re.VERBOSE,
)
_LIST = re.compile(rf"{VALUE}(?:, ?{VALUE})+")

_CONDITIONS = (
    "filter",
    "index_cond",
    "recheck_cond",
    "hash_cond",
    "merge_cond",
    "join_filter",
    "order_by",
    "tid_cond",
    "one_time_filter",
    "run_condition",
    "conflict_filter",
    "cache_key",
    "function_call",
    "table_function_call",
    "remote_sql",
)
_NAMES = (
    "node_type",
    "parent_relationship",
    "subplan_name",
    "join_type",
    "strategy",
    "partial_mode",
    "operation",
    "command",
    "scan_direction",
    "schema",
    "relation_name",
    "index_name",
    "cte_name",
    "function_name",
    "table_function_name",
    "sampling_method",
    "relations",
)
_KEYS = ("sort_key", "presorted_key", "group_key", "conflict_arbiter_indexes")


def plan_fingerprint(plan: Plan) -> str:
    """16 hexadecimal digits: alike for plans that differ in values, rows, costs and times only."""
    text = "\n".join(shape_lines(plan.root))
    return sha256(text.encode()).hexdigest()[:16]


def shape_lines(root: PlanNode) -> list[str]:
    """The shape as text, one node a line."""
    lines = []
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        lines.append(f"{depth} {_describe(node)}")
        waiting.extend((child, depth + 1) for child in reversed(node.children))
    return lines


def condition_shape(text: str) -> str:
    """A condition without the types and the number of its values, which change with the values."""
    return _LIST.sub(VALUE, _CAST.sub(VALUE, text)) if VALUE in text else text


def _describe(node: PlanNode) -> str:
    parts = [f"{name}={value}" for name in _NAMES if (value := getattr(node, name))]
    if node.parallel_aware:
        parts.append("parallel")
    for name in _CONDITIONS + _KEYS:
        value = getattr(node, name)
        if value:
            text = value if isinstance(value, str) else "; ".join(value)
            parts.append(f"{name}={condition_shape(text)}")
    parts += [f"set={one.sort_key}{one.group_keys}{one.hash_keys}" for one in node.grouping_sets]
    return " | ".join(parts)
