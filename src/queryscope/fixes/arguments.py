"""Add names to the arguments of a call, or to a list or tuple, where they stand and as they are written."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from queryscope.fixes.source import Replacement, Source


def literals(items: Sequence[ast.expr]) -> list[str]:
    """The strings that are written out."""
    return [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]


def is_within(path: str, longer: str) -> bool:
    """Whether a lookup path implies another: `author` is implied by `author__publisher`."""
    return longer == path or longer.startswith(path + "__")


def missing(items: Sequence[ast.expr], paths: Sequence[str]) -> tuple[str, ...]:
    """The paths that no item names yet."""
    present = literals(items)
    return tuple(path for path in paths if not any(is_within(path, name) for name in present))


def extended(items: Sequence[ast.expr], paths: Sequence[str]) -> tuple[str, ...]:
    """The names written out afterwards."""
    added = missing(items, paths)
    kept = [name for name in literals(items) if not any(is_within(name, path) for path in added)]
    return tuple(dict.fromkeys((*kept, *added)))


def extend(
    source: Source, items: Sequence[ast.expr], paths: Sequence[str], *, in_place: bool = True
) -> list[Replacement]:
    """The replacements that add `paths` to at least one item.

    Args:
        source: the file.
        items: arguments of a call, or elements of a list.
        paths: what they should name.
        in_place: let a name that a new path implies give way to it; otherwise all go to the end.
    """
    left = list(missing(items, paths))
    replacements = []
    for item in items if in_place else ():
        if not isinstance(item, ast.Constant) or not isinstance(item.value, str):
            continue
        name = item.value
        longer = [path for path in left if is_within(name, path)]
        if longer:
            left = [path for path in left if path not in longer]
            text = quoted(longer, _mark(source, item))
            replacements.append(Replacement(source.start(item), source.end(item), text))
    if left:
        replacements.append(_appended(source, items, left, replacements))
    return replacements


def quoted(paths: Sequence[str], mark: str) -> str:
    """`"author", "publisher"`."""
    return ", ".join(f"{mark}{path}{mark}" for path in paths)


def _mark(source: Source, item: ast.expr) -> str:
    mark = source.quote_of(item)
    return mark if len(mark) == 1 else source.quote


def _appended(
    source: Source, items: Sequence[ast.expr], paths: list[str], replacements: list[Replacement]
) -> Replacement:
    last = items[-1]
    written = [item for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    mark = _mark(source, written[-1]) if written else source.quote
    is_column = source.starts_line(last) and source.starts_line(items[0])
    between = f",{source.newline}{source.indent_of(last.lineno)}" if is_column else ", "
    text = "".join(f"{between}{mark}{path}{mark}" for path in paths)
    end = source.end(last)
    # The last item may itself give way to a longer name: one replacement then does both.
    for index, known in enumerate(replacements):
        if known.end == end:
            del replacements[index]
            return Replacement(known.start, end, known.text + text)
    return Replacement(end, end, text)
