"""Whether arguments can be moved to another place: all that they name means the same there."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence

from queryscope.errors import EditRefusedError, RowDecidesError
from queryscope.fixes.source import Source

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Scope = _Function | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_OWN_SCOPE = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.NamedExpr)
_WAITING = (ast.Await, ast.Yield, ast.YieldFrom)


def check_movable(arguments: Sequence[ast.expr], here: Source, there: Source, at: ast.expr) -> None:
    """Accept arguments that mean the same at another place.

    Args:
        arguments: expressions of the file `here`.
        here: the file that they stand in.
        there: the file that they go to.
        at: where they go.

    Raises:
        RowDecidesError: they depend on the row.
        EditRefusedError: they depend on what isn't known there; the text says on what.
    """
    for argument in arguments:
        for node in ast.walk(argument):
            if isinstance(node, (*_OWN_SCOPE, *_WAITING)):
                raise EditRefusedError("The arguments hold code of their own: move them by hand.")
            if isinstance(node, ast.Name) and not hasattr(builtins, node.id):
                _check_name(node, here, there, at)


def _check_name(name: ast.Name, here: Source, there: Source, at: ast.expr) -> None:
    for scope in _scopes(here, name):
        if not _binds(scope, name.id):
            continue
        if here is not there or scope not in set(_scopes(there, at)):
            raise EditRefusedError(f"{name.id} isn't known where the queryset is built.")
        if not _is_bound_before(here, scope, name.id, at):
            raise RowDecidesError(
                f"{name.id} changes from row to row, so that no prefetch can choose by it: choose among the "
                "prefetched rows in Python."
            )
        return
    if here is not there and not _is_same_at_top(name.id, here, there):
        raise EditRefusedError(f"{name.id} isn't known in {there.path}.")


def _scopes(source: Source, node: ast.AST) -> Iterator[ast.AST]:
    """The functions, lambdas and comprehensions around a node, innermost first."""
    parent = source.parents.get(node)
    while parent is not None:
        if isinstance(parent, _Scope):
            yield parent
        parent = source.parents.get(parent)


def _binds(scope: ast.AST, name: str) -> bool:
    return any(True for _ in _bindings(scope, name))


def _bindings(scope: ast.AST, name: str) -> Iterator[ast.AST]:
    """What gives a name its value in a scope."""
    if isinstance(scope, _Function):
        arguments = scope.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
        yield from (argument for argument in every if argument.arg == name)
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load):
            yield node
        if isinstance(node, ast.alias) and name in (node.asname, node.name.partition(".")[0]):
            yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node.name == name:
                yield node
        elif not isinstance(node, _Scope):
            waiting.extend(ast.iter_child_nodes(node))


def _is_bound_before(source: Source, scope: ast.AST, name: str, at: ast.expr) -> bool:
    """Whether a name has its only value before the queryset is built."""
    found = list(_bindings(scope, name))
    if len(found) != 1:
        return False
    [binding] = found
    if isinstance(binding, ast.arg):
        return True
    loop: ast.AST | None = binding
    while loop is not None and loop is not scope:
        loop = source.parents.get(loop)
        if isinstance(loop, ast.For | ast.AsyncFor | ast.comprehension) and not _runs_in(source, loop, at):
            return False
        if isinstance(loop, ast.While):
            return False
    line = getattr(binding, "lineno", 0)
    return (line, getattr(binding, "col_offset", 0)) < (at.lineno, at.col_offset)


def _runs_in(source: Source, loop: ast.For | ast.AsyncFor | ast.comprehension, node: ast.AST) -> bool:
    """Whether a node runs for each turn of a loop, so that it knows the loop's variable."""
    child, parent = node, source.parents.get(node)
    while parent is not None and parent is not loop:
        if isinstance(loop, ast.comprehension) and parent is source.parents.get(loop):
            turns = getattr(parent, "generators", [])
            return child not in turns or turns.index(child) > turns.index(loop)
        child, parent = parent, source.parents.get(parent)
    return parent is loop and child is not loop.iter


def _is_same_at_top(name: str, here: Source, there: Source) -> bool:
    """Whether two files mean the same by a name: both import it from one module."""
    return bool(_imported(name, here)) and _imported(name, here) == _imported(name, there)


def _imported(name: str, source: Source) -> set[tuple[str, str]]:
    return {
        (node.module or "", alias.name)
        for node in source.tree.body
        if isinstance(node, ast.ImportFrom) and not node.level
        for alias in node.names
        if (alias.asname or alias.name) == name
    }
