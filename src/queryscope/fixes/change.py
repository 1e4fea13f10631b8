"""What is to be loaded with a queryset, and the change of source that does it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, replace

from queryscope.fixes.arguments import is_within, quoted
from queryscope.fixes.source import Replacement
from queryscope.model import EagerLoad

METHODS = ("select_related", "prefetch_related", "only")


@dataclass(frozen=True, slots=True)
class Plan:
    """Which paths each call should name."""

    select_related: tuple[str, ...] = ()
    prefetch_related: tuple[str, ...] = ()
    only: tuple[str, ...] = ()  # columns that the joins need, where only() leaves them out
    inner: tuple[EagerLoad, ...] = ()  # what could be joined in a Prefetch that is there

    def paths(self, method: str) -> tuple[str, ...]:
        """The paths of one of the calls."""
        found: tuple[str, ...] = getattr(self, method)
        return found

    def apart(self) -> Plan:
        """The same without joins."""
        paths = tuple(sorted({*self.select_related, *self.prefetch_related}))
        return replace(self, select_related=(), prefetch_related=paths)

    def calls(self, quote: str = '"') -> list[str]:
        """`.select_related("author")` and so on, for code that holds none of them yet."""
        return [call_text(method, self.paths(method), quote) for method in METHODS if self.paths(method)]


@dataclass(frozen=True, slots=True)
class Change:
    """Replacements of one file, and what they come to."""

    replacements: list[Replacement]
    added: Plan  # the paths that are new
    final: Plan  # the paths that the changed calls name afterwards
    node: ast.AST  # where the change belongs; a class for a new attribute of it
    code: str = ""  # as the user would write it, where it isn't a call on the manager
    prefetches: tuple[str, ...] = ()  # Prefetch objects that were changed, as they are afterwards


def merge(loads: Iterable[EagerLoad]) -> Plan:
    """One call for each method: paths that a longer one implies are dropped."""
    wanted = set(loads)
    joined = {load.path for load in wanted if load.kind == "select_related"}
    apart = {load.path for load in wanted if load.kind == "prefetch_related"}
    joined = _longest(joined - apart)
    # What a join brings needs no query of its own.
    apart = {path for path in _longest(apart) if not any(is_within(path, longer) for longer in joined)}
    inner = [load for load in wanted if load.joined and load.path in apart]
    inner.sort(key=lambda load: load.path)
    return Plan(tuple(sorted(joined)), tuple(sorted(apart)), inner=tuple(inner))


def _longest(paths: set[str]) -> set[str]:
    return {path for path in paths if not any(other != path and is_within(path, other) for other in paths)}


def call_text(method: str, paths: Iterable[str], quote: str = '"') -> str:
    """`.select_related("author", "publisher")`."""
    return f".{method}({quoted(list(paths), quote)})"
