"""The parts of a statement that a plan node may be about: tables, conditions, keys, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from queryscope.sql.keywords import AGGREGATES, AROUND_SOURCES, CLAUSES
from queryscope.sql.names import Names, dotted, is_name, is_query, name_of, names_in
from queryscope.sql.tokens import Group, Item, Token, read_tokens

LONGEST = 40_000  # characters; of a longer text nothing is told

Kind = Literal[
    "table", "with", "condition", "group", "sort", "distinct", "limit", "lock", "aggregate", "window", "set"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part; parts never overlap. `start` and `end` are positions in the text."""

    kind: Kind
    start: int
    end: int
    name: str = ""  # of a table, function or CTE
    alias: str = ""
    names: Names | None = None  # of conditions, keys and aggregates
    is_or: bool = False


def read_parts(text: str) -> tuple[Part, ...]:
    """The parts of a statement by their place; none of what can't be read. Never raises."""
    if len(text) > LONGEST:
        return ()
    found = sorted(_query(read_tokens(text)), key=lambda part: part.start)
    kept: list[Part] = []
    for part in found:
        if part.end > part.start and (not kept or part.start >= kept[-1].end):
            kept.append(part)
    return tuple(kept)


def read_condition(text: str) -> tuple[Part, ...]:
    """The operands of the outermost AND of a condition as a plan prints it."""
    return tuple(_conditions(read_tokens(text))) if len(text) <= LONGEST else ()


def _query(items: Sequence[Item]) -> Iterator[Part]:
    """The parts of one SELECT, UNION, INSERT, UPDATE or DELETE and of all subqueries in it."""
    selected: list[Sequence[Item]] = []
    for word, clause in clauses_of(items):
        if word.text == "SELECT":
            distinct, clause = _distinct(clause)
            yield from distinct
            selected = list(separated(clause))
            yield from _aggregates(clause)
        elif word.text in ("FROM", "UPDATE", "INSERT", "DELETE", "MERGE"):
            yield from _sources(clause)
        elif word.text in ("WHERE", "HAVING"):
            yield from _conditions(clause)
        elif word.text in ("GROUP", "ORDER"):
            kind: Kind = "group" if word.text == "GROUP" else "sort"
            yield from (replace(key, kind=kind) for key in _keys(clause, selected))
        elif word.text == "WITH":
            yield from _ctes(clause)
        elif word.text in ("LIMIT", "OFFSET", "FETCH"):
            yield Part(kind="limit", start=word.start, end=_end(clause, word.end))
        elif word.text == "FOR":
            yield Part(kind="lock", start=word.start, end=_end(clause, word.end))
        elif word.text in ("UNION", "INTERSECT", "EXCEPT"):
            yield Part(kind="set", start=word.start, end=word.end)
        yield from _inner(clause)


def _inner(items: Sequence[Item]) -> Iterator[Part]:
    """The parts of the subqueries in a clause."""
    waiting = [item for item in items if isinstance(item, Group)]
    while waiting:
        group = waiting.pop()
        if is_query(group):
            yield from _query(group.items)
        else:
            waiting += [item for item in group.items if isinstance(item, Group)]


def clauses_of(items: Sequence[Item]) -> Iterator[tuple[Token, list[Item]]]:
    """Each clause by its first word."""
    word = Token("word", "", 0, 0)
    clause: list[Item] = []
    last: Item = word
    for item in items:
        is_first = isinstance(item, Token) and item.kind == "word" and item.text in CLAUSES
        if isinstance(item, Token) and is_first and not _goes_on(last, item, is_begun=bool(word.text)):
            yield word, clause
            word, clause = item, []
        else:
            clause.append(item)
        last = item
    yield word, clause


def _goes_on(last: Item, item: Token, *, is_begun: bool) -> bool:
    """Whether a word that may begin a clause doesn't: FOR UPDATE, IS DISTINCT FROM, WITH ORDINALITY."""
    if item.text == "FROM":
        return _is_word(last, "DISTINCT", "DELETE", "ROWS")
    if item.text == "UPDATE":
        return _is_word(last, "FOR", "KEY", "DO")
    return item.text == "WITH" and is_begun


