"""What a statement asks for: relations, predicates, order and limit, read with a real parser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from queryscope.sql.blocks import Block, read_blocks
from queryscope.sql.fingerprint import kind, tables
from queryscope.sql.grammar import parse_statements
from queryscope.sql.resolve import Known, resolve_blocks

if TYPE_CHECKING:
    from sqlglot import exp


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicate:
    """A condition of WHERE that stands by itself under AND."""

    table: str
    column: str  # "" if the operand is an expression
    expression: str  # SQL of the left operand: 'UPPER("name"::text)' or '"name"'
    operator: str  # "=", "<", "in", "like", "ilike", "is null", "is not null", "@>", "<>" …
    literal: str = ""  # normalised text of a literal that stood in the SQL itself, "" for a parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class SortKey:
    """One key of ORDER BY."""

    table: str
    column: str
    expression: str
    is_descending: bool = False
    nulls: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The parts of a SELECT that an index may serve."""

    kind: str  # "select", "insert", …
    tables: tuple[str, ...] = ()
    predicates: tuple[Predicate, ...] = ()
    sort_keys: tuple[SortKey, ...] = ()
    joins: tuple[tuple[str, str, str, str], ...] = ()  # (table, column, table, column) of equality joins
    has_limit: bool = False
    is_aggregate: bool = False
    is_distinct: bool = False
    has_or: bool = False
    literals: tuple[Predicate, ...] = ()  # comparisons with literals that stand in the project's source
    blocks: tuple[Block, ...] = ()  # each SELECT of it, with its operands as trees


_OPERATORS = {
    "eq": "=",
    "neq": "<>",
    "lt": "<",
    "lte": "<=",
    "gt": ">",
    "gte": ">=",
    "like": "like",
    "ilike": "ilike",
    "in": "in",
    "arraycontainsall": "@>",
    "arraycontainedby": "<@",
    "arrayoverlaps": "&&",
    "jsonbcontains": "?",
    "jsonbcontainstopkey": "?",
    "jsonbcontainsanytopkeys": "?|",
    "jsonbcontainsalltopkeys": "?&",
    "matchagainst": "@@",
    "regexplike": "~",
    "regexpilike": "~*",
    "similarto": "similar to",
    "nullsafeeq": "is not distinct from",
    "nullsafeneq": "is distinct from",
}
_NEGATED = {
    "=": "<>",
    "<>": "=",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "is null": "is not null",
    "is not null": "is null",
}
_MIRRORED = {
    "=": "=",
    "<>": "<>",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
    "&&": "&&",
    "@>": "<@",
    "<@": "@>",
}


@lru_cache(maxsize=512)
def read_statement(sql: str) -> Statement | None:
    """The statement in SQL as Django writes it, or `None` if it can't be read. Never raises."""
    trees = parse_statements(sql)
    if len(trees) != 1:
        return None
    try:
        return _read(trees[0], sql)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError, RecursionError):
        return None  # a tree of a shape that no statement of Django's has


def read_executed(sql: str, params: Any, known: Known) -> Statement:
    """The statement with the constants of its expressions, as far as they may be told. Never raises."""
    statement = read_statement(sql) or Statement(kind=kind(sql), tables=tables(sql), blocks=read_blocks(sql))
    return replace(statement, blocks=resolve_blocks(statement.blocks, params, known))


def _read(tree: exp.Expr, sql: str) -> Statement:
    select = _core(tree)
    where, joins = _conditions(select)
    names = _aliases(select)
    return Statement(
        kind=kind(sql),
        tables=tables(sql),
        predicates=tuple(
            predicate for node in where for predicate in _predicates(node, names) if predicate.table
        ),
        sort_keys=tuple(_sort_keys(select, names)),
        joins=tuple(dict.fromkeys(joined for node in joins if (joined := _join(node, names)) is not None)),
        has_limit=select.args.get("limit") is not None,
        is_aggregate=_is_aggregate(tree) or _is_aggregate(select),
        is_distinct=select.key == "select" and select.args.get("distinct") is not None,
        has_or=any(node.find(_types().Or) is not None for node in where),
        blocks=read_blocks(sql),
    )


