"""A statement, or a condition as a plan prints it, as tokens with their places; parentheses as groups.

Reads signs, not grammar: whatever the text is, it has tokens, in time that grows with its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

DEEPEST = 60  # parentheses within each other; deeper ones are read as if they were not there

_TOKEN = re.compile(
    r"""
      (?P<space>\s+ | --[^\n]* | /\*.*?(?:\*/|\Z))
    | (?P<quoted>"(?:[^"]|"")*(?:"|\Z))
    | (?P<value>
          [eEbBxXnN]?'(?:[^']|'')*(?:'|\Z)
        | \$(?P<tag>[^\W\d]?\w*)\$.*?(?:\$(?P=tag)\$|\Z)
        | \$\d+ | %s | %\(\w+\)s | … | \d[\w.]* | \.\d\w* )
    | (?P<word>[^\W\d][\w$]*)
    | (?P<open>\() | (?P<close>\)) | (?P<comma>,) | (?P<cast>::) | (?P<dot>\.)
    | (?P<sign>[-+*/<>=~!@\#%^&|`?]+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One sign, word, value or quoted name; `text` of a word is in upper case, a name without its quotes."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(slots=True)
class Group:
    """What stands in parentheses."""

    start: int
    end: int
    items: list[Item] = field(default_factory=list)


Item: TypeAlias = Token | Group


def read_tokens(text: str) -> list[Item]:
    """The items of a text. Parentheses that are never closed end with it."""
    top = Group(0, len(text))
    stack = [top]
    for token in _tokens(text):
        if token.kind == "open" and len(stack) <= DEEPEST:
            group = Group(token.start, len(text))
            stack[-1].items.append(group)
            stack.append(group)
        elif token.kind == "close" and len(stack) > 1:
            stack.pop().end = token.end
        elif token.kind not in ("open", "close"):
            stack[-1].items.append(token)
    return top.items


def _tokens(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        if kind == "tag":
            kind = "value"
        if kind == "space":
            continue
        found = match.group()
        if kind == "quoted":
            found = found[1:].removesuffix('"').replace('""', '"')
        yield Token(kind, found.upper() if kind == "word" else found, match.start(), match.end())
