"""A loop over all pages of a `Paginator`: `for number in paginator.page_range: paginator.page(number)`."""

from __future__ import annotations

import ast

from queryscope.errors import EditRefusedError
from queryscope.fixes.built import Built
from queryscope.fixes.loops import function_around, loop_around
from queryscope.fixes.root import last_name
from queryscope.fixes.slices import Slices
from queryscope.fixes.source import Source
from queryscope.fixes.variables import Variable, variable_of

_PAGES = frozenset({"get_page", "page"})
_NUMBERS = frozenset({"count", "num_pages", "page_range", "per_page"})
_MODULE = "django.core.paginator"


def find_pages(source: Source, built: Built) -> Slices | None:
    """The pages that a loop takes one after the other; None where none does.

    Raises:
        EditRefusedError: the loop may leave pages out, or asks the paginator for more.
    """
    found = [call for node in _given(source, built) if (call := _paginator(source, node)) is not None]
    if len(found) != 1:
        return None
    [call] = found
    statement = source.parents[call]
    variable = variable_of(source, _target(statement))
    if variable is None or len(variable.values) != 1 or not isinstance(statement, ast.Assign):
        return None
    pages = [page for load in variable.loads if (page := _page(source, load)) is not None]
    loops = [loop_around(source, page) for page in pages]
    if len(pages) != 1 or loops[0] is None:
        return None
    [page], [loop] = pages, loops
    if not isinstance(loop, ast.For) or not isinstance(variable.scope, ast.FunctionDef) or loop.orelse:
        raise EditRefusedError("the pages are taken by no plain loop of a function.")
    if function_around(source, loop) is not variable.scope or loop.lineno < statement.lineno:
        raise EditRefusedError("the pages are taken by no plain loop of a function.")
    _check_all(source, loop, page, variable)
    per_page = call.args[1] if len(call.args) == 2 else call.keywords[0].value
    is_number = isinstance(per_page, ast.Constant)
    assert isinstance(loop.target, ast.Name)
    return Slices(
        source=source, built=built, base=call.args[0], node=page, loop=loop, scope=variable.scope,
        counter=loop.target.id, first="", paginator=statement,
        size=source.text_of(per_page) if is_number else f"{variable.name}.per_page",
    )  # fmt: skip


def _given(source: Source, built: Built) -> list[ast.expr]:
    """Where the queryset stands as a whole."""
    nodes: list[ast.expr] = [built.first.node]
    if built.name:
        names = (each for each in ast.walk(built.scope) if isinstance(each, ast.Name))
        nodes += [each for each in names if each.id == built.name and isinstance(each.ctx, ast.Load)]
    return nodes


def _paginator(source: Source, node: ast.expr) -> ast.Call | None:
    """Django's `Paginator(rows, 100)` around a queryset, which has no orphans."""
    call = source.parents.get(node)
    if not isinstance(call, ast.Call) or last_name(call.func) != "Paginator" or call.args[:1] != [node]:
        return None
    is_djangos = any(
        isinstance(each, ast.ImportFrom)
        and each.module == _MODULE
        and any(alias.name == "Paginator" and alias.asname is None for alias in each.names)
        for each in ast.walk(source.tree)
    )
    names = [keyword.arg for keyword in call.keywords]
    is_plain = (len(call.args), names) in ((2, []), (1, ["per_page"]))
    return call if is_djangos and is_plain else None


def _target(statement: ast.AST) -> ast.expr | None:
    is_plain = isinstance(statement, ast.Assign) and len(statement.targets) == 1
    return statement.targets[0] if is_plain else None  # type: ignore[attr-defined]


def _page(source: Source, load: ast.Name) -> ast.Call | None:
    attribute = source.parents[load]
    call = source.parents[attribute]
    is_page = isinstance(attribute, ast.Attribute) and attribute.attr in _PAGES
    return call if is_page and isinstance(call, ast.Call) and call.func is attribute else None


def _check_all(source: Source, loop: ast.For, page: ast.Call, variable: Variable) -> None:
    """Accept a loop over the numbers of all pages, from the first on."""
    name = variable.name
    numbers = (f"{name}.page_range", f"range(1, {name}.num_pages + 1)", f"range(1, 1 + {name}.num_pages)")
    is_counted = isinstance(loop.target, ast.Name) and ast.unparse(loop.iter) in numbers
    if not is_counted or [ast.unparse(each) for each in page.args] != [ast.unparse(loop.target)]:
        raise EditRefusedError("the loop doesn't take all pages one after the other.")
    if page.keywords or any(
        isinstance(each, ast.Name)
        and each.id == ast.unparse(loop.target)
        and not isinstance(each.ctx, ast.Load)
        for part in loop.body
        for each in ast.walk(part)
    ):
        raise EditRefusedError("the loop doesn't take all pages one after the other.")
    for load in variable.loads:
        attribute = source.parents[load]
        if not isinstance(attribute, ast.Attribute) or attribute.attr not in _NUMBERS | _PAGES:
            raise EditRefusedError(f"{name} is asked for more than the rows of its pages.")
