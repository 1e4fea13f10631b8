"""Write `Prefetch(…, to_attr=…)` into a chain, in place of the plain name or beside it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from queryscope.errors import EditRefusedError
from queryscope.fixes.arguments import is_within
from queryscope.fixes.chain import Chain, Link
from queryscope.fixes.cutting import cut_items
from queryscope.fixes.eager import add_calls, quote_for
from queryscope.fixes.escapes import is_read_otherwise
from queryscope.fixes.imports import Imports
from queryscope.fixes.reread import Read
from queryscope.fixes.source import Replacement, Source
from queryscope.model import Frame, Model

MARK = '"'
_WIDTH = 88  # beyond which an argument list gets lines of its own, where no line of the file is longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Rows that should be prefetched into a list."""

    path: str
    accessor: str
    base: str  # "Review.objects", or the queryset of the prefetch that is there
    steps: str  # ".filter(stars=5)"
    attribute: str
    read: Read | None = None
    model: Model | None = None
    owner: Model | None = None
    queryset: Frame | None = None  # where the prefetch's own queryset is built
    is_edited: bool = True
    is_unread: bool = False  # nobody reads the rows that are prefetched without it

    def text(self, prefetch: str, mark: str = MARK) -> str:
        """`Prefetch("reviews", queryset=Review.objects.filter(stars=5), to_attr="five_stars")`."""
        queryset = f"{self.base}{self.steps}"
        if not self.attribute:
            return f"{prefetch}({mark}{self.path}{mark}, queryset={queryset})"
        return (
            f"{prefetch}({mark}{self.path}{mark}, queryset={queryset}, to_attr={mark}{self.attribute}{mark})"
        )


@dataclass(frozen=True, slots=True)
class Prefetching:
    """Replacements in the chain's file, and the arguments as prefetch_related() takes them afterwards."""

    replacements: list[Replacement]
    code: str


def prefetch_in_chain(
    source: Source, chain: Chain, wanted: Sequence[Wanted], imports: Imports
) -> Prefetching:
    """The change of a chain that fills the lists.

    Raises:
        EditRefusedError: the prefetch that is there can't be told, or a name isn't known in the file.
    """
    if not source.holds(chain.node):
        raise EditRefusedError(f"{source.path}:{chain.node.lineno} can't be cut at its positions.")
    mark = quote_for(source, chain.node)
    links = [link for link in chain.links if link.name == "prefetch_related" and link.call.args]
    shown: list[str] = []
    replacements: list[Replacement] = []
    at_end: list[str] = []
    done: set[int] = set()
    for each in wanted:
        behind = _behind(links, each.path) if each.is_unread else []
        item = _item(links, each.path) or next(iter(behind), None)
        same = [other for other in wanted if other.path == each.path]
        if item is None:
            shown.append(_shown(each, item))
            at_end += [_written(source, each, item, imports, mark)] if each.is_edited else []
            continue
        if id(item) in done:
            continue
        done.add(id(item))
        edited = [other for other in same if other.is_edited]
        # The rows in another way take the place of the plain ones; all others may stand beside.
        is_changed = not all(other.attribute for other in same)
        is_needed = not is_changed and (len(edited) < len(same) or not _may_go(source, chain, item, edited))
        texts = [_written(source, other, item, imports, mark) for other in edited]
        shown += [*([_plain(source, item)] if is_needed else []), *(_shown(other, item) for other in same)]
        if edited:
            replacements.append(_in_place(source, item, texts, is_needed=is_needed))
            gone = [] if is_needed else [other for other in behind if other is not item]
            replacements += _cut(source, gone)
    if at_end:
        replacements.append(_added(source, chain, links, at_end))
    return Prefetching(replacements, ", ".join(dict.fromkeys(shown)))


def _item(links: Sequence[Link], path: str) -> ast.expr | None:
    """The argument of prefetch_related() that loads a path."""
    for link in links:
        for item in link.call.args:
            first = item.args[0] if isinstance(item, ast.Call) and item.args else item
            if isinstance(first, ast.Constant) and first.value == path:
                return item
    return None


def _behind(links: Sequence[Link], path: str) -> list[ast.expr]:
    """The arguments that lead on from a path: where nobody reads its rows, nobody reads what is behind them.

    None where one of them may be anything, or they stand in several calls.
    """
    items = [item for link in links for item in link.call.args]
    constants = [item for item in items if isinstance(item, ast.Constant)]
    if len(links) > 1 or len(constants) < len(items):
        return []
    return [item for item in constants if item.value != path and is_within(path, str(item.value))]


