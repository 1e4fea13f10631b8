"""Which statements may be explained, and which may be run a second time to be explained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from queryscope.errors import ExplainRefusedError
from queryscope.plans.redact import redact
from queryscope.sql.fingerprint import kind, normalize
from queryscope.sql.grammar import parse_statements

if TYPE_CHECKING:
    from sqlglot import exp

# Volatile only in what they return: running them again changes nothing.
HARMLESS = frozenset(
    {
        "clock_timestamp",
        "gen_random_uuid",
        "random",
        "random_normal",
        "timeofday",
        "uuid_generate_v1",
        "uuid_generate_v4",
        "uuidv4",
        "uuidv7",
    }
)

# Words of SQL that stand before a parenthesis without being functions of pg_proc.
_SYNTAX = frozenset(
    """
    all and any array as asc between both by case cast coalesce collation column cross cube current
    current_time current_timestamp dec decimal desc distinct else end escape except exists fetch filter
    first float for from full greatest group grouping having ilike in inner int integer intersect interval
    is isnull join lateral leading least left like limit localtime localtimestamp materialized natural
    next not notnull nullif nulls offset on only or order outer over overlaps partition precision preceding
    range recursive rollup row rows select sets similar smallint some symmetric table tablesample then time
    to trailing trim union using values varying when where window with within zone character hashed
    """.split()  # noqa: SIM905 - a list of eighty words reads better so
)

_NAMED = re.compile(r'(?P<cast>::\s*)?(?P<name>"[^"]*+"|[^\W\d][\w$]*+) ?\(')
# Nodes of a plan that write or lock.
_WRITING_NODES = frozenset({"ModifyTable", "LockRows"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What may be done with a statement; a statement that may not be explained raises instead."""

    may_analyze: bool
    functions: frozenset[str] = frozenset()  # those that its text calls; all must be non-volatile
    reason: str = ""  # why it may only be planned


def judge(sql: str) -> Permission:
    """Whether a statement may be run again, as far as its text tells.

    Raises:
        ExplainRefusedError: it is no single SELECT, INSERT, UPDATE or DELETE.
    """
    text = normalize(sql)
    verb = kind(sql)
    if verb not in ("select", "insert", "update", "delete"):
        raise ExplainRefusedError("Only SELECT, INSERT, UPDATE and DELETE are explained.")
    if ";" in re.sub(r'"[^"]*+"', "", text):
        raise ExplainRefusedError("Several statements in one call are not explained.")
    if verb != "select":
        return Permission(
            may_analyze=False, reason=f"Only planned: {verb.upper()} is never run a second time."
        )
    trees = parse_statements(sql)
    if len(trees) != 1:
        return Permission(may_analyze=False, reason="Only planned: the statement could not be read.")
    reason = _writes(trees[0])
    if reason:
        return Permission(may_analyze=False, reason=f"Only planned: {reason}.")
    aliases = _aliases(trees[0])
    return Permission(may_analyze=True, functions=frozenset(called_functions(text)) - aliases)


def judge_plan(document: Any) -> Permission:
    """The same as PostgreSQL understood the statement: with what its views and policies call."""
    functions: set[str] = set()
    for node in _nodes(document):
        if node.get("Node Type") in _WRITING_NODES:
            return Permission(may_analyze=False, reason="Only planned: the statement writes or locks rows.")
        for text in _texts(node):
            functions.update(called_functions(redact(text)))
    return Permission(may_analyze=True, functions=frozenset(functions))


def called_functions(text: str) -> Iterator[str]:
    """Names before a parenthesis, in text without values; casts and words of SQL are left out."""
    for match in _NAMED.finditer(text):
        name = match["name"]
        plain = name[1:-1] if name.startswith('"') else name.lower()
        is_word = not name.startswith('"') and plain in _SYNTAX
        if match["cast"] is None and not is_word and plain not in HARMLESS:
            yield plain


def _writes(tree: exp.Expr) -> str:
    from sqlglot import exp

    if not isinstance(tree, exp.Query):
        return "it is no plain SELECT"
    if tree.find(exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Command) is not None:
        return "a part of it writes"
    if tree.find(exp.Into) is not None:
        return "SELECT INTO makes a table"
    if tree.find(exp.Lock) is not None:
        return "it locks rows"
    return ""


def _aliases(tree: exp.Expr) -> frozenset[str]:
    """Names of CTEs and table aliases with a column list: `x(a, b) AS (…)` calls nothing."""
    from sqlglot import exp

    return frozenset(alias.name for alias in tree.find_all(exp.TableAlias) if alias.args.get("columns"))


def _nodes(document: Any) -> Iterator[dict[str, Any]]:
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _texts(node: dict[str, Any]) -> Iterator[str]:
    for value in node.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (item for item in value if isinstance(item, str))
