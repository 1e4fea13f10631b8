"""Break a line that is too long as Black and ruff do: brackets from the right, then at what binds least.

Comments and several lines in one string are not for it. https://black.readthedocs.io/en/stable/the_black_code_style/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from queryscope.fixes.tokens import (
    CLOSING,
    COMMA,
    DOT,
    OPENING,
    Word,
    joined,
    matching,
    priorities,
    words_of,
)

_HEADS = frozenset({"elif", "if", "return", "while"})
_ASSIGNING = frozenset({"=", "+=", "-=", "|=", "&=", "*=", "/="})


class UnbreakableError(Exception):
    """A line that can't be broken here."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a file is laid out."""

    limit: int  # characters in a line
    step: str = "    "


def broken(text: str, indent: str, style: Style, *, is_inside: bool = False) -> list[str]:
    """The lines of a statement's text, or of the head of a `for`; one line where that is short enough.

    Args:
        text: without its indentation. What lies on several lines is laid out anew.
        indent: of its first line.
        style: of the file.
        is_inside: it is a line within brackets of a longer statement.

    Raises:
        UnbreakableError: it isn't understood, or some line stays too long.
    """
    words: Sequence[Word] = words_of(text)
    body = None if is_inside else _value(words)
    if body is not None:
        words, body = _without_brackets(words, body)
    lines = list(_lines(words, indent, style, is_inside=is_inside, body=body))
    if any(len(line.expandtabs(4)) > style.limit for line in lines):
        raise UnbreakableError
    return lines


def _lines(
    words: Sequence[Word], indent: str, style: Style, *, is_inside: bool, body: tuple[int, int] | None = None
) -> Iterator[str]:
    if _fits(words, indent, style):
        yield indent + joined(words)
        return
    if is_inside:
        pieces = _pieces(words)
        if pieces:
            for piece in pieces:
                yield from _lines(piece, indent, style, is_inside=True)
            return
    if body is not None and not _may_stay_bare(words, body, indent, style):
        yield from _in_brackets(words, body, indent, style)
        return
    opening = _bracket(words, indent, style, body[0] if body is not None else 0)
    if opening is None and body is not None:
        yield from _in_brackets(words, body, indent, style)
        return
    if opening is None:
        yield indent + joined(words)
        return
    closing = matching(words)[opening]
    yield indent + joined(words[: opening + 1])
    inside = words[opening + 1 : closing]
    # A comma at the end says that each item has its line.
    has_items = inside[-1].text == "," and COMMA in priorities(inside)[:-1]
    items: Sequence[Sequence[Word]] = _pieces(inside) if has_items else [inside]
    for item in items:
        yield from _lines(item, indent + style.step, style, is_inside=True)
    yield from _tail(words[closing:], indent, style)


def _tail(words: Sequence[Word], indent: str, style: Style) -> Iterator[str]:
    if _fits(words, indent, style):
        yield indent + joined(words)
        return
    yield from _lines(words, indent, style, is_inside=False)


def _in_brackets(words: Sequence[Word], body: tuple[int, int], indent: str, style: Style) -> Iterator[str]:
    start, end = body
    yield f"{indent}{joined(words[:start])} ("
    yield from _lines(words[start:end], indent + style.step, style, is_inside=True)
    yield f"{indent}){joined(words[end:])}"


def _fits(words: Sequence[Word], indent: str, style: Style) -> bool:
    width = len(f"{indent}{joined(words)}".expandtabs(4))
    return width <= style.limit and not _has_magic_comma(words)


def _has_magic_comma(words: Sequence[Word]) -> bool:
    """Whether a comma before a closing bracket says that each item has its line: not in a tuple of one."""
    pairs = {closing: opening for opening, closing in matching(words).items()}
    for at, word in enumerate(words[1:], start=1):
        if word.text not in CLOSING or words[at - 1].text != "," or at not in pairs:
            continue
        opening = pairs[at]
        is_call = opening > 0 and (words[opening - 1].is_operand or words[opening - 1].text in CLOSING)
        inside = words[opening + 1 : at]
        commas = [each for each, rank in zip(inside, priorities(inside), strict=True) if rank == COMMA]
        if len(commas) > 1 or is_call or word.text != ")":
            return True
    return False


