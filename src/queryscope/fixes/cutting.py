"""Cut arguments out of a call, or a statement out of a body, with the lines and commas that are theirs."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence

from queryscope.errors import EditRefusedError
from queryscope.fixes.source import Replacement, Source

_REST_OF_ITEM = re.compile(r"[ \t]*,?[ \t]*(#[^\r\n]*)?(\r\n|\r|\n)")


def cut_items(source: Source, items: Sequence[ast.expr], dropped: Collection[int]) -> list[Replacement]:
    """The replacements that leave some of several items out; at least one stays.

    Raises:
        EditRefusedError: a comment would be left to another item.
    """
    if not dropped:
        return []
    if all(_has_lines(source, items[index]) for index in dropped):
        return [_lines_of(source, items[index]) for index in sorted(dropped)]
    kept = [index for index in range(len(items)) if index not in dropped]
    last = kept[-1]
    spans = [
        (source.start(items[index]), source.start(items[index + 1]))
        for index in sorted(dropped)
        if index < last
    ]
    if last < len(items) - 1:
        spans.append((source.end(items[last]), source.end(items[-1])))
    if any("#" in source.text[start:end] for start, end in spans):
        raise EditRefusedError(f"A comment stands between the names at {source.path}:{items[0].lineno}.")
    return [Replacement(start, end, "") for start, end in spans]


def _has_lines(source: Source, item: ast.expr) -> bool:
    """Whether an item has its lines for itself."""
    return source.starts_line(item) and bool(_REST_OF_ITEM.match(source.text, source.end(item)))


def _lines_of(source: Source, item: ast.expr) -> Replacement:
    rest = _REST_OF_ITEM.match(source.text, source.end(item))
    assert rest is not None
    return Replacement(source.offset(item.lineno, 0), rest.end(), "")


def with_comma(
    source: Source, whole: ast.Tuple, kept: Sequence[ast.expr], cut: list[Replacement]
) -> list[Replacement]:
    """The same cuts of a tuple; where one item is left, with the comma that makes it one."""
    end = source.end(kept[0])
    later = [each for each in cut if each.start >= end]
    rest = source.apply(later)[end : source.end(whole) - sum(map(_length, later))]
    if len(kept) > 1 or "," in rest.partition("#")[0]:
        return cut
    for index, each in enumerate(cut):
        if each.start == end:
            return [*cut[:index], Replacement(end, each.end, "," + each.text), *cut[index + 1 :]]
    return [*cut, Replacement(end, end, ",")]


def _length(replacement: Replacement) -> int:
    return replacement.end - replacement.start - len(replacement.text)


def cut_statement(source: Source, statement: ast.stmt, body: Sequence[ast.stmt]) -> Replacement:
    """Leave a statement out; the only one of its body gives way to `pass`.

    Raises:
        EditRefusedError: it shares its lines with another one.
    """
    start, end = source.start(statement), source.end(statement)
    if len(body) == 1:
        return Replacement(start, end, "pass")
    rest = re.compile(r"[ \t]*(#[^\r\n]*)?(\r\n|\r|\n|\Z)").match(source.text, end)
    if not source.starts_line(statement) or rest is None:
        raise EditRefusedError(f"Another statement stands on line {statement.lineno} of {source.path}.")
    return Replacement(source.offset(statement.lineno, 0), rest.end(), "")
