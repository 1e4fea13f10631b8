"""An expression that reads a relation by a queryset of its own: what it asks for, and what it makes of it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from queryscope.errors import EditRefusedError
from queryscope.fixes.chain import node_at
from queryscope.fixes.source import Source
from queryscope.fixes.variables import variable_of
from queryscope.model import Frame

# What takes any iterable, so that a list is as good as a queryset.
_TAKERS = frozenset(
    {"all", "any", "bool", "dict", "enumerate", "filter", "frozenset", "iter", "len", "list", "map", "max",
     "min", "set", "sorted", "str", "sum", "tuple", "zip"}
)  # fmt: skip
# Methods behind which the rows still are those of the relation's model, some of them, in some order.
_ROWS = frozenset(
    {"all", "alias", "annotate", "defer", "distinct", "exclude", "extra", "filter", "only", "order_by",
     "prefetch_related", "reverse", "select_related"}
)  # fmt: skip
_ENDS = frozenset(
    {"aggregate", "contains", "count", "dates", "datetimes", "delete", "earliest", "exists", "first", "get",
     "in_bulk", "iterator", "last", "latest", "update", "values", "values_list"}
)  # fmt: skip
_NEVER = frozenset({"difference", "intersection", "raw", "select_for_update", "union", "using"})


@dataclass(frozen=True, slots=True)
class Step:
    """A call, a slice or an index of the chain, from the inside out."""

    node: ast.Call | ast.Subscript
    name: str  # of the method; "[" for a slice or index


@dataclass(frozen=True, slots=True)
class Read:
    """`book.reviews.filter(stars=5).count()`."""

    source: Source
    manager: ast.Attribute  # `book.reviews`
    steps: tuple[Step, ...]  # those that choose and sort rows, without all()
    end: Step | None  # what is made of the rows: count(), first(), [0] …; None: they are read
    node: ast.expr  # the whole expression
    variable: str = ""  # that holds the first part of the chain, assigned on a line of its own
    is_held_whole: bool = False  # it holds `book.reviews.all()`

    @property
    def rows(self) -> str:
        """`book.reviews.all()`: the prefetched rows, also where a variable holds them."""
        if self.is_held_whole:
            return self.variable
        return f"{self.source.text_of(self.manager)}.all()"

    @property
    def ending(self) -> str:
        """`count`, `first`, `[` for an index; empty where the rows are read."""
        return self.end.name if self.end else ""

    def text(self) -> str:
        """`.filter(stars=5)`: the calls that choose and sort, as they are written."""
        return "".join(step_text(self.source, step) for step in self.steps)

    def arguments(self) -> list[ast.expr]:
        """What stands in the brackets of these calls."""
        found: list[ast.expr] = []
        for step in self.steps:
            if isinstance(step.node, ast.Call):
                found += [*step.node.args, *(keyword.value for keyword in step.node.keywords)]
            else:
                found.append(step.node.slice)
        return found


def step_text(source: Source, step: Step) -> str:
    """`.filter(stars=5)`, on one line."""
    if isinstance(step.node, ast.Call):
        each = [source.text_of(item) for item in step.node.args]
        each += [
            (f"{keyword.arg}=" if keyword.arg else "**") + source.text_of(keyword.value)
            for keyword in step.node.keywords
        ]
        return f".{step.name}({', '.join(_on_one_line(item) for item in each)})"
    return f"[{_on_one_line(source.text_of(step.node.slice))}]"


def _on_one_line(text: str) -> str:
    if "\n" in text and ("#" in text or '"""' in text or "'''" in text):
        raise EditRefusedError("The arguments are written over several lines: move them by hand.")
    return " ".join(part.strip() for part in text.splitlines()) if "\n" in text else text


def find_read(source: Source, frame: Frame, accessor: str) -> Read:
    """The chain at a frame that starts at a relation.

    Raises:
        EditRefusedError: the frame doesn't stand on one, or it is no chain that reads rows.
    """
    node = node_at(source, frame)
    current: ast.AST | None = node
    while current is not None and not (isinstance(current, ast.Attribute) and current.attr == accessor):
        if isinstance(current, ast.Call):
            current = current.func
        else:
            current = current.value if isinstance(current, ast.Attribute | ast.Subscript) else None
    if current is None and node is not None:
        # iterator() runs when what is around it asks for the first row.
        inside = [
            each for each in ast.walk(node) if isinstance(each, ast.Attribute) and each.attr == accessor
        ]
        current = inside[0] if len(inside) == 1 else None
    if current is None and node is not None:
        held = _held_in_variable(source, node, accessor)
        if held is not None:
            return held
    if not isinstance(current, ast.Attribute):
        raise EditRefusedError(
            f"{frame.path}:{frame.line} reads {accessor} by way of a variable or a function: change it there."
        )
    found = _read(source, current)
    return _continued(source, found) if found.end is None else found