def _types() -> ModuleType:
    from sqlglot import exp

    return exp


def _core(tree: exp.Expr) -> exp.Expr:
    """The SELECT whose rows count: of `SELECT COUNT(*) FROM (SELECT …)` the inner one."""
    while tree.key in ("select", "subquery"):
        inner = tree.this if tree.key == "subquery" else _source(tree)
        is_wrapped = inner is not None and inner.key in ("select", "subquery")
        if inner is None or not is_wrapped or tree.args.get("joins") or tree.args.get("where"):
            break
        tree = inner
    return tree


def _source(select: exp.Expr) -> exp.Expr | None:
    source = select.args.get("from_") or select.args.get("from")
    return source.this if source is not None else None


def _aliases(select: exp.Expr) -> dict[str, str]:
    """Tables of this SELECT by the name that its columns use; subqueries and CTEs are left out."""
    sources = [_source(select), *(join.this for join in select.args.get("joins") or ())]
    if select.key in ("update", "delete", "insert"):
        sources.append(select.this)
    named = {cte.alias for cte in select.root().find_all(_types().CTE)}
    found = [source for source in sources if source is not None and source.key == "table" and source.name]
    return {source.alias_or_name: source.name for source in found if source.name not in named}


def _conditions(select: exp.Expr) -> tuple[list[exp.Expr], list[exp.Expr]]:
    """Operands of WHERE's outermost AND, and of the ON of inner joins; then all equalities of columns."""
    where = select.args.get("where")
    nodes = list(_operands(where.this)) if where is not None else []
    equalities: list[exp.Expr] = []
    for join in select.args.get("joins") or ():
        on = join.args.get("on")
        operands = list(_operands(on)) if on is not None else []
        equalities += operands
        if not join.side:
            nodes += operands
    return nodes, [*equalities, *nodes]


def _operands(node: exp.Expr) -> Iterator[exp.Expr]:
    while node.key == "paren":
        node = node.this
    if node.key == "and":
        for operand in node.flatten():
            yield from _operands(operand)
    else:
        yield node


def _predicates(node: exp.Expr, names: dict[str, str], *, is_negated: bool = False) -> Iterator[Predicate]:
    while node.key == "paren":
        node = node.this
    if node.key == "not":
        yield from _predicates(node.this, names, is_negated=not is_negated)
    elif node.key == "escape":
        yield from _predicates(node.this, names, is_negated=is_negated)
    elif node.key == "column":
        yield from _predicate(node, "=", "false" if is_negated else "true", names)
    elif node.key == "between" and not is_negated:
        yield from _predicate(node.this, ">=", _literal(node.args["low"]), names)
        yield from _predicate(node.this, "<=", _literal(node.args["high"]), names)
    elif node.key == "is":
        yield from _is(node, names, is_negated=is_negated)
    elif node.key in _OPERATORS:
        yield from _comparison(node, names, is_negated=is_negated)


def _is(node: exp.Expr, names: dict[str, str], *, is_negated: bool) -> Iterator[Predicate]:
    right = node.expression
    if node.args.get("negate"):  # IS NOT NULL since version 30 of the parser; before it was NOT (… IS NULL)
        is_negated = not is_negated
    if right.key == "null":
        yield from _predicate(node.this, "is not null" if is_negated else "is null", "", names)
    elif right.key == "boolean" and not is_negated:
        yield from _predicate(node.this, "=", "true" if right.this else "false", names)


def _comparison(node: exp.Expr, names: dict[str, str], *, is_negated: bool) -> Iterator[Predicate]:
    operator = _OPERATORS[node.key]
    left, right = node.this, node.args.get("expression")
    if node.key == "in":
        if node.args.get("query") is not None or len(node.expressions) == 0:
            return
        right = None
    elif node.key == "matchagainst":  # the parser turns the operands round
        left, right = node.expressions[0], node.this
    elif right is not None and left.find(_types().Column) is None and operator in _MIRRORED:
        left, right, operator = right, left, _MIRRORED[operator]
    if right is not None and right.find(_types().Column, _types().Select) is not None:
        return
    if right is not None and right.key == "any":
        operator = "in" if operator == "=" else f"{operator} any"
    if is_negated:
        operator = _NEGATED.get(operator, f"not {operator}")
    yield from _predicate(left, operator, _literal(right), names)


