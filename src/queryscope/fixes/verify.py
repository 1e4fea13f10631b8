"""The last look at an edited chain: it loads what it should, and is otherwise what it was."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from queryscope.errors import EditRefusedError
from queryscope.fixes.arguments import missing
from queryscope.fixes.source import Replacement, Source

_CHANGED = frozenset({"iterator", "only", "prefetch_related", "select_related"})


def check_chain(
    source: Source, node: ast.expr, replacements: Sequence[Replacement], wanted: Mapping[str, Sequence[str]]
) -> None:
    """Accept replacements that lie in a chain.

    Raises:
        EditRefusedError: the result doesn't parse, doesn't load `wanted`, or differs in something else.
    """
    start, end = source.start(node), source.end(node)
    text = source.text[start:end]
    for each in sorted(replacements, key=lambda each: each.start, reverse=True):
        if start <= each.start and each.end <= end:
            text = text[: each.start - start] + each.text + text[each.end - start :]
    try:
        edited = ast.parse(f"({text}\n)", mode="eval").body
        is_same = list(_rest(edited)) == list(_rest(node))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        is_same = False
    if not is_same or any(missing(_arguments(edited, name), paths) for name, paths in wanted.items()):
        raise EditRefusedError(f"{source.path}:{node.lineno} is written in a way that no edit is safe for.")


def _rest(node: ast.expr) -> Iterator[str]:
    """What an edit must leave as it is: root, other calls with their arguments, slices."""
    while True:
        if isinstance(node, ast.Subscript):
            yield ast.dump(node.slice)
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            arguments = [ast.dump(each) for each in (*node.args, *node.keywords)]
            name = node.func.attr
            if name not in _CHANGED and (name != "all" or arguments):
                yield f"{name}({', '.join(arguments)})"
            elif name in _CHANGED:
                yield from (
                    text
                    for text in arguments
                    if not text.startswith("Constant(") and "chunk_size" not in text
                )
            node = node.func.value
        else:
            yield ast.dump(node)
            return


def _arguments(node: ast.expr, name: str) -> list[ast.expr]:
    """The arguments of all calls of that name in a chain."""
    found: list[ast.expr] = []
    while isinstance(node, ast.Call | ast.Subscript | ast.Attribute):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr == name:
                found += node.args
            node = node.func
        else:
            node = node.value
    return found