def _distinct(clause: list[Item]) -> tuple[list[Part], list[Item]]:
    """The word DISTINCT, with ON and its keys; and the rest of the clause."""
    if not clause or not _is_word(clause[0], "DISTINCT"):
        return [], clause
    is_on = len(clause) > 2 and isinstance(clause[2], Group) and _is_word(clause[1], "ON")
    length = 3 if is_on else 1
    names = names_in(clause[1:length])
    part = Part(kind="distinct", start=clause[0].start, end=clause[length - 1].end, names=names)
    return [part], clause[length:]


def _aggregates(clause: Sequence[Item]) -> Iterator[Part]:
    """Calls of aggregates and of window functions in the list of a SELECT."""
    waiting: list[Sequence[Item]] = [clause]
    while waiting:
        items = waiting.pop()
        for at, item in enumerate(items):
            if not isinstance(item, Group) or is_query(item):
                continue
            name = items[at - 1] if at else None
            is_window = at + 1 < len(items) and _is_word(items[at + 1], "OVER")
            if isinstance(name, Token) and is_name(name) and (is_window or name_of(name) in AGGREGATES):
                whole = items[at - 1 : at + 3] if is_window else items[at - 1 : at + 1]
                names = names_in(items[at - 1 : at + 1])
                kind: Kind = "window" if is_window else "aggregate"
                if not has_query(whole):
                    yield Part(kind=kind, start=name.start, end=whole[-1].end, names=names)
            else:
                waiting.append(item.items)


def _sources(clause: Sequence[Item]) -> Iterator[Part]:
    """Tables, functions and subqueries of a FROM, and the conditions that join them."""
    at = 0
    while at < len(clause):
        item = clause[at]
        if _is_word(item, "ON"):
            stop = next((end for end in range(at + 1, len(clause)) if ends_on(clause[end])), len(clause))
            yield from _conditions(clause[at + 1 : stop])
            at = stop
        elif _is_word(item, "TABLESAMPLE"):
            at = next((end for end in range(at, len(clause)) if isinstance(clause[end], Group)), at) + 1
        elif _is_word(item, "USING") and at + 1 < len(clause):
            names = names_in(clause[at + 1 : at + 2])
            yield Part(kind="condition", start=item.start, end=clause[at + 1].end, names=names)
            at += 2
        elif isinstance(item, Group) and not is_query(item):
            yield from _sources(item.items)  # (a JOIN b ON …)
            at += 1
        elif isinstance(item, Group) or (is_name(item) and not is_joining(item)):
            part, at = source_at(clause, at)
            yield part
        else:
            at += 1


def source_at(clause: Sequence[Item], at: int) -> tuple[Part, int]:
    first = clause[at]
    path, after = ([""], at + 1) if isinstance(first, Group) else dotted(clause, at)
    start, end = first.start, clause[after - 1].end
    if not isinstance(first, Group) and after < len(clause) and isinstance(clause[after], Group):
        after += 1  # arguments of a function, columns of an INSERT
    if after < len(clause) and _is_word(clause[after], "AS"):
        after += 1
    alias = ""
    if after < len(clause) and is_name(clause[after]) and not is_joining(clause[after]):
        token = clause[after]
        alias = name_of(token) if isinstance(token, Token) else ""
        start, end = (token.start if isinstance(first, Group) else start), token.end
        after += 1
        if after < len(clause) and isinstance(clause[after], Group) and not is_query(clause[after]):
            after += 1  # names of its columns
    elif isinstance(first, Group):
        end = start
    return Part(kind="table", start=start, end=end, name=path[-1], alias=alias or path[-1]), after


def ends_on(item: Item) -> bool:
    return isinstance(item, Token) and (item.kind == "comma" or is_joining(item))


