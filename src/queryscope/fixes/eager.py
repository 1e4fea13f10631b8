"""Compose select_related and prefetch_related over all relations of one queryset, as an edit."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from queryscope.fixes.chain import QUERYSET_METHODS, Chain, Link
from queryscope.fixes.source import Replacement, Source
from queryscope.model import EagerLoad

ORDER = ("select_related", "prefetch_related")


@dataclass(frozen=True, slots=True)
class Plan:
    """Which paths each call should name."""

    select_related: tuple[str, ...] = ()
    prefetch_related: tuple[str, ...] = ()

    def paths(self, method: str) -> tuple[str, ...]:
        """The paths of one of the two calls."""
        return self.select_related if method == "select_related" else self.prefetch_related


def merge(loads: Iterable[EagerLoad]) -> Plan:
    """One call for each method: paths that a longer one implies are dropped."""
    wanted = set(loads)
    joined = {load.path for load in wanted if load.kind == "select_related"}
    apart = {load.path for load in wanted if load.kind == "prefetch_related"}
    # A path that is prefetched anyway, or passes through a prefetch, can't be joined.
    joined = {path for path in joined if not any(_is_within(other, path) for other in apart if other == path)}
    return Plan(tuple(sorted(_longest(joined))), tuple(sorted(_longest(apart))))


def _longest(paths: set[str]) -> set[str]:
    return {path for path in paths if not any(other != path and _is_within(path, other) for other in paths)}


def _is_within(path: str, longer: str) -> bool:
    return longer == path or longer.startswith(path + "__")


def call_text(method: str, paths: Iterable[str], quote: str = '"') -> str:
    """`.select_related("author", "publisher")`."""
    return f".{method}({', '.join(f'{quote}{path}{quote}' for path in paths)})"


def edit_chain(source: Source, chain: Chain, plan: Plan) -> tuple[list[Replacement], Plan]:
    """The replacements that make a chain load `plan`, and the paths that its calls name afterwards."""
    replacements: list[Replacement] = []
    final: dict[str, tuple[str, ...]] = {}
    added = ""
    for method in ORDER:
        paths = plan.paths(method)
        if not paths:
            continue
        link = _extendable(chain, method)
        if link is not None:
            final[method] = _extended(link, paths)
            replacements.append(_replace_arguments(source, link, paths))
        else:
            final[method] = paths
            added += call_text(method, paths, source.quote)
    if added:
        replacements.append(_insert(source, chain, added))
    replacements += _chunked_iterator(source, chain, plan)
    return replacements, Plan(final.get("select_related", ()), final.get("prefetch_related", ()))


def _extendable(chain: Chain, method: str) -> Link | None:
    for link in chain.calls:
        if link.name == method and link.call is not None and link.call.args and not link.call.keywords:
            is_reset = len(link.call.args) == 1 and _literal(link.call.args[0]) is _NONE
            return None if is_reset else link
    return None


_NONE = object()


def _literal(node: ast.expr) -> object:
    if isinstance(node, ast.Constant):
        return _NONE if node.value is None else node.value
    return None


def _extended(link: Link, paths: tuple[str, ...]) -> tuple[str, ...]:
    present = [_literal(argument) for argument in link.call.args] if link.call else []
    kept = [name for name in present if isinstance(name, str) and not _is_implied(name, paths)]
    return (*kept, *(path for path in paths if path not in kept))


def _is_implied(name: str, paths: tuple[str, ...]) -> bool:
    return any(_is_within(name, path) for path in paths)


def _replace_arguments(source: Source, link: Link, paths: tuple[str, ...]) -> Replacement:
    """Rewrite the arguments: strings that a new path implies give way to it, everything else stays."""
    call = link.call
    assert call is not None
    quote = source.quote
    texts: list[str] = []
    left = list(paths)
    for argument in call.args:
        name = _literal(argument)
        if isinstance(name, str) and _is_implied(name, paths):
            longer = [path for path in left if _is_within(name, path)]
            texts += [f"{quote}{path}{quote}" for path in longer]
            left = [path for path in left if path not in longer]
        else:
            texts.append(source.text[source.start(argument) : source.end(argument)])
    texts += [f"{quote}{path}{quote}" for path in left]
    return Replacement(source.start(call.args[0]), source.end(call.args[-1]), ", ".join(texts))


def _insert(source: Source, chain: Chain, added: str) -> Replacement:
    """Put new calls behind the root; an empty `.all()` there gives way to them."""
    calls = chain.calls
    if calls and calls[0].name == "all" and calls[0].call is not None and not calls[0].call.args:
        return Replacement(
            _before(source, calls[0]), source.end(calls[0].node), _laid_out(source, calls[0], added)
        )
    if calls and (calls[0].name in QUERYSET_METHODS):
        return Replacement(
            _before(source, calls[0]), _before(source, calls[0]), _laid_out(source, calls[0], added)
        )
    # A method of the user's manager, get_queryset() or raw(): what it returns is the queryset.
    at = source.end(calls[0].node) if calls else source.end(chain.node)
    following = calls[1] if len(calls) > 1 else None
    return Replacement(at, at, _laid_out(source, following, added) if following else added)


def _before(source: Source, link: Link) -> int:
    """Where the expression before `.name(...)` ends."""
    assert link.call is not None
    assert isinstance(link.call.func, ast.Attribute)
    return source.end(link.call.func.value)


def _laid_out(source: Source, link: Link, added: str) -> str:
    """New calls on lines of their own where the chain has one call a line."""
    start = _before(source, link)
    between = source.text[start : source.end(link.node)].partition(".")[0]
    if "\n" not in between or between.strip():
        return added
    indent = between.rpartition("\n")[2]
    pieces = added.replace(").", ")\0.").split("\0")
    return "".join(source.newline + indent + piece for piece in pieces)


def _chunked_iterator(source: Source, chain: Chain, plan: Plan) -> list[Replacement]:
    # iterator() after prefetch_related() raises ValueError without a chunk_size.
    if not plan.prefetch_related:
        return []
    for link in chain.calls:
        if link.name == "iterator" and link.call is not None and not (link.call.args or link.call.keywords):
            end = source.end(link.call) - 1
            return [Replacement(end, end, "chunk_size=2000")]
    return []
