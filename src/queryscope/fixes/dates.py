"""Whether code certainly gives a date, or a moment whose date is meant."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

_DATES = frozenset({"date", "datetime.date"})
_DATES_MADE = _DATES | {
    "date.today",
    "datetime.date.today",
    "date.fromisoformat",
    "datetime.date.fromisoformat",
}
_MOMENTS = frozenset({"datetime", "datetime.datetime"})
_MOMENTS_MADE = _MOMENTS | {
    "datetime.datetime.now", "datetime.datetime.today", "datetime.now", "datetime.today", "localtime", "now",
    "timezone.localtime", "timezone.now",
}  # fmt: skip

_IsIt = Callable[[ast.expr | None], bool]


def is_date(node: ast.expr | None, scope: ast.AST, known: frozenset[str] = frozenset()) -> bool:
    """`date(…)`, `timezone.localdate()`, `….date()`, days before or after it, or a name for one of these."""
    if isinstance(node, ast.Name):
        more = known | {node.id}
        return node.id not in known and _is_name_of(
            node.id, scope, lambda value: is_date(value, scope, more), _DATES
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        return is_date(node.left, scope, known) and _is_timedelta(node.right)
    if not isinstance(node, ast.Call):
        return False
    function = ast.unparse(node.func)
    if function in _DATES_MADE:
        return True
    last = function.rpartition(".")[2]
    if last == "date":
        return not node.args and not node.keywords
    if last == "replace" and isinstance(node.func, ast.Attribute):
        return is_date(node.func.value, scope, known)
    return last == "localdate"


def is_moment(node: ast.expr | None, scope: ast.AST, known: frozenset[str] = frozenset()) -> bool:
    """`timezone.now()`, `datetime(…)`, or a name for one of these: it has a year, a month and a day too."""
    if isinstance(node, ast.Name):
        more = known | {node.id}
        return node.id not in known and _is_name_of(
            node.id, scope, lambda value: is_moment(value, scope, more), _MOMENTS
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        return is_moment(node.left, scope, known) and _is_timedelta(node.right)
    return isinstance(node, ast.Call) and ast.unparse(node.func) in _MOMENTS_MADE


def _is_timedelta(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "timedelta"


def _is_name_of(name: str, scope: ast.AST, is_it: _IsIt, annotations: frozenset[str]) -> bool:
    """Whether every value that the function gives a name is such a one."""
    values = list(_values(name, scope, is_it, annotations))
    return bool(values) and all(values)


def _values(name: str, scope: ast.AST, is_it: _IsIt, annotations: frozenset[str]) -> Iterator[bool]:
    for node in ast.walk(scope):
        if isinstance(node, ast.arg) and node.arg == name:
            annotation = ast.unparse(node.annotation) if node.annotation is not None else ""
            yield annotation.strip("'\"") in annotations
        elif isinstance(node, ast.arguments):
            yield from (is_it(default) for default in _defaults(node, name))
        elif isinstance(node, ast.Assign) and any(_is_named(each, name) for each in node.targets):
            is_plain = len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
            yield is_plain and not _is_named(node.value, name) and is_it(node.value)
        elif isinstance(node, ast.AnnAssign) and _is_named(node.target, name):
            yield node.value is not None and not _is_named(node.value, name) and is_it(node.value)
        elif isinstance(node, ast.AugAssign | ast.NamedExpr | ast.For | ast.AsyncFor | ast.comprehension):
            if _is_named(node.target, name):
                yield False
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            if _is_named(node.optional_vars, name):
                yield False
        elif name in _told(node):
            yield False


def _defaults(node: ast.arguments, name: str) -> Iterator[ast.expr]:
    positional = [*node.posonlyargs, *node.args]
    behind = positional[len(positional) - len(node.defaults) :]
    pairs = [*zip(behind, node.defaults, strict=True), *zip(node.kwonlyargs, node.kw_defaults, strict=True)]
    return (default for argument, default in pairs if argument.arg == name and default is not None)


def _told(node: ast.AST) -> Sequence[str | None]:
    """The names that other statements give, take, or share."""
    if isinstance(node, ast.Delete):
        return [each.id for each in node.targets if isinstance(each, ast.Name)]
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        return [node.name]
    return node.names if isinstance(node, ast.Global | ast.Nonlocal) else []


def _is_named(target: ast.AST, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(target))
