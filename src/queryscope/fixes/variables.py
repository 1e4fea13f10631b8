"""What a function does with a queryset that it holds in a variable, and whether anybody else may hold it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from queryscope.fixes.chain import QUERYSET_METHODS
from queryscope.fixes.evaluated import TAKES_ALL
from queryscope.fixes.root import last_name
from queryscope.fixes.source import Source

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
# Methods of a queryset that use what it asks for, not the rows that it has.
ASKING_METHODS = QUERYSET_METHODS | {"adelete", "aupdate", "delete", "explain", "update"}
_MANAGERS = frozenset({"objects", "_default_manager"})


@dataclass(frozen=True, slots=True)
class Variable:
    """A local variable: the values that it is given, and the places that read it."""

    name: str
    scope: ast.FunctionDef | ast.AsyncFunctionDef
    statements: tuple[ast.Assign | ast.AnnAssign, ...]
    values: tuple[ast.expr, ...]
    loads: tuple[ast.Name, ...]


def function_around(source: Source, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The function that a node stands in; None in a module, a class body or a lambda."""
    parent = source.parents.get(node)
    while parent is not None and not isinstance(parent, Function | ast.ClassDef):
        parent = source.parents.get(parent)
    return parent if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef) else None


def variable_of(source: Source, node: ast.expr | None) -> Variable | None:
    """The variable that a name reads, if that function alone gives it its values, each by `name = value`."""
    scope = function_around(source, node) if isinstance(node, ast.Name) else None
    if scope is None or not isinstance(node, ast.Name) or node.id in _arguments(scope):
        return None
    loads, statements, values = [], [], []
    for each in ast.walk(scope):
        if isinstance(each, ast.Global | ast.Nonlocal) and node.id in each.names:
            return None
        if isinstance(each, Function) and each is not scope and node.id in _arguments(each):
            return None  # another variable of that name
        if not isinstance(each, ast.Name) or each.id != node.id:
            continue
        if isinstance(each.ctx, ast.Load):
            loads.append(each)
            continue
        statement = source.parents[each]
        if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
            return None
        if isinstance(statement, ast.Assign) and len(statement.targets) != 1:
            return None
        if function_around(source, statement) is not scope:
            return None
        statements.append(statement)
        values.append(statement.value)
    if not statements:
        return None
    return Variable(node.id, scope, tuple(statements), tuple(values), tuple(loads))


def _arguments(scope: ast.AST) -> set[str]:
    arguments = getattr(scope, "args", None)
    if not isinstance(arguments, ast.arguments):
        return set()
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return {each.arg for each in (*every, arguments.vararg, arguments.kwarg) if each is not None}


def is_fresh(node: ast.expr | None) -> bool:
    """Whether an expression makes a queryset of its own, which nobody else holds: the end of a chain."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Slice) and is_fresh(node.value)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.BitAnd | ast.BitOr) and is_fresh(node.left) and is_fresh(node.right)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr in QUERYSET_METHODS:
        return True
    holder = node.func.value  # a method of the project's own manager
    return isinstance(holder, ast.Attribute) and holder.attr in _MANAGERS


def use_of(source: Source, node: ast.expr) -> str:
    """What is done with a value where it stands.

    "len", "truth", "iterate", "item" (of a constant index), "none" (thrown away), the name of a queryset
    method that is called, or "" for anything else: it may be kept or read.
    """
    parent = source.parents.get(node)
    if isinstance(parent, ast.Call):
        return _use_in_call(parent, node)
    if isinstance(parent, ast.Attribute):
        call = source.parents.get(parent)
        is_called = isinstance(call, ast.Call) and call.func is parent
        return parent.attr if is_called and parent.attr in ASKING_METHODS else ""
    if isinstance(parent, ast.For | ast.AsyncFor | ast.comprehension) and parent.iter is node:
        return "iterate"
    if isinstance(parent, ast.Starred):
        return "iterate" if isinstance(source.parents.get(parent), ast.List | ast.Tuple | ast.Set) else ""
    if isinstance(parent, ast.Subscript) and parent.value is node:
        index = parent.slice
        is_item = isinstance(index, ast.Constant) and isinstance(index.value, int)
        return "item" if is_item else ""
    if isinstance(parent, ast.Expr):
        return "none"
    return "truth" if is_truth(source, node) else ""


def _use_in_call(call: ast.Call, node: ast.expr) -> str:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if node not in call.args or not name:
        return ""
    if name == "len":
        return "len"
    if name == "bool":
        return "truth"
    return "iterate" if name in TAKES_ALL else ""


def is_truth(source: Source, node: ast.expr) -> bool:
    """Whether of a value nothing but its truth is asked."""
    parent = source.parents.get(node)
    if isinstance(parent, ast.UnaryOp):
        return isinstance(parent.op, ast.Not)
    if isinstance(parent, ast.BoolOp):
        return is_truth(source, parent)
    if isinstance(parent, ast.If | ast.While | ast.IfExp | ast.Assert):
        return parent.test is node
    if isinstance(parent, ast.comprehension):
        return node in parent.ifs
    return isinstance(parent, ast.Call) and last_name(parent.func) == "bool" and parent.args == [node]


def loops_around(source: Source, node: ast.AST, scope: ast.AST) -> Iterator[ast.AST]:
    """The loops inside of a scope that run a node again and again."""
    child, parent = node, source.parents.get(node)
    while parent is not None and child is not scope:
        if isinstance(parent, ast.For | ast.AsyncFor):
            is_repeated = child in parent.body
        elif isinstance(parent, ast.While):
            is_repeated = child not in parent.orelse
        else:
            is_repeated = isinstance(parent, _Comprehension) and child is not parent.generators[0]
        if is_repeated:
            yield parent
        child, parent = parent, source.parents.get(parent)
