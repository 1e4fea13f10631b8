"""Conditions of computed values, whose constants stand in the source, as the predicate of a partial index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from queryscope.plans.conditions import MAX_TEXT
from queryscope.rules.index.candidate.comparison import MIRRORED
from queryscope.rules.index.candidate.constants import COMPUTED
from queryscope.rules.index.candidate.expression import read_expression
from queryscope.rules.index.candidate.fixed import items_of, python_literal
from queryscope.rules.index.candidate.functions import RANGE_TESTS
from queryscope.rules.index.candidate.operand import Expression
from queryscope.rules.index.candidate.part import Part
from queryscope.rules.index.candidate.scan import Scan
from queryscope.rules.index.candidate.terms import block_of
from queryscope.sql.scalar import Node, conjuncts, read_scalar
from queryscope.sql.statement import Predicate, Statement

# Django's lookup of a column, and its class by which any two expressions are compared.
_LOOKUPS = {
    "=": ("", "Exact"),
    "<": ("__lt", "LessThan"),
    "<=": ("__lte", "LessThanOrEqual"),
    ">": ("__gt", "GreaterThan"),
    ">=": ("__gte", "GreaterThanOrEqual"),
}
# A text of the source is no text in SQL where it is compared with these.
_NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric", "double precision", "real"})
_TEXTS = frozenset({"text", "character varying", "character"})


def computed_parts(scan: Scan, statement: Statement, literals: Sequence[Predicate]) -> Iterator[Part]:
    """`taken__gt=F("promised") + 45`, `Length("text") > 1700` and `period__upper_inf=True` of a scan.

    What is compared is read from the statement; it counts where the plan has a condition like it.
    """
    asked = _asked(scan, statement)
    for node in asked:
        made = _tested(scan, node)
        operator = _operator(node)
        if made is None and operator in _LOOKUPS and all(arg.columns for arg in node.args):
            made = _beside(scan, node, literals)
        elif made is None and _is_against(node, operator):
            peers = [one for one in asked if _is_against(one, operator)]
            made = _against(scan, node, operator, literals) if len(peers) == 1 else None
        if made is not None:
            yield made


def _asked(scan: Scan, statement: Statement) -> tuple[Node, ...]:
    """The statement's conditions of this table alone that the scan checks."""
    found = block_of(statement.blocks, scan.alias, scan.table.name)
    if found is None:
        return ()
    block, name = found
    aliases = {name, ""} if len(block.tables) == 1 else {name}
    texts = (scan.node.filter, scan.node.index_cond, scan.node.recheck_cond)
    planned = {
        _likeness(part)
        for text in texts
        if 0 < len(text) <= MAX_TEXT
        for part in conjuncts(read_scalar(text))
    }
    conditions = (one for condition in block.conditions for one in conjuncts(condition))
    return tuple(
        one
        for one in dict.fromkeys(conditions)
        if one.columns
        and all(column.table in aliases for column in one.columns)
        and not any(inner.kind == "query" for inner in one.walk())
        and _likeness(one) in planned
    )


def _likeness(node: Node) -> tuple[str, frozenset[str], frozenset[str]]:
    """By this a condition is found again in another text; PostgreSQL may turn its sides round."""
    names = frozenset(column.text for column in node.columns)
    operator = _operator(node)
    if operator:
        return "operator", frozenset({operator, MIRRORED.get(operator, operator)}), names
    inner = node.args[0] if node.kind == "not" else node
    return node.kind, frozenset({inner.text if inner.kind == "call" else ""}), names


def _operator(node: Node) -> str:
    """Of two operands; what `exclude()` makes of an equality is another one."""
    if node.kind == "not":
        return "<>" if _operator(node.args[0]) == "=" else ""
    return node.text if node.kind == "operator" and len(node.args) == 2 else ""


def _is_against(node: Node, operator: str) -> bool:
    """An expression compared with a value by this operator."""
    if not operator or _operator(node) != operator or operator not in {*_LOOKUPS, "<>"}:
        return False
    left, right = _equality(node).args
    return bool(left.columns) and left.kind != "column" and not right.columns


