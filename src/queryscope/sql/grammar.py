"""Statements as trees of a real parser, with the placeholders of Django's SQL made readable to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from queryscope.sql.fingerprint import kind, normalize

if TYPE_CHECKING:
    from sqlglot import exp

# The parser needs about 10 µs a token: longer texts are read without their values, and only up to a bound.
_READ_AS_IS = 10_000
_READ_AT_ALL = 60_000

# What the parser may see. Of anything else it would make a "command", and log the text.
_READABLE = frozenset({"select", "insert", "update", "delete"})

PARAMETER = "$1"
# Of two characters and more those that the parser knows, between two operands or before one.
_KNOWN = frozenset(
    re.findall(
        r"\S+",
        "<> != <= >= || -> ->> #> #>> #- @> <@ && ?| ?& @? @@ ~* !~ !~* ~~ !~~ ~~* !~~* << >> <-> <=> ?- &< "
        "&> -|- ^@ <%> @@@ |/ ||/ !!",
    )
)
_OTHER = " OPERATOR(pg_catalog.other) "  # stands for <<=, %>, ~= and all that extensions define
_MAY_END_IN_A_SIGN = re.compile(r"[~!@\#%^&|`?]")
_FOREIGN = re.compile(
    r"""
      '[^']*+(?>(?:''[^']*+)*)' | "[^"]*+"
    | --[^\n]*+ | /\*(?>(?:[^*]|\*(?!/))*)\*/
    | (?P<operator> (?: (?!--|/\*)[-+*/<>=~!@\#^&|`?] | %% | %(?![sbt(]) ){2,} )
    | (?P<placeholder> %[sbt](?!\w) | %\([^)]{0,63}+\)[sbt] | … )
    | (?P<percent> %% )
    """,
    re.VERBOSE,
)


def parse_statements(sql: str) -> tuple[exp.Expr, ...]:
    """The trees of the statements in the text; none if it can't be read. Placeholders become `$1`."""
    if kind(sql) not in _READABLE:
        return ()
    text = sql if len(sql) <= _READ_AS_IS else normalize(sql)
    if len(text) > _READ_AT_ALL:
        return ()
    import sqlglot

    try:
        trees = sqlglot.parse(_FOREIGN.sub(_replace, text), read="postgres")
    except Exception:  # a parser of 30 000 lines, given any text: whatever it raises means "can't be read"
        return ()
    found = tuple(tree for tree in trees if tree is not None)
    return () if any(tree.key == "command" for tree in found) else found


def _replace(match: re.Match[str]) -> str:
    if match["placeholder"]:
        return PARAMETER
    if match["operator"]:
        return _operator(match["operator"].replace("%%", "%"))
    return "%" if match["percent"] else match.group()


def _operator(text: str) -> str:
    """An operator that the parser can read; as PostgreSQL's lexer does, `=-1` is `=` and `-1`."""
    name = text if _MAY_END_IN_A_SIGN.search(text) else text.rstrip("+-") or text[:1]
    signs = text[len(name) :]
    return text if len(name) < 2 or name in _KNOWN else f"{_OTHER}{signs}"
