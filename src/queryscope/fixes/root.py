"""Whether the expression that a queryset starts from is certainly that model's, whoever calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from queryscope.errors import EditRefusedError
from queryscope.fixes.source import Source
from queryscope.model import Model

_LOOK_UPS = frozenset({"get_model", "get_user_model"})
_SELVES = frozenset({"self", "cls", "super", "type"})
# What a class that is about one model may ask itself for rows of it.
_OWN_ATTRIBUTES = frozenset({"__class__", "_default_manager", "get_queryset", "model", "objects", "queryset"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The model whose queryset is changed, and the attributes of other models that lead to its rows."""

    model: Model
    accessors: frozenset[str] = frozenset()  # that lead nowhere else
    shared: frozenset[tuple[str, str]] = frozenset()  # (model name, attribute) of those that do elsewhere
    fields: tuple[tuple[str, str, str], ...] = ()  # (model name, attribute, kind) of fields with such choices

    def named(self, owner: str) -> Target:
        """The model of one of the fields, as far as its name goes."""
        return Target(model=Model(label=owner, table=""))

    def owns(self, name: str, attribute: str) -> bool:
        """Whether `order.lines` leads to the model's rows, as far as names can tell."""
        if attribute in self.accessors:
            return True
        spoken = name.replace("_", "").lower()
        return any(known == attribute and spoken.endswith(owner.lower()) for owner, known in self.shared)


def check_root(source: Source, root: ast.expr, target: Target) -> None:
    """Accept a root that is the model's.

    Raises:
        EditRefusedError: another caller may hand in another model there.
    """
    if names_model(source, root, target):
        return
    shown = source.text_of(root) if source.holds(root) else "The root"
    shown = shown if "\n" not in shown and len(shown) <= 60 else "The root"
    raise EditRefusedError(
        f"{shown} may be of another model when others call: add the call where {target.model.name} is named."
    )


def names_model(source: Source, root: ast.expr, target: Target, depth: int = 3) -> bool:
    """Whether a root names the model, a relation that leads to it, or something bound to one of these."""
    if is_named(root, target):
        return True
    first = root
    attributes = set()
    while isinstance(first, ast.Attribute | ast.Subscript | ast.Call):
        if isinstance(first, ast.Attribute):
            attributes.add(first.attr)
        first = first.func if isinstance(first, ast.Call) else first.value
    if not isinstance(first, ast.Name):
        return False
    if isinstance(root, ast.Attribute) and root.value is first and first.id == "self":
        holder = _class_around(source, root)
        if holder is not None and target.owns(holder.name, root.attr):
            return True
    if first.id in _SELVES:
        known = _OWN_ATTRIBUTES | {target.model.default_manager}
        return attributes <= known and _is_class_of(source, root, target)
    return depth > 0 and _is_bound_to(source, first, target, depth)


def is_named(node: ast.AST, target: Target) -> bool:
    """Whether the text itself says the model: `models.Book.objects`, `get_model("Book")`, `order.lines`."""
    if isinstance(node, ast.Attribute) and target.owns(last_name(node.value), node.attr):
        return True
    return any(_is_name(each, target.model) for each in _said(node))


def _said(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all in it, without what is handed to a method: `Page.objects.type(Book)` gives pages."""
    yield node
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    for child in [node.func] if isinstance(node, ast.Call) and is_method else ast.iter_child_nodes(node):
        yield from _said(child)


def _is_name(node: ast.AST, model: Model) -> bool:
    if isinstance(node, ast.Name):
        return node.id == model.name
    if isinstance(node, ast.Attribute):
        return node.attr == model.name
    if isinstance(node, ast.Call) and _called(node) in _LOOK_UPS:
        texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
        return not texts or str(texts[-1]).rpartition(".")[2].lower() == model.name.lower()
    return False


def _called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_class_of(source: Source, node: ast.AST, target: Target) -> bool:
    """Whether the class around a node is the model, or says by `model` or `queryset` that it is about it."""
    holder = _class_around(source, node)
    if holder is None:
        return False
    return holder.name == target.model.name or any(
        is_named(value, target) for value in _class_values(holder, ("model", "queryset"))
    )


def _class_around(source: Source, node: ast.AST) -> ast.ClassDef | None:
    holder: ast.AST | None = node
    while holder is not None and not isinstance(holder, ast.ClassDef):
        holder = source.parents.get(holder)
    return holder


def last_name(node: ast.expr) -> str:
    """`objects` of `Book.objects`."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _class_values(holder: ast.ClassDef, names: tuple[str, ...]) -> Iterator[ast.AST]:
    for statement in holder.body:
        if isinstance(statement, ast.ClassDef) and statement.name == "Meta":
            yield from _class_values(statement, names)
        for name, value in _bindings(statement):
            if name in names and value is not None:
                yield value


def _is_bound_to(source: Source, name: ast.Name, target: Target, depth: int) -> bool:
    """Whether every value that a name is given, in the innermost scope that gives it one, is the model's."""
    scope: ast.AST | None = name
    while scope is not None:
        scope = source.parents.get(scope)
        if not isinstance(scope, _Function | ast.Lambda | ast.Module):
            continue
        values = [value for bound, value in _scope_bindings(scope) if bound == name.id]
        if values:
            return all(
                value is not None and _is_value_of(source, value, target, depth - 1) for value in values
            )
    return False


def _is_value_of(source: Source, value: ast.AST, target: Target, depth: int) -> bool:
    if isinstance(value, ast.alias):
        return value.name.rpartition(".")[2] == target.model.name
    if is_named(value, target):
        return True
    return isinstance(value, ast.Name) and depth > 0 and _is_bound_to(source, value, target, depth)


def _scope_bindings(scope: ast.AST) -> Iterator[tuple[str, ast.AST | None]]:
    """Names that a scope gives a value, each with it; None where the value can't be told."""
    if isinstance(scope, _Function | ast.Lambda):
        arguments = scope.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for argument in [*every, arguments.vararg, arguments.kwarg]:
            if argument is not None:
                yield argument.arg, None
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        found = list(_bindings(node))
        yield from found
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and found:
            waiting += [node.value] if node.value is not None else []
        elif not isinstance(node, _Function | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.AST | None]]:
    """What one statement or expression binds; None: a loop, an argument, a definition."""
    if isinstance(node, ast.Assign):
        if all(isinstance(each, ast.Name) for each in node.targets):
            yield from ((each.id, node.value) for each in node.targets if isinstance(each, ast.Name))
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
        if isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0], alias
    elif isinstance(node, _Function | ast.ClassDef):
        yield node.name, None
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id, None
