"""The rows that an UPDATE or DELETE looks for, as the SELECT that finds them in the same way.

A write is never run a second time; what finds its rows may be. The SELECT takes the `ctid` of rows, as the
write does: an index alone never suffices for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from queryscope.sql.names import dotted, is_name
from queryscope.sql.parts import LONGEST, has_query, is_joining, separated
from queryscope.sql.tokens import Group, Item, Token, read_tokens

# What `read_tokens` doesn't cut as PostgreSQL does: escapes in strings and names, comments within comments.
_STRANGE = re.compile(r"(?<![\w$])(?:[eE]'|[uU]&['\"])|/\*(?:(?!\*/).)*/\*", re.DOTALL)
# As the driver finds them: in comments and strings, too.
_PLACEHOLDER = re.compile(r"%(?:\([^)]*\).|.)", re.DOTALL)
_WRITING = ("INSERT", "UPDATE", "DELETE", "MERGE")
_VERBS = frozenset({"SELECT", *_WRITING})
_CLAUSES = ("SET", "FROM", "USING", "WHERE", "RETURNING")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What finds the rows of a write."""

    verb: str  # "UPDATE" or "DELETE"
    table: str  # that is written, without its schema
    sql: str
    params: Any  # those of the write that are left


@dataclass(slots=True)
class _Write:
    """The parts of an UPDATE or DELETE."""

    verb: str
    table: str = ""
    name: str = ""  # by which columns of the target are called, as it is written
    target: Sequence[Item] = ()
    assigned: Sequence[Item] = ()
    sources: Sequence[Item] = ()  # FROM of an UPDATE, USING of a DELETE
    where: Sequence[Item] = ()
    ctes: Sequence[Item] = ()


def search_of(sql: str, params: Any) -> Search | None:
    """The search of a write, with its parameters; None where it has none, or can't be read. Never raises."""
    found = _read(sql) if len(sql) <= LONGEST else None
    if found is None:
        return None
    verb, table, text, spans = found
    if params is None or isinstance(params, Mapping):
        return Search(verb=verb, table=table, sql=text, params=params)
    if not isinstance(params, list | tuple):
        return None
    places = [each.start() for each in _PLACEHOLDER.finditer(sql) if each.group() != "%%"]
    if len(places) != len(params):
        return None
    kept = [
        value
        for place, value in zip(places, params, strict=True)
        if any(start <= place < end for start, end in spans)
    ]
    return Search(verb=verb, table=table, sql=text, params=kept)


@lru_cache(maxsize=256)
def _read(sql: str) -> tuple[str, str, str, tuple[Span, ...]] | None:
    """Verb, table, the SELECT, and which parts of the text it is made of, in the order of both."""
    if _STRANGE.search(sql):
        return None
    items = read_tokens(sql)
    while items and _is_end(items[-1]):
        items.pop()
    if any(map(_is_end, items)):
        return None
    write = _parts(items)
    if write is None:
        return None
    queries = [_span(each) for each in _queries(write.assigned)]
    if not (write.where or write.sources or queries):
        return None  # every row, and nothing to look up for them
    spans = (_span(write.ctes), *queries, *map(_span, (write.target, write.sources, write.where)))
    ctes, *looked_up, target, sources, where = (sql[start:end] for start, end in spans)
    columns = [f"{name}.ctid" for name in (write.name, *_joined(write))] + looked_up
    parts = [ctes, "SELECT", ", ".join(columns), "FROM", ", ".join(filter(None, (target, sources)))]
    text = " ".join(filter(None, parts)) + (f" WHERE {where}" if where else "")
    return write.verb, write.table, text, spans


def _parts(items: Sequence[Item]) -> _Write | None:
    at = next((at for at, item in enumerate(items) if _is_word(item, *_VERBS)), None)
    if at is None or not _is_word(items[at], "UPDATE", "DELETE"):
        return None
    head, write = items[:at], _Write(verb=_text(items[at]))
    if head and (not _is_word(head[0], "WITH") or any(map(_writes, head))):
        return None
    write.ctes = head
    start = at + 1
    if write.verb == "DELETE":
        if start >= len(items) or not _is_word(items[start], "FROM"):
            return None
        start += 1
    after = _target(items, start, write)
    if after is None:
        return None
    write.target = items[start:after]
    return write if _clauses(items, after, write) else None


