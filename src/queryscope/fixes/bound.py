"""What a name of the project's code stands for: a function or class, here or where it is imported from."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from queryscope.fixes.source import Source
from queryscope.fixes.sources import Sources

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Found = tuple[Source, ast.AST]


class Places:
    """Functions and classes of modules, found by the names that code gives them."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._tops: dict[Source, dict[str, ast.stmt | tuple[str, int, str]]] = {}

    def of(self, source: Source, node: ast.Name | ast.Attribute) -> _Found | None:
        """The definition behind `helper` or `services.helper`."""
        if isinstance(node, ast.Name):
            return self.named(source, node.id)
        if not isinstance(node.value, ast.Name):
            return None
        bound = self._top(source).get(node.value.id)
        if not isinstance(bound, tuple):
            return None
        module, level, name = bound
        below = ".".join(filter(None, (module, name)))
        found = self._module(source, below, level)
        return None if found is None else self.named(found, node.attr)

    def named(self, source: Source, name: str, depth: int = 3) -> _Found | None:
        """The definition of a name at the top of a module, followed through imports."""
        bound = self._top(source).get(name)
        if bound is None or depth < 0:
            return None
        if not isinstance(bound, tuple):
            return source, bound
        module, level, original = bound
        found = self._module(source, module, level) if original else None
        return None if found is None else self.named(found, original, depth - 1)

    def _top(self, source: Source) -> dict[str, ast.stmt | tuple[str, int, str]]:
        """Names of a module: a definition, or (module, level, name) of an import."""
        known = self._tops.get(source)
        if known is None:
            known = self._tops[source] = {}
            for node in ast.walk(source.tree):
                if isinstance(node, ast.ImportFrom):
                    for alias in node.names:
                        known[alias.asname or alias.name] = (node.module or "", node.level, alias.name)
                elif isinstance(node, ast.Import):
                    for alias in node.names:
                        if alias.asname or "." not in alias.name:
                            known[alias.asname or alias.name] = (alias.name, 0, "")
            for statement in source.tree.body:
                if isinstance(statement, _Function | ast.ClassDef):
                    known[statement.name] = statement
        return known

    def _module(self, source: Source, module: str, level: int) -> Source | None:
        folder = PurePosixPath(source.path).parent
        inner = module.replace(".", "/")
        if level:
            for _ in range(level - 1):
                folder = folder.parent
            folders = [folder]
        else:
            folders = [folder, *folder.parents]
        for each in folders:
            for name in (f"{inner}.py", f"{inner}/__init__.py") if inner else ("__init__.py",):
                found = self._sources.at(str(each / name))
                if found is not None:
                    return found
        return None


def methods_of(
    places: Places, source: Source, class_name: str, depth: int = 3
) -> Iterator[tuple[str, Source, ast.AST]]:
    """Methods and properties of a class and of its bases in the project: (name, file, definition)."""
    found = places.named(source, class_name)
    where, holder = found or (source, source.tree)
    if depth < 0 or not isinstance(holder, ast.ClassDef):
        return
    for node in holder.body:
        if isinstance(node, _Function):
            yield node.name, where, node
    for base in holder.bases:
        if isinstance(base, ast.Name) and base.id != class_name:
            yield from methods_of(places, where, base.id, depth - 1)
