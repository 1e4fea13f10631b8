"""The triggers of the catalogue, R01 to R48, as plainly as it words them: what the corpus is held to.

They know neither noise nor suppressions: those are the rules' own. R14 is told by the catalog of the
database, not by a plan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from queryscope.model import Plan, PlanNode
from queryscope.plans.metrics import estimate_error, is_executed, measure, removed_rows, total_rows, walk
from queryscope.plans.shape import INDEX_SCANS, limit_above, parents

Trigger = Callable[[Plan], bool]
COLUMN = r"\(?\w+\.\"?\w+\"?\)?"


def nodes(plan: Plan, *types: str) -> Iterator[PlanNode]:
    """The nodes of these types that ran."""
    return (node for node in walk(plan.root) if node.node_type in types and is_executed(node))


def loops(node: PlanNode) -> float:
    return node.actual_loops or 0.0


def scans(plan: Plan, node: PlanNode) -> float:
    return measure(plan)[node.id].scans


def read_rows(node: PlanNode) -> float:
    return total_rows(node) + removed_rows(node)


def below(node: PlanNode) -> Iterator[PlanNode]:
    return (child for child in walk(node) if child is not node)


def condition(node: PlanNode) -> str:
    return node.filter


def seq_scans(plan: Plan) -> Iterator[PlanNode]:
    return nodes(plan, "Seq Scan")


def any_scan_filter(plan: Plan, pattern: str) -> bool:
    return any(re.search(pattern, node.filter) for node in seq_scans(plan))


def r04(plan: Plan) -> bool:
    return any(
        removed_rows(node) >= max(10 * total_rows(node), 1000)
        for node in nodes(plan, *INDEX_SCANS, "Bitmap Heap Scan")
        if limit_above(node, parents(plan.root)) is None
    )


def r05(plan: Plan) -> bool:
    above = parents(plan.root)
    for node in nodes(plan, *INDEX_SCANS):
        limit = limit_above(node, above)
        if limit is not None and removed_rows(node) >= 1000 * max(total_rows(limit), 1):
            return True
    return False


def r06(plan: Plan) -> bool:
    return any(
        sort.sort_method == "top-N heapsort" and total_rows(sort.children[0]) >= 10_000
        for sort in nodes(plan, "Sort")
    )


def r11(plan: Plan) -> bool:
    """An estimate that is ten times off, of rows that somebody would have read."""
    above = parents(plan.root)
    return any(
        estimate_error(node) > 10
        and (node.actual_rows or 0) >= 100
        and not ((node.actual_rows or 0) < node.plan_rows and limit_above(node, above) is not None)
        and node.node_type not in ("Limit", "Bitmap Index Scan")
        for node in walk(plan.root)
        if is_executed(node)
    )


def r12(plan: Plan) -> bool:
    above = parents(plan.root)
    return any(
        (node.actual_rows or 0) * 10 < node.plan_rows and limit_above(node, above) is not None
        for node in walk(plan.root)
        if is_executed(node)
    )


def r13(plan: Plan) -> bool:
    """A guess that is 0.5 % or a third of the rows, of a condition that is more than a column."""
    return any(
        re.search(r"upper\(|\* …|->>", node.filter)
        and any(
            abs(node.plan_rows - round(read_rows(node) * guess)) <= 1 + read_rows(node) / 1e5
            for guess in (0.005, 1 / 3)
        )
        for node in seq_scans(plan)
        if read_rows(node)
    )


def r15(plan: Plan) -> bool:
    for join in nodes(plan, "Nested Loop"):
        inner = join.children[-1]
        by_index = inner.node_type in INDEX_SCANS | {"Bitmap Heap Scan", "Memoize"}
        if total_rows(inner) >= 10_000_000 or (
            loops(inner) >= 1000 and not by_index and total_rows(inner) >= 1_000_000
        ):
            return True
    return False


def r17(plan: Plan) -> bool:
    for node in walk(plan.root):
        if node.parent_relationship == "SubPlan" and is_executed(node):
            reads = any(child.node_type == "Seq Scan" for child in walk(node))
            if loops(node) >= 100 or (reads and loops(node) >= 2):
                return True
    return False


def r18(plan: Plan) -> bool:
    return any(
        node.rows_removed_by_join_filter * loops(node) >= max(10 * total_rows(node), 10_000)
        for node in nodes(plan, "Nested Loop", "Hash Join", "Merge Join")
    )


def r20(plan: Plan) -> bool:
    return any(
        not node.lossy_heap_blocks and node.rows_removed_by_index_recheck > (node.actual_rows or 0)
        for node in nodes(plan, "Bitmap Heap Scan", *INDEX_SCANS)
    )


def r22(plan: Plan) -> bool:
    """Half of the book table or more, by an index, from the heap."""
    return any(
        node.relation_name == "book" and total_rows(node) >= 20_000 for node in nodes(plan, "Index Scan")
    ) and not any(node.node_type == "Limit" for node in walk(plan.root))


def r23(plan: Plan) -> bool:
    return any(
        total_rows(limit.children[0]) >= 1000 and total_rows(limit.children[0]) > 10 * total_rows(limit)
        for limit in nodes(plan, "Limit")
        if limit.children
    )


def r24(plan: Plan) -> bool:
    root = plan.root
    scan = next((node for node in walk(root) if not node.children), root)
    return (
        root.node_type == "Aggregate"
        and root.output == ("count(*)",)
        and all(len(node.children) <= 1 for node in walk(root))
        and scan.node_type in ("Seq Scan", "Index Only Scan")
        and not (scan.filter or scan.index_cond)
    )


def r25(plan: Plan) -> bool:
    for node in seq_scans(plan):
        if " OR " in node.filter and " AND " not in node.filter:
            columns = {re.findall(r"\w+\.(\w+)", arm)[0] for arm in node.filter.split(" OR ")}
            if len(columns) > 1:
                return True
    return False


def r30(plan: Plan) -> bool:
    planning, execution = plan.planning_time_ms or 0, plan.execution_time_ms or 0
    return planning > execution and planning > 10


def r31(plan: Plan) -> bool:
    return any(node.workers_launched < node.workers_planned for node in nodes(plan, "Gather", "Gather Merge"))


def r32(plan: Plan) -> bool:
    has_gather = any(node.workers_planned for node in walk(plan.root))
    return not has_gather and any(read_rows(node) >= 100_000 for node in seq_scans(plan))


def r33(plan: Plan) -> bool:
    metrics = measure(plan)
    return any(metrics[node.children[0].id].total_ms < 10 for node in nodes(plan, "Gather", "Gather Merge"))


def r38(plan: Plan) -> bool:
    """Rows of a join are made one each: no aggregate function is reckoned."""
    return any(
        any("Join" in child.node_type or child.node_type == "Nested Loop" for child in walk(node))
        and total_rows(node) * 2 <= total_rows(node.children[0])
        and not any("(" in text for text in node.output)
        for node in nodes(plan, "Unique", "Aggregate")
    )


def r41(plan: Plan) -> bool:
    hit, read = plan.root.shared_hit_blocks, plan.root.shared_read_blocks
    return read > hit


def r44(plan: Plan) -> bool:
    sent = plan.serialization
    return (
        sent is not None
        and sent.output_volume_kb > 1024
        and sent.time_ms > 0.2 * (plan.execution_time_ms or 0)
    )


def r45(plan: Plan) -> bool:
    return any(
        sum(is_executed(child) for child in node.children) >= 20
        for node in nodes(plan, "Append", "Merge Append")
    )


def r46(plan: Plan) -> bool:
    for node in nodes(plan, "Incremental Sort"):
        groups = (node.full_sort_groups.group_count if node.full_sort_groups else 0) + (
            node.pre_sorted_groups.group_count if node.pre_sorted_groups else 0
        )
        if total_rows(node.children[0]) / max(groups, 1) >= 500:
            return True
    return False


def r47(plan: Plan) -> bool:
    found = [node for node in seq_scans(plan) if read_rows(node) > 1000]
    return len(found) >= 3 and sum(read_rows(node) for node in found) >= 100_000


def r48(plan: Plan) -> bool:
    tables = [node for node in walk(plan.root) if node.relation_name and is_executed(node)]
    return bool(tables) and all(node.relation_name in ("shelf", "publisher") for node in tables)


TRIGGERS: dict[str, Trigger] = {
    "R01": lambda plan: any(
        removed_rows(node) >= 10_000 and removed_rows(node) >= 0.9 * read_rows(node)
        for node in seq_scans(plan)
    ),
    "R02": lambda plan: any(
        node.filter and read_rows(node) >= 10_000 and total_rows(node) >= 0.2 * read_rows(node)
        for node in seq_scans(plan)
    ),
    "R03": lambda plan: any(read_rows(node) / max(loops(node), 1) < 500 for node in seq_scans(plan)),
    "R04": r04,
    "R05": r05,
    "R06": r06,
    "R07": lambda plan: any(
        part.sort_space_type == "Disk" for node in nodes(plan, "Sort") for part in (node, *node.workers)
    ),
    "R08": lambda plan: any(node.hash_batches > 1 for node in nodes(plan, "Hash")),
    "R09": lambda plan: any(node.hashagg_batches > 1 for node in nodes(plan, "Aggregate")),
    "R10": lambda plan: plan.root.temp_written_blocks + plan.root.temp_read_blocks > 0,
    "R11": r11,
    "R12": r12,
    "R13": r13,
    "R15": r15,
    "R16": lambda plan: any(scans(plan, node) > 1 for node in seq_scans(plan)),
    "R17": r17,
    "R18": r18,
    "R19": lambda plan: any(
        node.lossy_heap_blocks > node.exact_heap_blocks for node in nodes(plan, "Bitmap Heap Scan")
    ),
    "R20": r20,
    "R21": lambda plan: any(
        node.heap_fetches > 0.4 * total_rows(node) for node in nodes(plan, "Index Only Scan")
    ),
    "R22": r22,
    "R23": r23,
    "R24": r24,
    "R25": r25,
    "R26": lambda plan: any_scan_filter(
        plan, rf"(?:upper|lower|date_trunc)\(+{COLUMN}|\({COLUMN}\)::date|{COLUMN} ->>? "
    ),
    "R27": lambda plan: any_scan_filter(plan, rf"{COLUMN}\)::(?:numeric|double precision) ="),
    "R28": lambda plan: False,  # by the text of the statement, see test_corpus
    "R29": lambda plan: (
        plan.jit_ms is not None
        and plan.jit_ms >= 0.3 * (plan.execution_time_ms or 0)
        and (plan.execution_time_ms or 0) < 2000
    ),
    "R30": r30,
    "R31": r31,
    "R32": r32,
    "R33": r33,
    "R34": lambda plan: any(
        node.cache_evictions or node.cache_hits < node.cache_misses
        for node in nodes(plan, "Memoize")
        if node.cache_hits + node.cache_misses >= 1000
    ),
    "R35": lambda plan: any(loops(node) >= 1000 for node in nodes(plan, "Materialize")),
    "R36": lambda plan: any(
        removed_rows(node) > 0.5 * read_rows(node) and read_rows(node) >= 100
        for node in nodes(plan, "CTE Scan")
    ),
    "R37": lambda plan: plan.root.plan_width >= 1000 and total_rows(plan.root) >= 100,
    "R38": r38,
    "R39": lambda plan: plan.trigger_ms >= 0.2 * (plan.execution_time_ms or 0) > 0,
    "R40": lambda plan: plan.root.shared_dirtied_blocks + plan.root.shared_written_blocks > 0,
    "R41": r41,
    "R42": lambda plan: any(node.index_searches > 10 * loops(node) for node in nodes(plan, *INDEX_SCANS)),
    "R43": lambda plan: any(node.disabled for node in walk(plan.root)),
    "R44": r44,
    "R45": r45,
    "R46": r46,
    "R47": r47,
    "R48": r48,
}
