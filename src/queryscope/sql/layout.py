"""SQL laid out for reading; long lists and texts are shortened first."""

from __future__ import annotations

import re
from functools import lru_cache

# sqlparse needs about 0.1 ms a token and is quadratic in places: longer texts are shown as they are.
_LAID_OUT_CHARACTERS = 6_000
_SHOWN_CHARACTERS = 20_000

_COLUMN = r'"[^"]*+"(?>(?:\."[^"]*+")?)'
_COLUMN_LIST = re.compile(rf"((?:{_COLUMN}, ){{8}})(?>(?:{_COLUMN}, ){{3,}})(?={_COLUMN})")


def lay_out(sql: str) -> str:
    """The statement with one clause a line. Never raises; what is too long is shortened and says so."""
    if len(sql) > _LAID_OUT_CHARACTERS:
        return _shorten(sql)
    return _lay_out(sql)


def shorten_columns(sql: str) -> str:
    """Long column lists with an ellipsis in the middle: a SELECT of forty columns is no news."""
    return _COLUMN_LIST.sub(r"\1…, ", sql)


def _shorten(sql: str) -> str:
    if len(sql) <= _SHOWN_CHARACTERS:
        return sql
    return f"{sql[:_SHOWN_CHARACTERS]} … ({len(sql) - _SHOWN_CHARACTERS} characters more)"


@lru_cache(maxsize=512)
def _lay_out(sql: str) -> str:
    import sqlparse
    from sqlparse.exceptions import SQLParseError

    try:
        text = sqlparse.format(sql, reindent=True, keyword_case=None, indent_columns=True, indent_width=2)
    except (SQLParseError, RecursionError, ValueError, IndexError):
        return sql
    return str(text).strip() or sql
