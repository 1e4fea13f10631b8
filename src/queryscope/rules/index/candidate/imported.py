"""Files of the project that a file imports: its constants and managers may stand there."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath

_ELSEWHERE = sys.stdlib_module_names | {"django"}


@lru_cache(maxsize=64)
def parsed(source: str) -> ast.Module | None:
    """The tree of a file, which nobody changes; None if it is no Python."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def imported_files(source: str, path: str) -> tuple[str, ...]:
    """Where the modules may be that a file imports from, as paths like its own; most of them don't exist.

    Args:
        source: its text.
        path: where it stands below the project's root, with "/".
    """
    tree = parsed(source)
    if tree is None or PurePosixPath(path).is_absolute():  # a further package's: what lies around it isn't
        return ()
    return tuple(dict.fromkeys(file for node in tree.body for file in _files(node, PurePosixPath(path))))


def _files(node: ast.stmt, path: PurePosixPath) -> Iterator[str]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            for folder in path.parents:
                yield from _module(folder, alias.name)
    if not isinstance(node, ast.ImportFrom):
        return
    folders = path.parents if node.level == 0 else path.parents[node.level - 1 : node.level]
    for folder in folders:
        yield from _module(folder, node.module or "")
        for alias in node.names:  # a module itself: `from shop import states`
            yield from _module(folder, ".".join(filter(None, (node.module, alias.name))), is_package=False)


def _module(folder: PurePosixPath, name: str, *, is_package: bool = True) -> Iterator[str]:
    if name.partition(".")[0] in _ELSEWHERE:
        return
    stem = folder.joinpath(*filter(None, name.split(".")))
    if name and stem.name != "*":
        yield f"{stem}.py"
    if is_package:
        yield str(stem / "__init__.py")
