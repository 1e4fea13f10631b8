"""Where new calls go in a chain, and how they are laid out: as the chain itself is."""

from __future__ import annotations

import ast

from queryscope.fixes.chain import Chain, Link
from queryscope.fixes.source import Replacement, Source


def before(source: Source, link: Link, pieces: list[str], *, gives_way: bool = False) -> Replacement:
    """New calls in front of a link, or in its place."""
    dot = dot_of(source, link.attribute)
    between = _between(source, link.attribute)
    end = source.end(link.call)
    if gives_way and "#" not in source.text[dot:end]:
        return Replacement(dot, end, between.join(pieces))
    return Replacement(dot, dot, "".join(piece + between for piece in pieces))


def behind(source: Source, chain: Chain, link: Link, pieces: list[str]) -> Replacement:
    """New calls directly behind a link."""
    at = chain.links.index(link) + 1
    following = chain.links[at] if at < len(chain.links) else None
    if following is not None and following.attribute.value is link.call:
        return before(source, following, pieces)
    end = source.end(link.call)
    between = _between(source, link.attribute)
    return Replacement(end, end, "".join(between + piece for piece in pieces))


def dot_of(source: Source, attribute: ast.Attribute) -> int:
    """The character offset of the dot of `.name`: comments and closing brackets may stand before it."""
    at, stop = source.end(attribute.value), source.end(attribute)
    while at < stop and source.text[at] != ".":
        if source.text[at] == "#":
            at = source.text.index("\n", at)
        at += 1
    return at


def _between(source: Source, attribute: ast.Attribute) -> str:
    """What stands before the dot of a call: a line break with its indentation, or nothing."""
    gap = source.text[source.end(attribute.value) : dot_of(source, attribute)]
    above, line_break, indent = gap.rpartition("\n")
    if not line_break or indent.strip():
        return ""
    backslash = " \\" if above.rstrip().endswith("\\") else ""
    return f"{backslash}{source.newline}{indent}"
