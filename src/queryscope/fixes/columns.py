"""Load columns with the rows that only() or defer() left out, where the queryset is built."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from queryscope.errors import EditRefusedError
from queryscope.fixes.arguments import extend, extended, literals, quoted
from queryscope.fixes.chain import QUERYSET_METHODS, Chain, Link, Shortcut
from queryscope.fixes.eager import add_calls, quote_for
from queryscope.fixes.holder import site_chain
from queryscope.fixes.layout import behind, dot_of
from queryscope.fixes.placing import site_location
from queryscope.fixes.root import Target
from queryscope.fixes.source import Replacement, Source
from queryscope.model import Fix, Location, QuerySetSite

Found = tuple[Fix, Location | None]
# replacements, and the calls of only() and defer() as they stand afterwards
Edited = tuple[list[Replacement], str]


def load_columns(
    names: Sequence[str], site: QuerySetSite, target: Target, source: Source | None, *, is_raw: bool = False
) -> Found:
    """The fix that lets a queryset load columns, and the place that it speaks of.

    Args:
        names: the columns, by their lookup paths from the queryset's model.
        site: where the queryset is built, with what it loads and what it leaves out.
        target: its model.
        source: the file of that place; None if it can't be read or parsed.
        is_raw: it is a raw(): the columns belong into its SQL.
    """
    if is_raw:
        return _raw_fix(names), site_location(site, source)
    calls = _calls_afterwards(names, site)
    try:
        chain = _chain(site, target, source)
        assert source is not None
        replacements, calls = _edited(source, chain, names, site)
        diff = _checked(source, chain, replacements)
    except EditRefusedError as refusal:
        return _fix(names, site, target, calls, caveat=str(refusal)), site_location(site, source)
    fix = _fix(names, site, target, calls, diff=diff, replacements=replacements, source=source)
    end = chain.node.end_lineno or chain.node.lineno
    function = site.frame.function if site.frame else site.holder.name if site.holder else ""
    return fix, Location(path=source.path, line=chain.node.lineno, end_line=end, function=function)


def _calls_afterwards(names: Sequence[str], site: QuerySetSite) -> str:
    """What the queryset should say, as far as the trace knows."""
    if site.only:
        return f".only({quoted((*site.only, *names), MARK)})"
    left = _left_out(names, site)
    return f".defer({quoted(left, MARK)})" if left else ".all()"


MARK = '"'


def _left_out(names: Iterable[str], site: QuerySetSite) -> list[str]:
    """What defer() may go on to leave out."""
    taken = {variant for name in names for variant in (name, f"{name}_id")}
    return [name for name in site.defer if name not in taken]


def _chain(site: QuerySetSite, target: Target, source: Source | None) -> Chain:
    found = site_chain(source, site, target, do="load the columns")
    if isinstance(found, Shortcut):
        raise EditRefusedError("A manager leaves the columns out: load them in its get_queryset().")
    return found


def _edited(source: Source, chain: Chain, names: Sequence[str], site: QuerySetSite) -> Edited:
    """Name the columns in only(), or take them out of defer()."""
    deferring = {id(item) for link in chain.links if link.name == "defer" for item in _deferred(link, names)}
    if deferring:
        return _without(source, chain, names, site)
    if site.only:
        return _added_to_only(source, chain, names, site)
    return _reset(source, chain, names, site)


def _deferred(link: Link, names: Iterable[str]) -> list[ast.expr]:
    """The arguments of a defer() that name one of the columns."""
    wanted = {variant for name in names for variant in (name, f"{name}_id")}
    return [item for item in link.call.args if isinstance(item, ast.Constant) and item.value in wanted]


def _added_to_only(source: Source, chain: Chain, names: Sequence[str], site: QuerySetSite) -> Edited:
    link = next((link for link in reversed(chain.links) if link.name == "only"), None)
    if link is not None and link.call.args and not link.call.keywords:
        items = link.call.args
        is_written = len(literals(items)) == len(items)
        after = extended(items, names) if is_written else (*site.only, *names)
        replacements = extend(source, items, names, in_place=False)
        if not replacements:
            raise EditRefusedError("only() names these columns already: they are left out behind it.")
        return replacements, f".only({quoted(after, MARK)})"
    # Of several calls of only() the last one counts, so that one more may stand here.
    every = (*site.only, *names)
    piece = f".only({quoted(every, quote_for(source, chain.node))})"
    return [_appended(source, chain, piece)], f".only({quoted(every, MARK)})"


def _without(source: Source, chain: Chain, names: Sequence[str], site: QuerySetSite) -> Edited:
    replacements = []
    for link in chain.links:
        gone = _deferred(link, names) if link.name == "defer" else []
        if gone and len(gone) == len(link.call.args):
            start, end = dot_of(source, link.attribute), source.end(link.call)
            is_last = link.call is chain.node and isinstance(chain.root, ast.Attribute)
            text = ".all()" if is_last and len(chain.links) == 1 else ""
            gap = 0 if text else _gap(source, link)
            replacements.append(Replacement(start - gap, end, text))
        else:
            replacements += [_cut(source, link, item) for item in gone]
    kept = _left_out(names, site)
    only = f".only({quoted((*site.only, *names), MARK)})" if site.only else ""
    calls = only or (f".defer({quoted(kept, MARK)})" if kept else ".all()")
    return replacements, calls


def _gap(source: Source, link: Link) -> int:
    """White space before the dot of a call, which goes with it."""
    before = source.text[source.end(link.attribute.value) : dot_of(source, link.attribute)]
    return len(before) if not before.strip() else 0


def _cut(source: Source, link: Link, item: ast.expr) -> Replacement:
    """One argument with the comma that belongs to it."""
    items = link.call.args
    at = items.index(item)
    if at + 1 < len(items):
        return Replacement(source.start(item), source.start(items[at + 1]), "")
    return Replacement(source.end(items[at - 1]), source.end(item), "")


def _reset(source: Source, chain: Chain, names: Sequence[str], site: QuerySetSite) -> Edited:
    """A manager, or a variable, leaves the columns out: name here what is still left out."""
    if any(link.name == "defer" for link in chain.links):
        raise EditRefusedError("The arguments of defer() are computed: take these columns out where that is.")
    kept = _left_out(names, site)
    mark = quote_for(source, chain.node)
    piece = ".defer(None)" + (f".defer({quoted(kept, mark)})" if kept else "")
    return [_appended(source, chain, piece)], piece.replace(mark, MARK)


def _appended(source: Source, chain: Chain, piece: str) -> Replacement:
    """A call behind what the application's own manager adds, in front of what ends the chain."""
    own = [link for link in chain.links if link.name not in QUERYSET_METHODS]
    if own:
        return behind(source, chain, own[-1], [piece])
    return add_calls(source, chain, None, [piece])


def _checked(source: Source, chain: Chain, replacements: list[Replacement]) -> str:
    diff = source.diff(replacements) if source.holds(chain.node) else ""
    if not diff:
        raise EditRefusedError(f"{source.path}:{chain.node.lineno} is written in a way that no edit fits.")
    return diff


def _fix(
    names: Sequence[str],
    site: QuerySetSite,
    target: Target,
    calls: str,
    *,
    caveat: str = "",
    diff: str = "",
    replacements: Sequence[Replacement] = (),
    source: Source | None = None,
) -> Fix:
    told = quoted(names, MARK)
    return Fix(
        kinds=("only",) if site.only else ("defer",),
        title=f"Add {told} to only()" if site.only else f"Take {told} out of defer()",
        code=f"{target.model.name}.{target.model.default_manager}{calls}",
        diff=diff,
        edits=source.edits(list(replacements)) if source is not None and diff else (),
        caveat=caveat,
    )


def _raw_fix(names: Sequence[str]) -> Fix:
    columns = ", ".join(name.rpartition("__")[2] for name in names)
    return Fix(
        kinds=("rewrite",),
        title=f"Select {columns} in the SQL of raw()",
        code=columns,
        caveat="No diff: the text of the statement is yours.",
    )