def _clauses(items: Sequence[Item], at: int, write: _Write) -> bool:
    """SET, FROM or USING, WHERE, RETURNING; False where something else stands there."""
    if at == len(items):
        return False
    source = "FROM" if write.verb == "UPDATE" else "USING"
    starts = [at, *_bounds(items, at, ("SET", source, "WHERE", "RETURNING"))]
    found = {_text(items[start]): items[start + 1 : end] for start, end in _pairs(starts, len(items))}
    is_begun = _is_word(items[at], "SET", source, "WHERE", "RETURNING")
    if not is_begun or ("SET" in found) != (write.verb == "UPDATE"):
        return False
    write.assigned, write.sources = found.get("SET", ()), found.get(source, ())
    write.where = found.get("WHERE", ())
    return not (
        len(write.where) > 1 and _is_word(write.where[0], "CURRENT") and _is_word(write.where[1], "OF")
    )


def _bounds(items: Sequence[Item], at: int, words: tuple[str, ...]) -> Iterator[int]:
    """Where each of these clauses begins: in their order, and each once."""
    left = list(words)
    for here in range(at, len(items)):
        item, before = items[here], items[here - 1]
        is_part = _is_kind(before, "dot") or (_is_word(item, "FROM") and _is_word(before, "DISTINCT"))
        if _is_word(item, *left) and not is_part:
            del left[: left.index(_text(item)) + 1]
            if here > at:
                yield here


def _pairs(starts: Sequence[int], end: int) -> Iterator[tuple[int, int]]:
    yield from zip(starts, [*starts[1:], end], strict=True)


def _target(items: Sequence[Item], at: int, write: _Write) -> int | None:
    """Behind the table and its alias; None where no table stands there."""
    if at < len(items) and _is_word(items[at], "ONLY"):
        at += 1
    if at >= len(items):
        return None
    first = items[at]
    named = first.items if isinstance(first, Group) else items[at:]
    if not named or not is_name(named[0]):
        return None
    path, length = dotted(named, 0)
    if isinstance(first, Group) and length < len(named):
        return None
    write.table = path[-1]
    token = named[length - 1]
    at += 1 if isinstance(first, Group) else length
    if at < len(items) and _is_kind(items[at], "sign") and _text(items[at]) == "*":
        at += 1
    is_as = at < len(items) and _is_word(items[at], "AS")
    at += is_as
    if at < len(items) and is_name(items[at]) and (is_as or not _is_word(items[at], *_CLAUSES)):
        token = items[at]
        at += 1
    elif is_as:
        return None
    write.name = _quoted(token)
    return at


def _joined(write: _Write) -> Iterator[str]:
    """The other tables by name: a write takes their rows too. Not those of functions, queries and CTEs."""
    named = {_quoted(item) for item in write.ctes if is_name(item)}
    is_source = True
    at = 0
    while at < len(write.sources):
        item = write.sources[at]
        if not is_source or not is_name(item) or is_joining(item):
            is_source = (
                _is_kind(item, "comma") or _is_word(item, "JOIN") or (is_source and _is_word(item, "ONLY"))
            )
            at += 1
            continue
        _, after = dotted(write.sources, at)
        token, is_source = write.sources[after - 1], False
        if after < len(write.sources) and isinstance(write.sources[after], Group):
            at = after  # a function
            continue
        is_cte = after == at + 1 and _quoted(token) in named
        at = after + (after < len(write.sources) and _is_word(write.sources[after], "AS"))
        if at < len(write.sources) and is_name(write.sources[at]) and not is_joining(write.sources[at]):
            token = write.sources[at]
            at += 1
        if not is_cte:
            yield _quoted(token)


def _queries(assigned: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """What is assigned to one column, and looked up by a subquery: that searches too."""
    for each in separated(assigned):
        at = next((at for at, item in enumerate(each) if _is_kind(item, "sign")), None)
        if at is None or _text(each[at]) != "=" or isinstance(each[0], Group):
            continue  # (a, b) = (SELECT …) has no place in a SELECT
        if has_query(each[at + 1 :]):
            yield each[at + 1 :]


def _writes(item: Item) -> bool:
    return isinstance(item, Group) and bool(item.items) and _is_word(item.items[0], *_WRITING)


def _span(items: Sequence[Item]) -> Span:
    return (items[0].start, items[-1].end) if items else (0, 0)


def _quoted(item: Item) -> str:
    """A name as it can be written anywhere: `"select"` for one that was quoted."""
    text = _text(item)
    return '"' + text.replace('"', '""') + '"' if _is_kind(item, "quoted") else text.lower()


def _text(item: Item) -> str:
    return item.text if isinstance(item, Token) else ""


def _is_kind(item: Item, kind: str) -> bool:
    return isinstance(item, Token) and item.kind == kind


def _is_end(item: Item) -> bool:
    return _is_kind(item, "other") and _text(item) == ";"


def _is_word(item: Item, *texts: str) -> bool:
    return isinstance(item, Token) and item.kind == "word" and item.text in texts