def _continued(source: Source, first: Read) -> Read:
    """The same, with what is made of the variable that holds it, where that is one other chain."""
    statement = source.parents.get(first.node)
    if not isinstance(statement, ast.Assign | ast.AnnAssign):
        return first
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    variable = variable_of(source, target)
    if variable is None or variable.values != (first.node,) or len(variable.loads) != 1:
        return first
    [load] = variable.loads
    return _held(first, variable.name, load) if _next(source, load) is not None else first


def _held(first: Read, variable: str, start: ast.expr) -> Read:
    """The first part of a chain, which a variable holds, and what goes on from that name."""
    rest = _read(first.source, first.manager, start)
    is_whole = not first.steps and first.node is not first.manager
    steps = (*first.steps, *rest.steps)
    return replace(rest, steps=steps, variable=variable, is_held_whole=is_whole)


def _held_in_variable(source: Source, node: ast.expr, accessor: str) -> Read | None:
    """The chain that goes on from a variable, which is given its first part once."""
    root = node
    while isinstance(root, ast.Call | ast.Attribute | ast.Subscript):
        root = root.func if isinstance(root, ast.Call) else root.value
    variable = variable_of(source, root) if isinstance(root, ast.Name) else None
    if variable is None or len(variable.values) != 1:
        return None
    manager: ast.AST = variable.values[0]
    while isinstance(manager, ast.Call | ast.Attribute | ast.Subscript):
        if isinstance(manager, ast.Attribute) and manager.attr == accessor:
            first = _read(source, manager)
            is_all = first.end is None and first.node is variable.values[0]
            return _held(first, variable.name, root) if is_all else None
        manager = manager.func if isinstance(manager, ast.Call) else manager.value
    return None


def _read(source: Source, manager: ast.Attribute, start: ast.expr | None = None) -> Read:
    steps: list[Step] = []
    end: Step | None = None
    node: ast.expr = start or manager
    while end is None:
        step = _next(source, node)
        if step is None:
            break
        node = step.node
        if step.name in _NEVER:
            raise EditRefusedError(f"{step.name}() asks for rows that no prefetch gives.")
        is_index = isinstance(step.node, ast.Subscript) and not isinstance(step.node.slice, ast.Slice)
        if (step.name.removeprefix("a") in _ENDS and step.name not in _ROWS) or is_index:
            end = step
        elif step.name != "all":
            steps.append(step)
    return Read(source, manager, tuple(steps), end, node)


def _next(source: Source, node: ast.expr) -> Step | None:
    parent = source.parents.get(node)
    if isinstance(parent, ast.Subscript) and parent.value is node:
        return Step(parent, "[")
    call = source.parents.get(parent) if isinstance(parent, ast.Attribute) else None
    if isinstance(parent, ast.Attribute) and isinstance(call, ast.Call) and call.func is parent:
        return Step(call, parent.attr)
    return None


def takes_any_list(source: Source, node: ast.expr) -> bool:
    """Whether what stands around an expression does with a list as well as with a queryset."""
    parent = source.parents.get(node)
    if isinstance(parent, ast.For | ast.comprehension):
        return parent.iter is node and not getattr(parent, "is_async", 0)
    if isinstance(parent, ast.Call):
        function = parent.func
        is_join = isinstance(function, ast.Attribute) and function.attr == "join"
        return node in parent.args and (is_join or getattr(function, "id", "") in _TAKERS)
    if isinstance(parent, ast.If | ast.While | ast.IfExp):
        return parent.test is node
    if isinstance(parent, ast.Compare):
        operators = (ast.In, ast.NotIn)
        return parent.left is not node and all(isinstance(each, operators) for each in parent.ops)
    if isinstance(parent, ast.BoolOp):
        return takes_any_list(source, parent)
    if (
        isinstance(parent, ast.Assign)
        and len(parent.targets) == 1
        and isinstance(parent.targets[0], ast.Name)
    ):
        return _is_read_as_list(source, parent, parent.targets[0].id)
    return isinstance(parent, ast.Starred) or (
        isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not)
    )


def _is_read_as_list(source: Source, statement: ast.Assign, name: str) -> bool:
    """Whether every use of a variable in its function does with a list."""
    scope: ast.AST = statement
    while not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
        scope = source.parents[scope]
    if isinstance(scope, ast.Module):
        return False
    uses = [node for node in ast.walk(scope) if isinstance(node, ast.Name) and node.id == name]
    given = [node for node in uses if not isinstance(node.ctx, ast.Load)]
    read = [node for node in uses if isinstance(node.ctx, ast.Load)]
    return len(given) == 1 and all(_is_indexed(source, each) or takes_any_list(source, each) for each in read)


def _is_indexed(source: Source, node: ast.expr) -> bool:
    parent = source.parents.get(node)
    return (
        isinstance(parent, ast.Subscript) and parent.value is node and not isinstance(parent.slice, ast.Slice)
    )
