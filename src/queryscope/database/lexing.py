"""The code of a statement without its comments and strings, cut as PostgreSQL's own lexer cuts it.

`sql.fingerprint.normalize` is for shapes: it drops whole lists of values, with the functions called in them.
Here nothing is dropped but what is certainly no code, and what can't be told is not read at all.
Follows src/backend/parser/scan.l of PostgreSQL 14 to 18, with standard_conforming_strings on.
"""

from __future__ import annotations

import re

# PostgreSQL takes every byte above 127 for a letter, spaces of Unicode included.
_WORD = r"[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_$\u0080-\U0010ffff]*+"
_QUOTED = r'"[^"]*+(?>(?:""[^"]*+)*)"'
NAME = rf"(?:{_QUOTED}|{_WORD})"

_TOKEN = re.compile(
    rf"""
    (?P<odd> [uU]&" | \x00 )                       # an identifier with escapes: nobody writes it
  | (?P<escaped> [eE]' )
  | (?P<string> (?>(?: [bBxXnN] | [uU]& )?) ' )
  | (?P<dollar> \$(?P<tag>(?>(?:[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_\u0080-\U0010ffff]*+)?))\$ )
  | (?P<line> --[^\n\r]*+ )
  | (?P<block> /\* )
  | (?P<kept> {_QUOTED} | {_WORD} | \$?\d++ | [\s(),.=]++ )
  | (?P<unclosed> " )
  | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPED_REST = re.compile(r"[^'\\]*+(?>(?:(?:\\.|'')[^'\\]*+)*)'", re.DOTALL)
_STRING_REST = re.compile(r"[^']*+(?>(?:''[^']*+)*)'")
# A literal goes on in the next one, by its rules, when only space with a line break stands between.
_GOES_ON = re.compile(r"(?>(?:[ \t\f\v]|--[^\n\r]*+)*)[\n\r](?>(?:[ \t\f\v\n\r]|--[^\n\r]*+[\n\r])*)'")
_BLOCK_BOUND = re.compile(r"/\*|\*/")
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def code_of(sql: str) -> str | None:
    """The text with `''` for each string and a space for each comment; None where it can't be told."""
    kept: list[str] = []
    position = 0
    while position < len(sql):
        match = _TOKEN.match(sql, position)
        if match is None or match["odd"] or match["unclosed"]:
            return None
        position = match.end()
        if match["kept"] or match["other"]:
            kept.append(match.group())
            continue
        if match["line"] or match["block"]:
            kept.append(" ")
            end = position if match["line"] else _end_of_block(sql, position)
        else:
            kept.append("''")
            end = _end_of_string(sql, match)
        if end is None:
            return None
        position = end
    return "".join(kept)


def plain(name: str) -> str:
    """A name as the catalog has it: without quotes, or folded as PostgreSQL folds it."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.translate(_LOWER)


def _end_of_string(sql: str, match: re.Match[str]) -> int | None:
    if match["dollar"]:
        found = sql.find(match["dollar"], match.end())
        return None if found < 0 else found + len(match["dollar"])
    rest = _ESCAPED_REST if match["escaped"] else _STRING_REST
    position = match.end()
    while True:
        closed = rest.match(sql, position)
        if closed is None:
            return None
        further = _GOES_ON.match(sql, closed.end())
        if further is None:
            return closed.end()
        position = further.end()


def _end_of_block(sql: str, position: int) -> int | None:
    depth = 1
    while depth:
        bound = _BLOCK_BOUND.search(sql, position)
        if bound is None:
            return None
        depth += 1 if bound.group() == "/*" else -1
        position = bound.end()
    return position
