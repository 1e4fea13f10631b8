"""What the patterns of LIKE in a condition are like, without what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from queryscope.model import LikePattern
from queryscope.plans.redact import redact

# Three letters in a row, or fewer between other characters: pg_trgm's words begin and end with blanks.
# NULs are wildcards, where a word may go on.
_TRIGRAM = re.compile(
    r"[^\W_]{3}|(?:_|[^\w\0])[^\W_]{2}|[^\W_]{2}(?:_|[^\w\0])|(?:_|[^\w\0])[^\W_](?:_|[^\w\0])"
)
_LONGEST_OPERAND = 500  # characters
_MOST = 20  # patterns of one condition
# Not NOT LIKE, nor a list of patterns.
_LIKE = re.compile(r" ~~\*? (?P<escaped>E?)'(?P<pattern>(?>[^']*)(?>(?:''[^']*)*))'")
_ESCAPED = re.compile(r"\\.", re.DOTALL)


def find_patterns(text: str) -> tuple[LikePattern, ...]:
    """The patterns that columns or expressions are matched with; those that are no literal are left out."""
    return tuple(_found(text)) if " ~~" in text else ()


def _found(text: str) -> Iterator[LikePattern]:
    for number, match in enumerate(_LIKE.finditer(text)):
        if number == _MOST:
            return
        pattern = match["pattern"].replace("''", "'")
        if match["escaped"]:
            pattern = pattern.replace("\\\\", "\\")
        words = re.sub(r"[%_]", "\0", _ESCAPED.sub(_spoken, pattern))
        yield LikePattern(
            operand=redact(_operand_before(text, match.start())),
            is_anchored=not pattern.startswith(("%", "_")),
            has_word=_TRIGRAM.search(words) is not None,
        )


def _spoken(match: re.Match[str]) -> str:
    """An escaped wildcard is a character like any other that is no letter."""
    character = match.group()[1]
    return " " if character in "%_" else character


def _operand_before(text: str, end: int) -> str:
    """What stands before an operator, back to the parenthesis that encloses both."""
    depth = 0
    first = max(end - _LONGEST_OPERAND, 0)
    for position in range(end - 1, first - 1, -1):
        character = text[position]
        if character == ")":
            depth += 1
        elif character == "(":
            if not depth:
                return text[position + 1 : end]
            depth -= 1
    return text[:end] if not first else ""
