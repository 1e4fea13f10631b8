"""The shape of a statement: its text without values, the hash of it, its kind and its relations.

Reads text, not grammar: one compiled expression per step, never going back, so time grows with the
length of the text and nothing raises. What cannot be read (an unterminated string) is taken for a value.
Groups are repeated inside of (?>…): Python before 3.11.5 gets possessive ones wrong (gh-101955, gh-106052).
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

MARKER = "%s"  # stands for every value and placeholder
LIST_MARKER = "…"  # stands for every list of values

# Longer texts are not held by the caches: a bulk insert may be of ten megabytes.
_CACHED_CHARACTERS = 20_000
_COMMENT_DEPTH = 6  # deeper nesting drops the rest of the text


def _comment(depth: int) -> str:
    inner = f"|{_comment(depth - 1)}" if depth else ""
    return rf"/\*(?>(?:[^/*]++|\*(?!/)|/(?!\*){inner})*)\*/"


_STRING = r"""
    (?: (?<![\w$]) (?: [eE]'(?>(?:[^'\\]++|\\.|'')*)' | [bBxXnN]'[^']*+' | [uU]&'[^']*+(?>(?:''[^']*+)*)' )
      | '[^']*+(?>(?:''[^']*+)*)'
      | \$(?P<{tag}>(?>(?:[^\W\d]\w*+)?))\$ .*? \$(?P={tag})\$
    )
"""
_SIGN = r"(?>(?: (?:(?<=[=<>(,])|(?<=[=<>(,]\ ))[-+] )?)"
_NUMBER = rf"{_SIGN} (?<![\w$]) (?:\d\w*+\.?+\w*+|\.\d\w*+) (?>(?:(?<=[eE])[-+]\d++)?)"
_PLACEHOLDER = r"""
    (?: %[sbt](?!\w) | %\([^)]{0,63}+\)[sbt] | \$\d++ | (?:(?<=[=<>(,])|(?<=[=<>(,]\ ))\?(?![|&?]) )
"""
_CAST = r"(?>(?: \s*+::\s*+ (?:\"[^\"]*+\"|[\w.]++) (?>(?:\([\d,\ ]*+\))?) (?>(?:\[\])*) )*)"


def _item(tag: str) -> str:
    string = _STRING.format(tag=tag)
    constant = r"(?i:NULL|TRUE|FALSE|DEFAULT)(?![\w$])"
    return rf"(?: (?:{_PLACEHOLDER}|{string}|{_NUMBER}|{constant}) {_CAST} )"


def _items(tag: str) -> str:
    return rf"(?: {_item(tag + '_first')} (?>(?:\s*+,\s*+{_item(tag + '_next')})*) )"


def _rows(tag: str) -> str:
    def row(name: str) -> str:
        return rf"\(\s*+{_items(name)}\s*+\)"

    return rf"(?: {row(tag + '_row')} (?>(?:\s*+,\s*+{row(tag + '_rows')})*) )"


# ORDER BY 2: a number, but no value. Lists of columns and positions only.
_AFTER_POSITION = (
    r"(?= \ ?(?:[,);]|\Z)"
    r" | \ (?i:ASC|DESC|NULLS|HAVING|ORDER|LIMIT|OFFSET|FOR|UNION|EXCEPT|INTERSECT|WINDOW)(?![\w$]) )"
)
_ORDERED = r'(?:"[^"]*+"(?>(?:\."[^"]*+")*)'
_POSITION = rf"(?: {_ORDERED} | \d++{_AFTER_POSITION}) (?>(?:\ (?i:ASC|DESC)(?![\w$]))?) )"
_GAP = rf"(?: [\s\x00] | --[^\n]*+ | {_comment(_COMMENT_DEPTH)} )"

_TOKEN = re.compile(
    rf"""
    (?P<keep>
        (?>(?: (?! (?i:IN|VALUES|ARRAY|ORDER|GROUP)(?![\w$]) | [eEbBxXnN]' | [uU]&' ) [^\W\d][\w$]*+
          | (?>(?: [uU]& )?)"[^"]*+"
          | [,()=;:\[\]] | \.(?!\d) | \ (?=[\w"(=%])
        )+)
      | %%
    )
  | (?P<gap> \ ?+ (?: [^\S\ ] | \x00 | --[^\n]*+ | {_comment(_COMMENT_DEPTH)} | \ ) (?>{_GAP}*) )
  | (?P<placeholder> {_PLACEHOLDER} )
  | (?P<string> {_STRING.format(tag="tag")} )
  | (?P<rest> \$(?>(?:[^\W\d]\w*+)?)\$.*+ | (?>(?: [eEbBxXnN] | [uU]& )?)['"].*+ | /\*.*+ )
  | (?P<number> {_NUMBER} )
  | (?P<list> (?P<opens> (?<![\w$])(?i:IN) ) \s*+\(\s*+ (?: {_items("in")} | {_rows("in_rows")} ) \s*+\) )
  | (?P<array> (?<![\w$])(?i:ARRAY)\s*+\[\s*+ {_items("array")} \s*+\] )
  | (?P<values> (?<![\w$])(?i:VALUES)\s*+ {_rows("values")} )
  | (?P<positions> (?<![\w$])(?i:ORDER|GROUP)\ BY\ {_POSITION} (?>(?:,\ {_POSITION})*) )
  | (?P<word> [^\W\d][\w$]*+ )
    """,
    re.VERBOSE | re.DOTALL,
)

# Second pass, over text without values: what comments or expressions had split.
_LEFT_LIST = re.compile(
    r"(?<![\w$])(IN|ARRAY)( ?)([(\[]) ?%s(?:::[\w.]+)?(?>(?: ?, ?%s(?:::[\w.]+)?)*) ?([)\]])", re.I
)
_ROW = r"\((?>(?:[^()]++|\((?>(?:[^()]++|\((?>(?:[^()]++|\([^()]*+\))*)\))*)\))*)\)"
_LEFT_VALUES = re.compile(rf"(?<![\w$])(VALUES) ?({_ROW}(?>(?: ?, ?{_ROW})*))", re.I)
_LEFT_WHEN = re.compile(r"(WHEN \([^()]*+\) THEN %s(?>(?:::\w++)?) )(?:\1)+")
_SAVEPOINT = re.compile(
    r"^(SAVEPOINT|RELEASE(?: SAVEPOINT)?|ROLLBACK(?: WORK| TRANSACTION)? TO(?: SAVEPOINT)?)"
    r' (?:"[^"]*"|[\w$]+)$',
    re.IGNORECASE,
)


def normalize(sql: str) -> str:
    """The text without comments, values and superfluous space; lists of any length look alike."""
    if len(sql) > _CACHED_CHARACTERS:
        return _normalize(sql)
    return _normalize_cached(sql)


def fingerprint(sql: str) -> str:
    """16 hexadecimal digits that equal statements share whatever their values."""
    text = normalize(sql).encode("utf-8", "backslashreplace")
    return blake2b(text, digest_size=8).hexdigest()


def _normalize(sql: str) -> str:
    text = _TOKEN.sub(_replace, sql).strip(" ;")
    if "%s" in text:
        text = _LEFT_LIST.sub(rf"\1\2\g<3>{LIST_MARKER}\g<4>", text)
        text = _LEFT_VALUES.sub(_replace_values, text)
        text = _LEFT_WHEN.sub(r"\1", text)
    return _SAVEPOINT.sub(rf"\1 {MARKER}", text)


_normalize_cached = lru_cache(maxsize=2048)(_normalize)


def _replace(match: re.Match[str]) -> str:
    name = match.lastgroup
    if name in ("keep", "word", "positions"):
        return match.group()
    if name == "gap":
        return " "
    if name == "list":
        return f"{match['opens']} ({LIST_MARKER})"
    if name == "array":
        return f"ARRAY[{LIST_MARKER}]"
    if name == "values":
        return f"VALUES ({LIST_MARKER})"
    return "" if name == "rest" and match.group().startswith("/*") else MARKER


def _replace_values(match: re.Match[str]) -> str:
    return f"{match[1]} ({LIST_MARKER})" if MARKER in match[2] else match[0]


_VERBS = {
    "SELECT": "select",
    "INSERT": "insert",
    "UPDATE": "update",
    "DELETE": "delete",
    **dict.fromkeys(
        ("BEGIN", "START", "COMMIT", "END", "SAVEPOINT", "RELEASE", "ROLLBACK", "ABORT", "SET"), "transaction"
    ),
}
_DEPTH = re.compile(
    r'"[^"]*+"|(?P<opens>\((?>(?: ?(?P<writes>(?i:INSERT|UPDATE|DELETE))(?!\w))?))'
    r"|(?P<closes>\))|(?P<word>\w++)"
)


def kind(sql: str) -> str:
    """`select`, `insert`, `update`, `delete`, `transaction` or `other`; a WITH that writes is a write."""
    text = normalize(sql).lstrip("( ")
    word = text[:12].partition(" ")[0].upper()
    if word != "WITH":
        return _VERBS.get(word.rstrip(";("), "other")
    depth = 0
    for match in _DEPTH.finditer(text):
        if match["writes"]:
            return _VERBS[match["writes"].upper()]
        if match["opens"]:
            depth += 1
        elif match["closes"]:
            depth -= 1
        elif (
            depth == 0 and match["word"] and match["word"].upper() in ("SELECT", "INSERT", "UPDATE", "DELETE")
        ):
            return _VERBS[match["word"].upper()]
    return "other"


_NAME = r'(?:"[^"]*+"|[^\W\d][\w$]*+)'
_NOT_A_RELATION = (
    r"FOR UPDATE|FOR NO KEY UPDATE|DO UPDATE|DISTINCT FROM"
    r"|(?:EXTRACT|SUBSTRING|TRIM|OVERLAY)\((?:[^()\"]|\"[^\"]*+\")*? FROM"
)
_RELATION = re.compile(
    rf"(?<![\w$\"])(?:(?P<not>{_NOT_A_RELATION})"
    rf"|(?:FROM|JOIN|INTO|UPDATE) (?:ONLY )?(?P<name>{_NAME}(?>(?:\.{_NAME})?))(?! ?\())",
    re.IGNORECASE,
)
_INTO_COLUMNS = re.compile(rf"(?<![\w$\"])INTO (?P<name>{_NAME}(?>(?:\.{_NAME})?)) ?\(", re.IGNORECASE)
_CTE = re.compile(
    rf"(?:WITH|RECURSIVE|,) ({_NAME})(?: ?\([^()]*+\))? AS (?:NOT )?(?:MATERIALIZED )?\(", re.IGNORECASE
)


def tables(sql: str) -> tuple[str, ...]:
    """Names of the relations that the statement speaks of, in order of appearance, without their schema."""
    return _tables(sql) if len(sql) > _CACHED_CHARACTERS else _tables_cached(sql)


def spelled_tables(sql: str) -> tuple[str, ...]:
    """The same, with a schema as `db_table` names it: `sales"."order`."""
    return _tables(sql, is_bare=False)


def _tables(sql: str, *, is_bare: bool = True) -> tuple[str, ...]:
    text = normalize(sql)
    read = _plain if is_bare else _spelled
    named = {_plain(name) for name in _CTE.findall(text)} if text[:4].upper() == "WITH" else set()
    found = [(match.start(), read(match["name"])) for match in _INTO_COLUMNS.finditer(text)]
    found += [(m.start(), read(m["name"])) for m in _RELATION.finditer(text) if m["name"]]
    keywords = {"select", "lateral", "unnest", "only", "values"}
    names = (name for _, name in sorted(found) if name not in named and name.lower() not in keywords)
    return tuple(dict.fromkeys(names))


_tables_cached = lru_cache(maxsize=2048)(_tables)


def _spelled(name: str) -> str:
    return '"."'.join(_plain(part) for part in re.findall(_NAME, name))


def _plain(name: str) -> str:
    last: str = re.findall(_NAME, name)[-1]
    return last[1:-1] if last.startswith('"') else last
