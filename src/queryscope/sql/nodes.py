"""Parts of an expression as a tree that is compared by what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Node:
    """One part of an expression.

    `kind` is "column", "value", "call", "cast", "operator", "array", "row", "test", "in", "and", "or", "not",
    "case" (conditions with their results, then what ELSE says), "query", "hidden" (a value that may not be
    told), "setting" (the project's time zone), "pattern" (what a pattern is like), or "other".
    `text` is the column's, function's, type's or operator's name, or the literal as it stands in SQL.
    """

    kind: str
    text: str = ""
    args: tuple[Node, ...] = ()
    table: str = ""  # of a column: the alias before it
    place: int = field(default=-1, compare=False)  # of a parameter: its number, from 0
    length: int | None = field(default=None, compare=False)  # of a "pattern": its longest word

    @property
    def columns(self) -> tuple[Node, ...]:
        """The columns in it, each once; those of subqueries are not among them."""
        return tuple(dict.fromkeys(node for node in self.walk() if node.kind == "column"))

    def walk(self) -> Iterator[Node]:
        """The node and all below it."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.args))
