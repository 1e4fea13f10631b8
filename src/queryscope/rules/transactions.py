"""What the bounds of transactions tell, and where the source opens them."""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from queryscope.fixes.chain import node_at
from queryscope.fixes.loops import find_loop
from queryscope.fixes.opening import Block, atomic_around, is_atomic
from queryscope.model import ConnectionEvent, Frame, Query, QueryGroup, Trace
from queryscope.rules.once import executions, once
from queryscope.rules.remedy import Context

_With = ast.With | ast.AsyncWith


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One transaction that began and ended while the trace was recorded."""

    alias: str
    thread: int
    started_ms: float
    ended_ms: float
    end: str  # "commit", "rollback", "close"
    queries: tuple[Query, ...]  # of the sample, savepoints included

    @property
    def open_ms(self) -> float:
        """How long it was open."""
        return self.ended_ms - self.started_ms


def transactions_of(trace: Trace) -> list[Transaction]:
    """All transactions of a trace, in order of their ends."""
    open_since: dict[tuple[str, int], ConnectionEvent] = {}
    queries = _by_connection(trace) if trace.connections else {}
    found = []
    for event in sorted(trace.connections, key=lambda each: each.started_ms):
        key = (event.alias, event.thread)
        if event.kind == "begin":
            open_since[key] = event
        elif event.kind in ("commit", "rollback", "close") and key in open_since:
            begin = open_since.pop(key)
            found.append(
                Transaction(
                    alias=event.alias,
                    thread=event.thread,
                    started_ms=begin.started_ms,
                    ended_ms=event.started_ms + event.duration_ms,
                    end=event.kind,
                    queries=_within(queries.get(key, []), event, begin),
                )
            )
    return found


def _by_connection(trace: Trace) -> dict[tuple[str, int], list[Query]]:
    """The queries of each connection, in order."""
    found = defaultdict[tuple[str, int], list[Query]](list)
    aliases = [group.alias for group in trace.groups]
    for query in trace.queries:
        found[aliases[query.group], query.thread].append(query)
    for queries in found.values():
        queries.sort(key=_start)
    return found


def _start(query: Query) -> float:
    return query.started_ms


def _within(queries: list[Query], end: ConnectionEvent, begin: ConnectionEvent) -> tuple[Query, ...]:
    first = bisect_left(queries, begin.started_ms, key=_start)
    return tuple(queries[first : bisect_right(queries, end.started_ms, key=_start)])


class Begins:
    """When transactions began, and when the queries of each group ran: read once for a trace."""

    def __init__(self, trace: Trace) -> None:
        self._begins: dict[str, list[float]] = {}
        for event in trace.connections:
            if event.kind == "begin":
                self._begins.setdefault(event.alias, []).append(event.started_ms)
        for times in self._begins.values():
            times.sort()
        self._queries = executions(trace) if self._begins else {}

    def has_each(self, group: QueryGroup) -> bool:
        """Whether each of a group's queries ran in a transaction of its own."""
        begins, held = self._begins.get(group.alias), self._queries.get(group.index, ())
        if begins is None or len(held) < 2 or not group.is_in_transaction:
            return False
        first, last = held[0].started_ms, held[-1].started_ms
        return bisect_right(begins, last) - bisect_left(begins, first) >= len(held) - 1


@once
def begins_of(trace: Trace) -> Begins:
    """When the transactions of a trace began."""
    return Begins(trace)


def opens_transaction(stack: Sequence[Frame], context: Context) -> bool:
    """Whether the source opens a transaction between a line and the loop that runs it."""
    loop = find_loop(stack, context.sources)
    for depth, frame in enumerate(stack if loop is None else stack[: loop.depth + 1]):
        source = context.sources.around(frame)
        node = node_at(source, frame) if source is not None else None
        if source is None or node is None:
            continue
        stop = loop.node if loop is not None and depth == loop.depth else None
        if atomic_around(source, node, stop, context.sources) is not None:
            return True
    return False


@dataclass(frozen=True, slots=True)
class Opening:
    """Where the source opens a transaction: the `with`, or the decorator of a function."""

    frame: Frame  # that ran inside of it
    block: Block

    @property
    def line(self) -> ast.With | ast.AsyncWith | ast.expr:
        """The `with` or the decorator."""
        if isinstance(self.block, _With):
            return self.block
        return next(filter(is_atomic, self.block.decorator_list))


def opening(stack: Sequence[Frame], alias: str, context: Context) -> Opening | None:
    """What opens the transaction around a stack: the outermost; those within set savepoints only.

    Args:
        stack: of the first statement in the transaction; a savepoint at the head of a `with` says that one
            was open before.
        alias: of its database.
        context: where the sources are.
    """
    found: Opening | None = None
    for frame in stack:
        source = context.sources.around(frame)
        node: ast.AST | None = node_at(source, frame) if source is not None else None
        while source is not None and node is not None:
            block = atomic_around(source, node, sources=context.sources)
            if block is None:
                break
            is_head = isinstance(source.parents.get(node), ast.withitem)
            if not is_head and _is_of(block, alias):
                found = Opening(frame, block)
            node = source.parents.get(block) if isinstance(block, _With) else None
    return found


def _is_of(block: Block, alias: str) -> bool:
    """Whether a transaction may be of that database, as far as its name is written out."""
    held = (
        [item.context_expr for item in block.items]
        if isinstance(block, _With)
        else [*filter(is_atomic, block.decorator_list)][:1]
    )
    if not any(map(is_atomic, held)):
        return True  # a context manager of the project's own
    for node in filter(is_atomic, held):
        given = (
            [*node.args, *(each.value for each in node.keywords if each.arg == "using")]
            if isinstance(node, ast.Call)
            else []
        )
        names = [
            each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)
        ]
        is_named = any(isinstance(each, ast.Name | ast.Attribute) for each in given)
        if alias in (names or ["default"]) or is_named:
            return True
    return False
