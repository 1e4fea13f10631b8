"""Take one call out of a chain."""

from __future__ import annotations

import ast

from queryscope.errors import EditRefusedError
from queryscope.fixes.chain import Link
from queryscope.fixes.source import Replacement, Source


def removed_call(source: Source, link: Link, name: str = "") -> Replacement:
    """The replacement that takes `.distinct()` away, with the line that holds nothing else.

    Args:
        source: the file.
        link: the call.
        name: of the variable that holds the queryset: of `name = name.distinct()` nothing is left.

    Raises:
        EditRefusedError: a comment stands where the call is written.
    """
    start, end = source.end(link.attribute.value), source.end(link.call)
    text = source.text[start:end]
    if "#" in text:
        raise EditRefusedError(f"a comment stands before {link.name}().")
    statement = source.parents.get(link.call)
    if (
        isinstance(statement, ast.Assign)
        and isinstance(link.attribute.value, ast.Name)
        and link.attribute.value.id == name
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
        and statement.targets[0].id == name
    ):
        return _removed_statement(source, statement)
    opening = text.index(".")  # closing brackets may stand before it
    before = text[:opening]
    start += len(before.rstrip(" \t\r\n\\"))
    return Replacement(start, end, "")


def _removed_statement(source: Source, statement: ast.stmt) -> Replacement:
    parent = source.parents[statement]
    is_alone = any(body == [statement] for _, body in ast.iter_fields(parent) if isinstance(body, list))
    start, end = source.offset(statement.lineno, 0), source.end(statement)
    rest = source.text[end:].partition("\n")[0]
    if is_alone:
        return Replacement(source.start(statement), end, "pass")
    if not source.starts_line(statement) or rest.strip():
        raise EditRefusedError("several things stand on the line of distinct().")
    return Replacement(start, end + len(rest) + 1, "")
