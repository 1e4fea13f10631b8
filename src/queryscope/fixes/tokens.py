"""The words of a piece of Python, with spaces and brackets, and how tight they bind what is around them."""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

OPENING, CLOSING = frozenset("([{"), frozenset(")]}")
# What binds least is broken first, as in Black.
COMPREHENSION, COMMA, TERNARY, LOGIC, STRING, COMPARISON, DOT = 20, 18, 16, 14, 12, 10, 1
_RANKS = {"|": 9, "^": 8, "&": 7, "<<": 6, ">>": 6, "+": 5, "-": 5, "*": 4, "/": 4, "//": 4, "%": 4, "@": 4}
_COMPARING = frozenset({"==", "!=", "<", ">", "<=", ">=", "is"})
_WITHOUT = frozenset({tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})


class Word(NamedTuple):
    """A token, and whether a space stands in front of it."""

    text: str
    has_space: bool
    is_operand: bool = False  # a name, a number or a string


def words_of(text: str) -> list[Word]:
    """The words of a text; what lies on several lines is put on one.

    Raises:
        ValueError: it has comments, strings over several lines, or lines that backslashes join; or brackets
            that don't close.
    """
    found: list[Word] = []
    end = (1, 0)
    for kind, string, start, stop in _tokens(text):
        if kind in (tokenize.COMMENT, tokenize.ERRORTOKEN) or "\n" in string:
            raise ValueError(string)
        if start[0] != end[0]:
            has_space = bool(found) and _spaced(found[-1].text, string)
        else:
            has_space = start[1] > end[1]
        is_name = kind == tokenize.NAME and (
            not keyword.iskeyword(string) or string in ("None", "True", "False")
        )
        is_operand = is_name or kind in (tokenize.NUMBER, tokenize.STRING)
        found.append(Word(string, has_space, is_operand))
        end = stop
    brackets = sum(word.text in OPENING | CLOSING for word in found)
    if "\\\n" in text or "\\\r" in text or 2 * len(matching(found)) != brackets:
        raise ValueError(text)
    return found


def _tokens(text: str) -> Iterator[tuple[int, str, tuple[int, int], tuple[int, int]]]:
    """Tokens with f-strings in one piece, as before Python 3.12."""
    lines = text.splitlines(keepends=True)
    starts: list[tuple[int, int]] = []
    begins, ends = getattr(tokenize, "FSTRING_START", -1), getattr(tokenize, "FSTRING_END", -1)
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == begins:
                starts.append(token.start)
            elif token.type == ends:
                start = starts.pop()
                if not starts:
                    if start[0] != token.end[0]:
                        raise ValueError(text)
                    string = lines[start[0] - 1][start[1] : token.end[1]]
                    yield tokenize.STRING, string, start, token.end
            elif not starts and token.type not in _WITHOUT:
                yield token.type, token.string, token.start, token.end
    except (tokenize.TokenError, SyntaxError) as error:
        raise ValueError(text) from error


def _spaced(before: str, after: str) -> bool:
    """Whether a space stands between two words where a line break was."""
    return not (before in OPENING or after in CLOSING or after in (".", ",", ":"))


def joined(words: Iterable[Word]) -> str:
    """The text of words on one line."""
    return "".join(f"{' ' if word.has_space else ''}{word.text}" for word in words).lstrip()


def matching(words: Sequence[Word]) -> dict[int, int]:
    """The closing bracket of each opening one."""
    found, waiting = {}, []
    for at, word in enumerate(words):
        if word.text in OPENING:
            waiting.append(at)
        elif word.text in CLOSING and waiting:
            found[waiting.pop()] = at
    return found


def priorities(words: Sequence[Word]) -> list[int]:
    """How tight each word binds what stands around it, 0 for no delimiter: outside of all brackets only."""
    ranks, depth, lambdas = [], 0, 0
    is_comprehension = is_going_over = False
    for at, word in enumerate(words):
        text, rank = word.text, 0
        before = words[at - 1] if at else None
        depth -= text in CLOSING
        if not depth:
            if text == "lambda":
                lambdas += 1
            elif text == ":" and lambdas:
                lambdas -= 1
            elif text == "for" and at + 1 < len(words):
                is_async = before is not None and before.text == "async"
                rank, is_comprehension, is_going_over = 0 if is_async else COMPREHENSION, True, True
            elif text == "async":
                rank = COMPREHENSION
            elif text == "in" and is_going_over:
                is_going_over = False
            elif text == "if" and is_comprehension:
                rank = COMPREHENSION
            elif not lambdas and not is_going_over:
                rank = _rank(text, before, words[at + 1] if at + 1 < len(words) else None)
            if rank == COMMA:
                is_comprehension = False
        depth += text in OPENING
        ranks.append(rank)
    return ranks


def _rank(text: str, before: Word | None, after: Word | None) -> int:
    if text == ",":
        return COMMA
    if before is None:
        return 0
    is_behind_value = before.is_operand or before.text in CLOSING
    if text in ("if", "else"):
        return TERNARY
    if text in ("and", "or"):
        return LOGIC
    if text == ".":
        return DOT if before.text in CLOSING else 0
    if text in _COMPARING or (text == "in" and before.text != "not"):
        return COMPARISON
    if text == "not" and after is not None and after.text == "in" and is_behind_value:
        return COMPARISON
    if text[-1:] in "\"'" and before.text[-1:] in ("'", '"'):
        return STRING
    return _RANKS.get(text, 0) if is_behind_value else 0