def _pieces(words: Sequence[Word]) -> list[list[Word]]:
    """Parts at the delimiters that bind least, a comma at the end of its part and anything else in front."""
    ranks = priorities(words)
    ranks[0] = 0
    if words[-1].text == ",":
        ranks[-1] = 0
    highest = max(ranks, default=0)
    if not highest or (highest == DOT and ranks.count(DOT) < 2):
        return []
    pieces: list[list[Word]] = [[]]
    for word, rank in zip(words, ranks, strict=True):
        if rank == highest and highest != COMMA and pieces[-1]:
            pieces.append([])
        pieces[-1].append(word)
        if rank == highest == COMMA:
            pieces.append([])
    if highest == COMMA and words[-1].text != ",":
        pieces[-1].append(Word(",", False))
    return [piece for piece in pieces if piece]


def _value(words: Sequence[Word]) -> tuple[int, int] | None:
    """The part of a statement around which brackets may stand: what it returns, assigns, tests, goes over."""
    end = len(words) - (words[-1].text == ":")
    texts = [word.text for word in words]
    if texts[0] in _HEADS:
        return (1, end)
    if texts[0] == "yield":
        return (1 + (texts[1:2] == ["from"]), end)
    depth, found = 0, None
    is_loop = texts[0] == "for" or texts[:2] == ["async", "for"]
    for at, text in enumerate(texts):
        depth += (text in OPENING) - (text in CLOSING)
        if not depth and (text == "in" if is_loop and found is None else text in _ASSIGNING):
            found = at + 1
    return None if found is None else (found, end)


def _without_brackets(words: Sequence[Word], body: tuple[int, int]) -> tuple[Sequence[Word], tuple[int, int]]:
    """A statement without brackets that are only there for its line breaks."""
    start, end = body
    if words[start].text != "(" or matching(words).get(start) != end - 1 or end - start < 3:
        return words, body
    inside = words[start + 1 : end - 1]
    if any(rank >= COMMA for rank in priorities(inside)):
        return words, body  # a tuple, a generator
    first = Word(inside[0].text, True, inside[0].is_operand)
    return [*words[:start], first, *inside[1:], *words[end:]], (start, end - 2)


def _may_stay_bare(words: Sequence[Word], body: tuple[int, int], indent: str, style: Style) -> bool:
    """Whether a value is broken within its own brackets: it has one delimiter at most."""
    inside = words[slice(*body)]
    ranks = [rank for rank in priorities(inside) if rank]
    if not ranks:
        return True
    highest = max(ranks)
    if ranks.count(highest) > 1:
        return False
    if highest in (DOT, COMMA):
        return highest == DOT
    pairs = matching(inside)
    opening = next((one for one, other in pairs.items() if other == len(inside) - 1), None)
    if inside[0].text in OPENING and pairs.get(0, 0) > 1:
        width = len(f"{indent}{joined(words[: body[0] + 1])}")
        return width <= style.limit
    if opening is None or opening == len(inside) - 2:
        return False
    width = len(f"{indent}{joined(words[: body[0] + opening + 1])}".expandtabs(4))
    return width <= style.limit or any(word.text in OPENING for word in inside[:opening])


def _bracket(words: Sequence[Word], indent: str, style: Style, start: int) -> int | None:
    """The last opening bracket from there on up to which a line is short enough; empty ones aren't opened."""
    pairs, depth = matching(words), 0
    found = []
    for at, word in enumerate(words):
        if word.text in OPENING:
            if not depth and at >= start and pairs.get(at, 0) > at + 1:
                found.append(at)
            depth += 1
        depth = max(depth - (word.text in CLOSING), 0)  # what stands behind a closed bracket begins with it
    short = [at for at in found if len(f"{indent}{joined(words[: at + 1])}".expandtabs(4)) <= style.limit]
    return short[-1] if short else None