def _cut(source: Source, items: Sequence[ast.expr]) -> list[Replacement]:
    if not items:
        return []
    every = _call_of(source, items[0]).args
    return cut_items(source, every, {at for at, item in enumerate(every) if item in items})


def _own_queryset(item: ast.expr | None) -> ast.expr | None:
    if not isinstance(item, ast.Call):
        return None
    named = [keyword.value for keyword in item.keywords if keyword.arg == "queryset"]
    return next(iter([*named, *item.args[1:2]]), None)


def _base(each: Wanted, item: ast.expr | None, source: Source | None) -> str:
    own = _own_queryset(item)
    if own is not None and source is not None:
        text = source.text_of(own)
        return text if "\n" not in text else " ".join(part.strip() for part in text.splitlines())
    return each.base


def _shown(each: Wanted, item: ast.expr | None) -> str:
    own = _own_queryset(item)
    source = each.read.source if each.read is not None else None
    return replace(each, base=_base(each, item, source) if own is not None else each.base).text("Prefetch")


def _plain(source: Source, item: ast.expr) -> str:
    if isinstance(item, ast.Constant) and isinstance(item.value, str):
        return f"{MARK}{item.value}{MARK}"
    return " ".join(part.strip() for part in source.text_of(item).splitlines())


def _written(source: Source, each: Wanted, item: ast.expr | None, imports: Imports, mark: str) -> str:
    own = _own_queryset(item)
    if own is None and each.queryset is not None:
        place = f"{each.queryset.path}:{each.queryset.line}"
        raise EditRefusedError(f"The prefetch has a queryset of its own ({place}): filter that one.")
    if own is not None:
        base = _base(each, item, source)
    else:
        assert each.model is not None
        name = imports.of_model(each.model.name, each.model.module)
        base = f"{name}.{each.model.default_manager}"
    return replace(each, base=base).text(imports.of_django("Prefetch"), mark)


def _may_go(source: Source, chain: Chain, item: ast.expr, edited: Sequence[Wanted]) -> bool:
    """Whether nothing else reads the plain prefetch."""
    if edited and all(each.is_unread for each in edited):
        return True
    reads = [each.read for each in edited if each.read is not None]
    if not isinstance(item, ast.Constant) or "__" in str(item.value) or not reads:
        return False
    owner = edited[0].owner
    return owner is not None and not is_read_otherwise(source, chain.node, reads, owner)


def _call_of(source: Source, item: ast.expr) -> ast.Call:
    call = source.parents[item]
    assert isinstance(call, ast.Call)
    return call


def _between(source: Source, item: ast.expr, call: ast.Call) -> str:
    is_column = source.starts_line(item) and source.starts_line(call.args[0])
    return f",{source.newline}{source.indent_of(item.lineno)}" if is_column else ", "


def _added(source: Source, chain: Chain, links: Sequence[Link], texts: Sequence[str]) -> Replacement:
    """Behind the names of the last prefetch_related(), or a call of its own."""
    last = links[-1].call.args[-1] if links else None
    if last is not None and not links[-1].call.keywords and not isinstance(last, ast.Constant):
        last = last if isinstance(last, ast.Starred | ast.Call) else None
    if last is not None and not links[-1].call.keywords:
        between = _between(source, last, links[-1].call)
        end = source.end(last)
        return Replacement(end, end, "".join(between + text for text in dict.fromkeys(texts)))
    return add_calls(source, chain, None, [f".prefetch_related({', '.join(texts)})"])


def _in_place(source: Source, item: ast.expr, texts: Sequence[str], *, is_needed: bool) -> Replacement:
    """The new arguments in place of one, or behind it; on lines of their own where one would be too long."""
    start, end = source.start(item), source.end(item)
    pieces = list(dict.fromkeys([*([source.text[start:end]] if is_needed else []), *texts]))
    between = _between(source, item, _call_of(source, item))
    text = between.join(pieces)
    begin = source.text.rfind("\n", 0, start) + 1
    stop = source.text.find("\n", end)
    before, behind = source.text[begin:start], source.text[end : len(source.text) if stop < 0 else stop]
    widest = max([_WIDTH, *(len(line) for line in source.text.splitlines())])
    is_whole = before.rstrip().endswith("(") and behind.startswith(")") and "\n" not in text
    if is_whole and len(before) + len(text) + len(behind) > widest:
        line = f"{source.newline}{source.indent_of(item.lineno)}"
        comma = "," if len(pieces) > 1 else ""
        text = f"{line}    " + f",{line}    ".join(pieces) + comma + line
    return Replacement(start, end, text)
