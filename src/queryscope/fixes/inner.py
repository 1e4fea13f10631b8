"""A relation behind a Prefetch that is there: joined by the queryset that the Prefetch has."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from queryscope.errors import EditRefusedError
from queryscope.fixes.chain import Chain, take_apart
from queryscope.fixes.change import call_text
from queryscope.fixes.names import only_value
from queryscope.fixes.root import last_name
from queryscope.fixes.source import Source
from queryscope.model import EagerLoad

_CLOSED = frozenset({"defer", "only", "select_related", "values", "values_list"})


@dataclass(frozen=True, slots=True)
class Inner:
    """A Prefetch, the chain of its queryset, and what that one should join."""

    call: ast.Call
    chain: Chain
    loads: tuple[EagerLoad, ...]

    @property
    def joined(self) -> tuple[str, ...]:
        """The paths to join, from the model of the queryset."""
        return tuple(sorted({load.joined for load in self.loads}))

    def code(self, source: Source) -> str:
        """The Prefetch afterwards: `Prefetch("lines", queryset=Line.objects.select_related("product"))`."""
        given = [f'"{_name(self.call)}"']
        given.append(f"queryset={source.text_of(self.chain.root)}{call_text('select_related', self.joined)}")
        named = next((each.value for each in self.call.keywords if each.arg == "to_attr"), None)
        if isinstance(named, ast.Constant) and isinstance(named.value, str):
            given.append(f'to_attr="{named.value}"')
        return f"{source.text_of(self.call.func)}({', '.join(given)})"


def inner_chains(source: Source, chain: Chain, loads: tuple[EagerLoad, ...]) -> Iterator[Inner]:
    """The Prefetch objects of a chain whose querysets could join what `loads` want."""
    items = [item for link in chain.links if link.name == "prefetch_related" for item in link.call.args]
    for item in items:
        call = only_value(source, item, item.id) if isinstance(item, ast.Name) else item
        if not isinstance(call, ast.Call) or last_name(call.func) != "Prefetch":
            continue
        wanted = tuple(load for load in loads if load.prefetched == _target(call))
        found = _chain_of(source, call, wanted[0].model) if wanted else None
        if found is not None:
            yield Inner(call, found, wanted)


def _name(call: ast.Call) -> str:
    """The lookup of a Prefetch."""
    named = [each.value for each in call.keywords if each.arg == "lookup"]
    first = next(iter([*call.args[:1], *named]), None)
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def _target(call: ast.Call) -> str:
    """The path under which its rows are found."""
    path = _name(call)
    given = [each.value for each in call.keywords if each.arg == "to_attr"] or call.args[2:3]
    if not given:
        return path
    named = given[0]
    if not isinstance(named, ast.Constant) or not isinstance(named.value, str):
        return ""
    return "__".join([*path.split("__")[:-1], named.value])


def _chain_of(source: Source, call: ast.Call, label: str) -> Chain | None:
    """The chain of the queryset of a Prefetch, if it is the model's and open for a join."""
    given = [each.value for each in call.keywords if each.arg == "queryset"] or call.args[1:2]
    value: ast.expr | None = given[0] if given else None
    if isinstance(value, ast.Name):
        value = only_value(source, call, value.id)
    if value is None:
        return None
    try:
        chain = take_apart(value)
    except EditRefusedError:
        return None
    root = chain.root if chain.links else value
    is_models = isinstance(root, ast.Attribute) and last_name(root.value) == label.rpartition(".")[2]
    is_open = not any(link.name in _CLOSED - {"select_related"} for link in chain.links)
    return chain if is_models and is_open and source.holds(chain.node) else None