def is_joining(item: Item) -> bool:
    return isinstance(item, Token) and item.kind == "word" and item.text in AROUND_SOURCES


def _conditions(items: Sequence[Item]) -> Iterator[Part]:
    """The operands of AND. What stands in parentheses without an OR is read like what stands outside."""
    waiting: list[Sequence[Item]] = [items]
    while waiting:
        for operand in operands_of(waiting.pop()):
            if len(operand) == 1 and isinstance(operand[0], Group) and not is_query(operand[0]):
                inner = operand[0].items
                if not any(_is_word(item, "OR") for item in inner):
                    waiting.append(inner)
                    continue
            head = _without_query(operand)
            if head:
                is_or = any(_is_word(item, "OR") for item in _flat(operand))
                end = head[-1].end
                yield Part(
                    kind="condition", start=head[0].start, end=end, names=names_in(operand), is_or=is_or
                )


def operands_of(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    if any(_is_word(item, "OR") for item in items):
        yield items
        return
    start = 0
    is_between = False
    for at, item in enumerate(items):
        if _is_word(item, "BETWEEN"):
            is_between = True
        elif _is_word(item, "AND") and is_between:
            is_between = False
        elif _is_word(item, "AND"):
            yield items[start:at]
            start = at + 1
    yield items[start:]


def _without_query(operand: Sequence[Item]) -> Sequence[Item]:
    """The operand up to a subquery in it, whose parts stand for themselves."""
    for at, item in enumerate(operand):
        if isinstance(item, Group) and (is_query(item) or has_query(item.items)):
            return operand[:at]
    return operand


def has_query(items: Sequence[Item]) -> bool:
    """Whether a subquery stands among these, at any depth."""
    return any(is_query(item) for item in _flat(items))


def _flat(items: Sequence[Item]) -> Iterator[Item]:
    waiting = list(items)
    while waiting:
        item = waiting.pop()
        yield item
        if isinstance(item, Group):
            waiting += item.items


def _keys(clause: Sequence[Item], selected: Sequence[Sequence[Item]]) -> Iterator[Part]:
    """Keys after BY; `2` and an alias stand for what is selected."""
    for key in separated([item for item in clause if not _is_word(item, "BY")]):
        if key and not has_query(key):
            meant = _meant(key, selected)
            yield Part(kind="sort", start=key[0].start, end=key[-1].end, names=names_in(meant))


def _meant(key: Sequence[Item], selected: Sequence[Sequence[Item]]) -> Sequence[Item]:
    first = key[0]
    if not isinstance(first, Token) or (len(key) > 1 and not _is_word(key[1], "ASC", "DESC", "NULLS")):
        return key
    if first.kind == "value" and first.text.isdecimal() and 0 < int(first.text[:6]) <= len(selected):
        return selected[int(first.text[:6]) - 1]
    for item in selected:
        last = item[-1] if item else None
        is_alias = len(item) > 2 and _is_word(item[-2], "AS")
        if is_alias and isinstance(last, Token) and is_name(first) and name_of(last) == name_of(first):
            return item[:-2]
    return key


def separated(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    start = 0
    for at, item in enumerate(items):
        if isinstance(item, Token) and item.kind == "comma":
            yield items[start:at]
            start = at + 1
    yield items[start:]


def _ctes(clause: Sequence[Item]) -> Iterator[Part]:
    """The names that WITH gives."""
    for item in separated(clause):
        token = next((one for one in item if is_name(one) and not _is_word(one, "RECURSIVE")), None)
        if isinstance(token, Token):
            name = name_of(token)
            yield Part(kind="with", start=token.start, end=token.end, name=name, alias=name)


def _end(clause: Sequence[Item], otherwise: int) -> int:
    return clause[-1].end if clause else otherwise


def _is_word(item: Item, *texts: str) -> bool:
    return isinstance(item, Token) and item.kind == "word" and item.text in texts