def _predicate(node: exp.Expr, operator: str, literal: str, names: dict[str, str]) -> Iterator[Predicate]:
    table, column, expression = _operand(node, names)
    yield Predicate(table=table, column=column, expression=expression, operator=operator, literal=literal)


def _operand(node: exp.Expr, names: dict[str, str]) -> tuple[str, str, str]:
    """Table, column ("" for an expression) and SQL of an operand; no table if there is not exactly one."""
    while node.key == "paren":
        node = node.this
    columns = list(node.find_all(_types().Column))
    found = {_table(column, names) for column in columns}
    table = found.pop() if len(found) == 1 and node.find(_types().Select) is None else ""
    return table, node.name if node.key == "column" else "", _sql(node)


def _table(column: exp.Expr, names: dict[str, str]) -> str:
    if column.text("table"):
        return names.get(column.text("table"), "")
    return next(iter(names.values())) if len(names) == 1 else ""


def _literal(node: exp.Expr | None) -> str:
    while node is not None and node.key in ("paren", "cast"):
        node = node.this
    if node is None or node.key not in ("literal", "boolean", "neg"):
        return ""
    return _sql(node).lower() if node.key == "boolean" else _sql(node)


def _join(node: exp.Expr, names: dict[str, str]) -> tuple[str, str, str, str] | None:
    if node.key != "eq" or node.this.key != "column" or node.expression.key != "column":
        return None
    left, right = _table(node.this, names), _table(node.expression, names)
    if not left or not right:
        return None
    return left, node.this.name, right, node.expression.name


def _sort_keys(select: exp.Expr, names: dict[str, str]) -> Iterator[SortKey]:
    order = select.args.get("order")
    for ordered in order.expressions if order is not None else ():
        is_descending = bool(ordered.args.get("desc"))
        table, column, expression = _operand(_selected(ordered.this, select), names)
        # The parser fills in PostgreSQL's default: nulls first when descending.
        is_first = bool(ordered.args.get("nulls_first"))
        nulls = "" if is_first == is_descending else "first" if is_first else "last"
        yield SortKey(
            table=table, column=column, expression=expression, is_descending=is_descending, nulls=nulls
        )


def _selected(node: exp.Expr, select: exp.Expr) -> exp.Expr:
    """What `ORDER BY 2` or `ORDER BY "alias"` stands for."""
    if node.key == "literal" and not node.is_string and 0 < int(node.name) <= len(select.expressions):
        node = select.expressions[int(node.name) - 1]
    elif node.key == "column" and not node.text("table"):
        aliased = (one for one in select.expressions if one.key == "alias" and one.alias == node.name)
        node = next(aliased, node)
    return node.this if node.key == "alias" else node


def _is_aggregate(select: exp.Expr) -> bool:
    if select.args.get("group") is not None:
        return True
    functions = (one.this if one.key == "alias" else one for one in select.expressions)
    return any(isinstance(function, _types().AggFunc) for function in functions)


def _sql(node: exp.Expr) -> str:
    """The operand as PostgreSQL would take it in an index: without table names, casts as `::`."""
    columns = _types().Column
    bare = node.copy().transform(
        lambda part: columns(this=part.this) if part.key == "column" else part, copy=False
    )
    return str(_generator()().generate(bare)).replace("$1", "%s")


@lru_cache(maxsize=1)
def _generator() -> type:
    from sqlglot.dialects.postgres import Postgres

    base = type(Postgres().generator())

    class Colons(base):  # type: ignore[misc, valid-type]
        def cast_sql(self, expression: exp.Expr, safe_prefix: str | None = None) -> str:
            return f"{self.sql(expression, 'this')}::{self.sql(expression, 'to').lower()}"

    return Colons
