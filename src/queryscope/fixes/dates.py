"""Whether code certainly gives a date, or a moment whose date is meant."""

from __future__ import annotations

import ast

from queryscope.fixes.held import holds

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


def is_date(node: ast.expr | None, scope: ast.AST, known: frozenset[str] = frozenset()) -> bool:
    """`date(…)`, `timezone.localdate()`, `….date()`, days before or after it, or a name for one of these."""
    if isinstance(node, ast.Name):
        more = known | {node.id}
        return node.id not in known and holds(
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
        return node.id not in known and holds(
            node.id, scope, lambda value: is_moment(value, scope, more), _MOMENTS
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        return is_moment(node.left, scope, known) and _is_timedelta(node.right)
    return isinstance(node, ast.Call) and ast.unparse(node.func) in _MOMENTS_MADE


def _is_timedelta(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "timedelta"
