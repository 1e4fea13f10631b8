"""The classes of some files, and which inherit from which."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache


class Classes:
    """All classes, those within others too."""

    def __init__(self, trees: Sequence[ast.Module]) -> None:
        self.every = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]

    def around(self, node: ast.AST) -> ast.ClassDef | None:
        """The class whose method or attribute it is."""
        for owner in self.every:
            for one in owner.body:
                if one is node or (isinstance(one, ast.Assign) and one.value is node):
                    return owner
        return None

    def family_of(self, node: ast.AST) -> tuple[ast.ClassDef, ...]:
        """The class whose method it is, those that it inherits from, and those that inherit from it.

        An instance is of one of these: which one, the method doesn't say. None where it is no method.
        """
        own = self.around(node)
        if own is None:
            return ()
        below = list(_reached(own, self._children))
        above = (one for each in below for one in _reached(each, self._parents))
        return tuple(dict.fromkeys((*below, *above)))

    def _parents(self, owner: ast.ClassDef) -> Iterator[ast.ClassDef]:
        names = set(_bases(owner))
        return (other for other in self.every if other.name in names)

    def _children(self, owner: ast.ClassDef) -> Iterator[ast.ClassDef]:
        return (other for other in self.every if owner.name in _bases(other))


@lru_cache(maxsize=16)
def classes_of(trees: tuple[ast.Module, ...]) -> Classes:
    """The classes of these files; the trees of a project are read again for each of its slow queries."""
    return Classes(trees)


def _reached(
    owner: ast.ClassDef, step: Callable[[ast.ClassDef], Iterator[ast.ClassDef]]
) -> tuple[ast.ClassDef, ...]:
    found = [owner]
    for one in found:
        found += [other for other in step(one) if other not in found]
    return tuple(found)


def _bases(owner: ast.ClassDef) -> Iterator[str]:
    """The last names of what it inherits from: `mixins.Listed[Order]` → Listed."""
    for base in owner.bases:
        node = base.value if isinstance(base, ast.Subscript) else base
        if isinstance(node, ast.Name | ast.Attribute):
            yield node.id if isinstance(node, ast.Name) else node.attr
