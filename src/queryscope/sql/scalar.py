"""Scalar expressions as trees: of a statement, and as a plan prints them.

Every operator is one, whatever its signs; what has no reading is "other", with the columns in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from queryscope.sql.climbing import Parser, UnreadableError, is_token
from queryscope.sql.names import dotted, is_query
from queryscope.sql.nodes import Node as Node
from queryscope.sql.tokens import Group, Item, read_tokens

LONGEST = 40_000  # characters


_PLACEHOLDER = re.compile(
    r"""
      '[^']*+(?>(?:''[^']*+)*)' | "[^"]*+(?>(?:""[^"]*+)*)"
    | (?P<placeholder> %[sbt](?!\w) ) | (?P<percent> %% )
    """,
    re.VERBOSE,
)


def numbered(sql: str) -> str | None:
    """The statement with `$1`, `$2` … for its `%s`; None where parameters go by name, or into a text."""
    count = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal count
        if match["placeholder"]:
            count += 1
            return f"${count}"
        return "%" if match["percent"] else match.group()

    quoted = any("%s" in match.group() for match in _PLACEHOLDER.finditer(sql) if match.lastgroup is None)
    return None if quoted or "%(" in sql else _PLACEHOLDER.sub(replace, sql)


def read_scalar(text: str) -> Node:
    """The tree of a condition or an expression; "other" where it can't be read. Never raises."""
    if len(text) > LONGEST:
        return Node("other")
    return scalar_of(read_tokens(text))


def scalar_of(items: Sequence[Item]) -> Node:
    """The tree of these items."""
    try:
        parser = Parser(items)
        node = parser.expression()
        return node if parser.at == len(items) else _other(items)
    except (UnreadableError, RecursionError):
        return _other(items)


def conjuncts(node: Node) -> Iterator[Node]:
    """What stands under AND by itself."""
    if node.kind == "and":
        for arg in node.args:
            yield from conjuncts(arg)
    else:
        yield node


def _other(items: Sequence[Item]) -> Node:
    """Nothing is known but the columns."""
    try:
        return Node("other", args=tuple(_columns(items)))
    except RecursionError:
        return Node("other")


def _columns(items: Sequence[Item]) -> Iterator[Node]:
    at = 0
    while at < len(items):
        item = items[at]
        if isinstance(item, Group):
            if not is_query(item):
                yield from _columns(item.items)
            at += 1
        elif item.kind == "quoted" or (
            item.kind == "word" and at + 1 < len(items) and is_token(items[at + 1], "dot")
        ):
            path, at = dotted(items, at)
            yield Node("column", path[-1], table=path[-2] if len(path) > 1 else "")
        else:
            at += 1
