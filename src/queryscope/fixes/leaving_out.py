"""Leave columns out that nobody reads: `.defer("body")` or `.only("id", "title")`, whichever is shorter."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from queryscope.errors import EditRefusedError
from queryscope.fixes.chain import QUERYSET_METHODS, Chain, Shortcut
from queryscope.fixes.change import call_text
from queryscope.fixes.holder import site_chain
from queryscope.fixes.imports import Imports
from queryscope.fixes.layout import before, behind
from queryscope.fixes.prefetching import Wanted, prefetch_in_chain
from queryscope.fixes.root import Target
from queryscope.fixes.source import Replacement, Source
from queryscope.model import Fix, Location, Model, QuerySetSite

_LATER = "A column that is read after all costs a query for each row."


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What to leave out, and what is left then."""

    unread: tuple[str, ...]
    kept: tuple[str, ...]
    is_joined: bool  # only() would have to name columns of the joined tables too

    def call(self, quote: str = '"') -> str:
        """The shorter of the two calls."""
        defer, only = call_text("defer", self.unread, quote), call_text("only", self.kept, quote)
        return defer if self.is_joined or len(defer) <= len(only) else only


def compose_columns(
    source: Source | None, site: QuerySetSite, target: Target, columns: Columns
) -> tuple[Fix, Location | None]:
    """The fix, and the place that it changes."""
    call = columns.call()
    kind = call.partition("(")[0].lstrip(".")
    code = f"{target.model.name}.{target.model.default_manager}{call}"
    try:
        chain = _chain(source, site, target)
        assert source is not None
        if not source.holds(chain.node):
            raise EditRefusedError(f"{source.path}:{chain.node.lineno} can't be cut at its positions.")
        replacements = [_added(source, chain, columns.call(source.quote))]
        diff = source.diff(replacements)
        if not diff:
            raise EditRefusedError(f"{source.path} is written in a way that no edit is safe for.")
    except EditRefusedError as refusal:
        return Fix(kinds=(kind,), title=f"Add {call}", code=code, caveat=f"{refusal} {_LATER}"), None
    edits = source.edits(replacements)
    fix = Fix(kinds=(kind,), title=f"Add {call}", code=code, diff=diff, edits=edits, caveat=_LATER)
    return fix, _location(source, chain, site)


@dataclass(frozen=True, slots=True)
class Prefetched:
    """A prefetch without a queryset of its own, and the model of its rows."""

    path: str
    model: Model


def compose_prefetched(
    source: Source | None, site: QuerySetSite, target: Target, columns: Columns, prefetched: Prefetched
) -> tuple[Fix, Location | None]:
    """The fix that gives a prefetch a queryset that leaves columns out, and the place that it changes."""
    path, model = prefetched.path, prefetched.model
    call = columns.call()
    kind = call.partition("(")[0].lstrip(".")
    manager = f"{target.model.name}.{target.model.default_manager}"
    text = f'Prefetch("{path}", queryset={model.name}.{model.default_manager}{call})'
    title, code = f"Leave them out by {text}", f"{manager}.prefetch_related({text})"
    kinds = (kind, "prefetch_related")
    try:
        chain = _chain(source, site, target)
        assert source is not None
        _check_prefetch(chain, prefetched)
        steps = columns.call(source.quote)
        wanted = Wanted(path=path, accessor=path, base="", steps=steps, attribute="", model=model)
        imports = Imports(source)
        change = prefetch_in_chain(source, chain, [wanted], imports)
        replacements = [*change.replacements, *imports.replacements()]
        diff = source.diff(replacements)
        if not diff:
            raise EditRefusedError(f"{source.path} is written in a way that no edit is safe for.")
    except EditRefusedError as refusal:
        return Fix(kinds=kinds, title=title, code=code, caveat=f"{refusal} {_LATER}"), None
    edits = source.edits(replacements)
    fix = Fix(kinds=kinds, title=title, code=code, diff=diff, edits=edits, caveat=_LATER)
    return fix, _location(source, chain, site)


def _check_prefetch(chain: Chain, prefetched: Prefetched) -> None:
    """Accept a prefetch that is written as a plain name, and first of all that lead through it."""
    items = [item for link in chain.links if link.name == "prefetch_related" for item in link.call.args]
    names = [item.value if isinstance(item, ast.Constant) else None for item in items]
    if prefetched.path not in names:
        raise EditRefusedError(
            f"No plain {prefetched.path} stands in the chain: give its prefetch a queryset."
        )
    before = names[: names.index(prefetched.path)]
    if any(str(name).startswith(f"{prefetched.path}__") for name in before):
        raise EditRefusedError(
            f"A longer path stands in front of {prefetched.path}, where Django would raise."
        )
    if not prefetched.model.is_manager_plain:
        manager = f"{prefetched.model.name}.{prefetched.model.default_manager}"
        raise EditRefusedError(f"{manager} may leave rows out that the prefetch gives.")


def _location(source: Source, chain: Chain, site: QuerySetSite) -> Location:
    function = site.frame.function if site.frame else site.holder.name if site.holder else ""
    return Location(
        path=source.path,
        line=chain.node.lineno,
        end_line=chain.node.end_lineno or chain.node.lineno,
        function=function,
    )


def _chain(source: Source | None, site: QuerySetSite, target: Target) -> Chain:
    found = site_chain(source, site, target, do="add the call")
    if isinstance(found, Shortcut):
        raise EditRefusedError("The queryset is built inside of the shortcut, from the model.")
    return found


def _added(source: Source, chain: Chain, call: str) -> Replacement:
    if not chain.links:
        end = source.end(chain.node)
        return Replacement(end, end, call)
    first = chain.links[0]
    if first.name not in QUERYSET_METHODS:
        return behind(source, chain, first, [call])
    is_empty_all = first.name == "all" and not first.call.args and not first.call.keywords
    return before(source, first, [call], gives_way=is_empty_all)


def in_order(names: Collection[str], order: Sequence[str]) -> tuple[str, ...]:
    """The names in the order of the model."""
    return tuple(name for name in order if name in names)
