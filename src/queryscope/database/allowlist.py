"""Which statements may be explained, and which may be run a second time to be explained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from queryscope.database.lexing import NAME, code_of, plain
from queryscope.errors import ExplainRefusedError
from queryscope.sql.fingerprint import kind
from queryscope.sql.grammar import parse_statements

if TYPE_CHECKING:
    from sqlglot import exp

# Words of SQL that stand before a parenthesis without being functions of pg_proc. Some of them may be names
# of functions nevertheless (`first`, `left`, `next`): they are looked up, but need not be known.
_SYNTAX = frozenset(
    """
    all and any array as asc between both by case cast coalesce collation column cross cube current
    current_time current_timestamp dec decimal desc distinct else end escape except exists fetch filter
    first float for from full greatest group grouping hashed having ilike in inner int integer intersect
    interval is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query
    json_scalar json_serialize json_table json_value lateral leading least left like limit localtime
    localtimestamp materialized national natural nchar next not notnull nullif nulls offset on only operator
    or order outer over overlaps partition precision preceding range recursive repeatable rollup row rows
    select sets similar smallint some symmetric table tablesample then time to trailing treat trim union using
    values varying when where window with within xmlconcat xmlelement xmlexists xmlforest xmlparse xmlpi
    xmlroot xmlserialize xmltable zone
    """.split()  # noqa: SIM905 - a list of a hundred words reads better so
)

_CALLED = re.compile(rf"(?P<cast>::\s*+(?>(?:{NAME}\s*+\.\s*+)*))?(?P<name>{NAME})(?>(?P<opens>\s*+\()?)")
_IDENTIFIER = re.compile(rf"(?P<dot>\.\s*+)?(?P<name>{NAME})")

_WRITING_NODES = frozenset({"ModifyTable", "LockRows"})
# The keys of a node that hold bare names, and no expression.
_NAME_KEYS = frozenset(
    {
        "Alias",
        "CTE Name",
        "Constraint Name",
        "Function Name",
        "Index Name",
        "Node Type",
        "Parent Relationship",
        "Relation Name",
        "Schema",
        "Subplan Name",
        "Table Function Name",
        "Tuplestore Name",
    }
)

_UNREADABLE = "Only planned: the statement could not be read."


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What may be done with a statement; a statement that may not be explained raises instead."""

    may_analyze: bool
    functions: frozenset[str] = frozenset()  # those it certainly calls; each must be known
    texts: tuple[str, ...] = ()  # its code, or that of its plan: where more may be called
    reason: str = ""  # why it may only be planned


def judge(sql: str) -> Permission:
    """Whether a statement may be run again, as far as its text tells.

    Raises:
        ExplainRefusedError: it is no single SELECT, INSERT, UPDATE or DELETE.
    """
    verb = kind(sql)
    if verb not in ("select", "insert", "update", "delete"):
        raise ExplainRefusedError("Only SELECT, INSERT, UPDATE and DELETE are explained.")
    code = code_of(sql)
    if code is None:
        raise ExplainRefusedError("Not explained: the statement could not be read.")
    if ";" in re.sub(r'"[^"]*+"', "", code.rstrip("; \t\n\r\f\v")):
        raise ExplainRefusedError("Several statements in one call are not explained.")
    if verb != "select":
        reason = f"Only planned: {verb.upper()} is never run a second time."
        return Permission(may_analyze=False, texts=(code,), reason=reason)
    trees = [tree for tree in parse_statements(sql) if tree.key != "semicolon"]
    if len(trees) != 1:
        return Permission(may_analyze=False, texts=(code,), reason=_UNREADABLE)
    reason = _writes(trees[0])
    if reason:
        return Permission(may_analyze=False, texts=(code,), reason=f"Only planned: {reason}.")
    return Permission(may_analyze=True, functions=_certain(code) - _aliases(trees[0]), texts=(code,))


def judge_plan(document: Any) -> Permission:
    """The same as PostgreSQL understood the statement: with what its views and policies call."""
    functions: set[str] = set()
    texts: list[str] = []
    for node in _nodes(document):
        if node.get("Node Type") in _WRITING_NODES:
            return Permission(may_analyze=False, reason="Only planned: the statement writes or locks rows.")
        if node.get("Node Type") == "Foreign Scan":
            reason = "Only planned: what another server runs for a foreign table is not known."
            return Permission(may_analyze=False, reason=reason)
        if node.get("Node Type") == "Custom Scan":
            return Permission(
                may_analyze=False, reason="Only planned: what an extension's scan runs is not known."
            )
        for text in _texts(node):
            code = code_of(text)
            if code is None:
                return Permission(may_analyze=False, reason=_UNREADABLE)
            texts.append(code)
            functions |= _certain(code)
    return Permission(may_analyze=True, functions=frozenset(functions), texts=tuple(texts))


def called_functions(code: str) -> Iterator[str]:
    """Names before a parenthesis in code without strings: those of functions, and words of SQL."""
    for match in _CALLED.finditer(code):
        if match["opens"] and match["cast"] is None:
            yield plain(match["name"])


def identifiers(code: str) -> Iterator[tuple[str, bool]]:
    """All names and words, and whether a dot stands before: `row.f` calls the function f, too."""
    for match in _IDENTIFIER.finditer(code):
        yield plain(match["name"]), match["dot"] is not None


def _certain(code: str) -> frozenset[str]:
    return frozenset(called_functions(code)) - _SYNTAX


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

    named = [alias.name for alias in tree.find_all(exp.TableAlias) if alias.args.get("columns")]
    return frozenset([*named, *(name.lower() for name in named)])


def _nodes(document: Any) -> Iterator[dict[str, Any]]:
    waiting = [top.get("Plan") for top in document] if isinstance(document, list) else [document.get("Plan")]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.get("Plans", ()))


def _texts(node: dict[str, Any]) -> Iterator[str]:
    """The expressions of a node, whatever holds them."""
    waiting = [value for key, value in node.items() if key not in _NAME_KEYS and key != "Plans"]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())
