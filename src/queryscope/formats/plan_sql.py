"""Which table, condition or key of the statement each node of its plan is about."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from queryscope.model import Plan, PlanNode
from queryscope.plans.metrics import walk
from queryscope.sql.names import Names, names_in
from queryscope.sql.parts import Part, read_condition, read_parts
from queryscope.sql.tokens import read_tokens

MOST_NODES = 2_000  # of a larger plan only so many are linked
MOST_LINKS = 60  # of one node
MOST_STEPS = 12  # equalities that one condition may follow from
_CONDITIONS = ("filter", "index_cond", "recheck_cond", "hash_cond", "merge_cond", "join_filter", "tid_cond")
_KEYS = ("sort_key", "presorted_key")
_NUMBERED = re.compile(r"_\d+$")  # PostgreSQL's way to tell namesakes apart
_WORDS = {
    "LockRows": "lock",
    "WindowAgg": "window",
    "Recursive Union": "set",
    "SetOp": "set",
    "Unique": "distinct",
}
_SUBPLAN = re.compile(r"\((?:hashed )?(?:InitPlan|SubPlan) \d+\)(?:\.col\d+)?|\(returns \$\d+\)")
_PLAIN = re.compile(r"^(partial|finalize)\s+", re.IGNORECASE)


def segments(text: str, parts: Sequence[Part]) -> list[list[object]]:
    """The statement in pieces: the text, and the number of its part, −1 for what is between."""
    found: list[list[object]] = []
    end = 0
    for number, part in enumerate(parts):
        if part.start > end:
            found.append([text[end : part.start], -1])
        found.append([text[part.start : part.end], number])
        end = part.end
    if end < len(text):
        found.append([text[end:], -1])
    return found


def link(plan: Plan, parts: Sequence[Part]) -> dict[int, list[int]]:
    """For the nodes of a plan, numbered depth first, the numbers of the parts that they are about."""
    links = _Links(parts)
    found = {}
    above: dict[int, PlanNode] = {}
    for node, _ in zip(walk(plan.root), range(MOST_NODES), strict=False):
        above.update((child.id, node) for child in node.children)
        numbers = sorted(set(links.of(node, above.get(node.id))))
        if numbers:
            found[node.id] = numbers[:MOST_LINKS]
    return found


class _Links:
    """The parts, found by what they name."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._kinds: defaultdict[str, list[int]] = defaultdict(list)
        self._named: defaultdict[tuple[str, frozenset[str]], list[int]] = defaultdict(list)
        self._equal: defaultdict[tuple[str, str], list[tuple[int, tuple[str, str]]]] = defaultdict(list)
        for number, part in enumerate(parts):
            self._kinds[part.kind].append(number)
            if part.names is not None:
                self._named[part.kind, _key(part.names)].append(number)
                self._note_equality(number, part)

    def of(self, node: PlanNode, parent: PlanNode | None) -> Iterator[int]:
        """Numbers of the parts that a node is about, some of them twice."""
        yield from self._tables(node)
        for name in _CONDITIONS:
            yield from self._conditions(getattr(node, name), _alias(node, parent))
        if node.node_type == "Nested Loop" and not node.join_filter:
            yield from self._looked_up(node)
        for key in (key for name in _KEYS for key in getattr(node, name)):
            yield from self._keys("sort", key)
            if parent is not None and parent.merge_cond:
                yield from self._joined_by(parent, names_in(read_tokens(key)).bare)
        if node.node_type in ("Aggregate", "Group"):
            yield from self._grouping(node)
        if node.node_type in _WORDS:
            yield from self._kinds[_WORDS[node.node_type]]
        if node.node_type in ("Append", "Merge Append") and not _is_partitioned(node):
            yield from self._kinds["set"]
        if node.node_type == "Limit":
            yield from self._kinds["limit"]

    def _note_equality(self, number: int, part: Part) -> None:
        if part.kind != "condition" or part.is_or or part.names is None or part.names.operators != {"="}:
            return
        if len(part.names.columns) == 2:
            one, other = part.names.columns
            self._equal[one].append((number, other))
            self._equal[other].append((number, one))

    def _tables(self, node: PlanNode) -> Iterator[int]:
        if node.subplan_name.startswith("CTE "):
            name = node.subplan_name.removeprefix("CTE ")
            yield from (number for number in self._kinds["with"] if self._parts[number].name == name)
        target = node.relation_name or node.cte_name or node.function_name
        for each in node.target_tables:
            yield from self._named_table(each.relation_name, each.alias)
        if target or node.node_type == "Subquery Scan":
            yield from self._named_table(target, node.alias)

    def _named_table(self, name: str, alias: str) -> list[int]:
        """The tables of that alias; where PostgreSQL had to number it, all that it can stand for."""
        tables = self._kinds["table"]
        same = [number for number in tables if name in ("", self._parts[number].name)]
        exact = [number for number in same if self._parts[number].alias == alias]
        bare = _NUMBERED.sub("", alias)  # of a partition the alias of its table
        numbered = [number for number in same or tables if self._parts[number].alias == bare]
        return exact or numbered or (same if name else [])

    def _conditions(self, text: str, alias: str) -> Iterator[int]:
        for operand in _operands(text):
            yield from self._condition(operand, alias) or self._followed(operand, alias)

    def _condition(self, names: Names, alias: str) -> list[int]:
        ranked = [
            (self._likeness(number, names, alias), number) for number in self._named["condition", _key(names)]
        ]
        best = max((rank for rank, _ in ranked), default=0)
        same = [number for rank, number in ranked if rank == best > 0]
        if not same and names.columns:
            same = [
                number
                for number in self._kinds["condition"]
                if self._parts[number].is_or and self._holds(number, names.bare)
            ]
        alike = [number for number in same if self._operators(number) & names.operators]
        return alike or same

    def _followed(self, names: Names, alias: str) -> list[int]:
        """The equalities that a join's own condition follows from: a = c from a = b and b = c."""
        if len(names.columns) != 2 or names.operators != {"="}:
            return []
        start, goal = ((table or alias, column) for table, column in names.columns)
        ways: dict[tuple[str, str], list[int]] = {start: []}
        waiting = [start]
        while waiting and goal not in ways:
            column = waiting.pop(0)
            for number, other in self._equal[column]:
                if other not in ways and len(ways[column]) < MOST_STEPS:
                    ways[other] = [*ways[column], number]
                    waiting.append(other)
        return ways.get(goal, [])

    def _operators(self, number: int) -> frozenset[str]:
        names = self._parts[number].names
        return names.operators if names is not None else frozenset()

    def _holds(self, number: int, columns: frozenset[str]) -> bool:
        names = self._parts[number].names
        return names is not None and columns <= names.bare

    def _likeness(self, number: int, names: Names, alias: str) -> int:
        """Whether the columns are of the same tables: 2 if they are, 1 if they may be, 0 if they aren't."""
        own = self._parts[number].names
        tables = {_NUMBERED.sub("", table or alias) for table, _ in names.columns}
        written = {_NUMBERED.sub("", table) for table, _ in own.columns} if own is not None else {""}
        if tables == written:
            return 2
        if "" not in tables | written:
            return 0
        known = tables - {""}, written - {""}
        return int(not all(known) or bool(known[0] & known[1]))

    def _looked_up(self, node: PlanNode) -> Iterator[int]:
        """A nested loop's condition is that of the index on its inner side."""
        inner = next((child for child in node.children if child.parent_relationship == "Inner"), None)
        while inner is not None and not inner.index_cond and len(inner.children) == 1:
            inner = inner.children[0]
        for operand in _operands(inner.index_cond) if inner is not None else ():
            if len(operand.columns) > 1:
                yield from self._condition(operand, inner.alias if inner is not None else "")

    def _joined_by(self, join: PlanNode, columns: frozenset[str]) -> Iterator[int]:
        """Of a merge join's conditions those that its input is sorted for."""
        for operand in _operands(join.merge_cond):
            if columns <= operand.bare:
                yield from self._condition(operand, "")

    def _keys(self, kind: str, text: str) -> list[int]:
        return self._named[kind, _key(names_in(read_tokens(text)))]

    def _grouping(self, node: PlanNode) -> Iterator[int]:
        keys = [
            *node.group_key,
            *(key for each in node.grouping_sets for keys in _sets(each) for key in keys),
        ]
        grouped = [number for key in keys for number in self._keys("group", key)]
        columns = {column for key in keys for column in names_in(read_tokens(key)).bare}
        for number in self._kinds["group"]:
            names = self._parts[number].names  # ROLLUP (a, b) is one key of the statement
            if (
                names is not None
                and columns
                and names.bare <= columns | {"grouping"}
                and names.bare & columns
            ):
                grouped.append(number)
        yield from grouped
        if keys and not grouped:
            yield from self._kinds["distinct"] or self._kinds["set"]
        for output in node.output:
            yield from self._named["aggregate", _key(names_in(read_tokens(_PLAIN.sub("", output))))]
        if not node.output:
            yield from self._kinds["aggregate"]


def _sets(each: object) -> Iterator[tuple[str, ...]]:
    for name in ("group_keys", "hash_keys"):
        yield from getattr(each, name)


def _operands(text: str) -> Iterator[Names]:
    """What the operands of AND name; of subplans nothing."""
    for operand in read_condition(_SUBPLAN.sub("…", text)) if text else ():
        if operand.names is not None:
            yield operand.names


def _is_partitioned(node: PlanNode) -> bool:
    """Whether an Append gathers the partitions of one table, and no UNION."""
    return len({_NUMBERED.sub("", child.alias) for child in node.children}) == 1


def _key(names: Names) -> frozenset[str]:
    """Columns by name; of what has none the functions."""
    return names.bare or frozenset(f"{call}()" for call in names.calls)


def _alias(node: PlanNode, parent: PlanNode | None) -> str:
    """The alias of a scan; a Bitmap Index Scan has that of the heap scan above."""
    return node.alias or (parent.alias if parent is not None else "")


def linked_sql(plan: Plan, text: str) -> dict[str, object]:
    """The statement in pieces, and the parts of each node, as the report's script takes them."""
    parts = read_parts(text)
    return {"sql": segments(text, parts), "links": link(plan, parts)}