def _equality(node: Node) -> Node:
    """What is negated, or the condition itself."""
    return node.args[0] if node.kind == "not" else node


def _tested(scan: Scan, node: Node) -> Part | None:
    """A boolean that Django has of a range: `period__upper_inf=True`."""
    call = node.args[0] if node.kind == "not" else node
    is_test = call.kind == "call" and call.text in RANGE_TESTS and len(call.args) == 1
    field = scan.model.field(call.args[0].text) if is_test and call.args[0].kind == "column" else None
    column = scan.table.column(field.column) if field is not None else None
    if field is None or column is None or not column.type.endswith("range"):
        return None
    expression = read_expression(call, table=scan.table, model=scan.model)
    if not isinstance(expression, Expression):
        return None
    return Part(
        column=field.column,
        sql=expression.sql if node is call else f"NOT {expression.sql}",
        django=f"{field.name}__{call.text}={node is call}",
        expression=expression.sql,
        operator="true" if node is call else "false",
    )


def _against(scan: Scan, node: Node, operator: str, literals: Sequence[Predicate]) -> Part | None:
    """An expression compared with a constant, which an annotation or a transform has by name."""
    known = {
        one.literal for one in literals if (one.column, one.expression, one.operator) == ("", "", operator)
    }
    inner = _equality(node)
    expression = read_expression(inner.args[0], table=scan.table, model=scan.model)
    if len(known) != 1 or not isinstance(expression, Expression):
        return None
    literal = _sent(inner.args[0], expression, known.pop())
    if expression.type not in _comparable(literal):
        return None
    positive = "=" if operator == "<>" else operator
    sql = f"{expression.sql} {positive} {literal}"
    django = f"Q({_LOOKUPS[positive][1]}({expression.operand}, {python_literal(literal)}))"
    if operator == "<>":
        sql, django = f"NOT ({sql})", f"~{django}"
    return _part(scan, node, sql, django, expression.sql)


def _comparable(literal: str) -> frozenset[str]:
    """Types that a literal may be compared with."""
    if literal.endswith("::interval"):
        return frozenset({"interval"})
    return _TEXTS if literal.startswith("'") else _NUMBERS


def _sent(node: Node, expression: Expression, literal: str) -> str:
    """The constant as Django sends it: of Mod() over whole numbers it says that it gives a float."""
    is_float = node.kind == "call" and node.text == "mod" and expression.type != "numeric"
    return f"{literal}.0" if is_float and literal.lstrip("-").isdigit() else literal


def _beside(scan: Scan, node: Node, literals: Sequence[Predicate]) -> Part | None:
    """A column, or an expression, compared with an expression of the same row."""
    sides = [read_expression(arg, table=scan.table, model=scan.model) for arg in node.args]
    left, right = sides
    if not isinstance(left, Expression) or not isinstance(right, Expression):
        return None
    if left.column and right.column:
        return None  # which `own_columns` reads
    if any(one.type in ("json", "jsonb") or one.type.endswith("[]") for one in (left, right)):
        return None  # which Django compares by lookups of their own
    inner = _values(node.args[1])
    told = [one for one in literals if (one.column, one.operator) == (left.column, node.text + COMPUTED)]
    if inner and not any(sorted(items_of(one.literal)) == inner for one in told):
        return None  # it may be the value of a parameter
    lookup, title = _LOOKUPS[node.text]
    django = f"Q({title}({left.operand}, {right.operand}))"
    if left.column:
        django = f"Q({left.django}{lookup}={right.operand})"
    sql = f"{left.sql} {node.text} {right.sql}"
    return _part(scan, node, sql, django, left.sql if not left.column else sql)


def _values(node: Node) -> list[str]:
    return sorted(one.text for one in node.walk() if one.kind == "value")


def _part(scan: Scan, node: Node, sql: str, django: str, expression: str) -> Part:
    field = scan.model.field(node.columns[0].text)
    return Part(
        column=field.column if field is not None else "",
        sql=f"({sql})",
        django=django,
        is_whole=True,
        is_literal=any(one.kind in ("value", "hidden") for one in node.walk()),
        expression=expression,
        operator=_operator(node),
    )
