"""The keys that a loop looks rows up by, all at once: where the source shows that they are keys."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from queryscope.errors import EditRefusedError
from queryscope.fixes.built import one_line
from queryscope.fixes.loops import Loop
from queryscope.fixes.root import last_name
from queryscope.fixes.source import Source
from queryscope.fixes.variables import variable_of
from queryscope.model import Model, Models

_INTEGERS = frozenset({
    "AutoField", "BigAutoField", "SmallAutoField", "IntegerField", "BigIntegerField",
    "PositiveIntegerField", "PositiveBigIntegerField",
})  # fmt: skip


def keys_of(source: Source, value: ast.expr, loop: Loop, model: Model, models: Models) -> str:
    """All keys: what the loop goes over, or an attribute of each of these rows.

    Raises:
        EditRefusedError: they may be of another type than the table's, or be given once only.
    """
    refusal = EditRefusedError("the keys may be of another type, or be given only once.")
    target, iterable = loop.target, loop.iterable
    if not isinstance(target, ast.Name) or iterable is None:
        raise refusal
    items = iterable
    if isinstance(iterable, ast.Name):
        variable = variable_of(source, iterable)
        found = variable.values if variable is not None else _constants(source, iterable.id)
        if len(found) != 1 or (variable is not None and _is_changed(source, variable.loads)):
            raise refusal
        items = found[0]
    shown = source.text_of(iterable)
    if isinstance(value, ast.Name) and value.id == target.id:
        is_literal = _are_integers(items) and _primary_type(model) in _INTEGERS
        is_listed = isinstance(iterable, ast.Name) and _gives_keys(items, model, models)
        if is_literal or is_listed:
            return shown if "\n" not in shown else one_line(source, iterable)
        raise refusal
    owner = _owner(items, models) if isinstance(iterable, ast.Name) else None
    if owner is None or not isinstance(value, ast.Attribute) or source.text_of(value.value) != target.id:
        raise refusal
    if not _is_key(owner, value.attr, model):
        raise refusal
    return f"[{source.text_of(value)} for {target.id} in {shown}]"


def _constants(source: Source, name: str) -> tuple[ast.expr, ...]:
    """The values of a name at the top of a module, where only that gives it one."""
    given = [
        node for node in ast.walk(source.tree)
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)
    ]  # fmt: skip
    statements = [each for each in source.tree.body if isinstance(each, ast.Assign)]
    values = [each.value for each in statements if any(target in given for target in each.targets)]
    return tuple(values) if len(given) == len(values) == 1 else ()


def _is_changed(source: Source, loads: Sequence[ast.Name]) -> bool:
    """Whether a list may grow or shrink: a method of it is called, or it is handed to somebody."""
    return any(
        isinstance(source.parents.get(load), ast.Attribute | ast.Subscript | ast.AugAssign) for load in loads
    )


def _are_integers(items: ast.expr) -> bool:
    if not isinstance(items, ast.List | ast.Tuple | ast.Set):
        return False
    return all(isinstance(each, ast.Constant) and type(each.value) is int for each in items.elts)


def _primary_type(model: Model) -> str:
    field = model.field(model.primary_key)
    return field.type if field is not None else ""


def _chain(items: ast.expr) -> tuple[ast.expr, list[ast.Call]]:
    """The root of a queryset's expression, within list(), and its calls from the inside out."""
    while isinstance(items, ast.Call) and isinstance(items.func, ast.Name):
        if items.func.id not in ("list", "sorted", "tuple") or len(items.args) != 1:
            return items, []
        items = items.args[0]
    calls: list[ast.Call] = []
    while isinstance(items, ast.Call | ast.Subscript):
        if isinstance(items, ast.Subscript):
            if not isinstance(items.slice, ast.Slice):
                return items, []
            items = items.value
        elif isinstance(items.func, ast.Attribute):
            calls.insert(0, items)
            items = items.func.value
        else:
            return items, []
    return items, calls


def _owner(items: ast.expr, models: Models) -> Model | None:
    """The model whose rows a queryset's expression gives: `OrderLine` of `OrderLine.objects.filter(…)`."""
    root, calls = _chain(items)
    names = {call.func.attr for call in calls if isinstance(call.func, ast.Attribute)}
    rows = {"all", "defer", "exclude", "filter", "only", "order_by", "prefetch_related", "select_related"}
    if not isinstance(root, ast.Attribute) or not isinstance(root.value, ast.Name) or not names <= rows:
        return None
    found = [model for model in models.models if model.name == root.value.id]
    return found[0] if len(found) == 1 and root.attr == found[0].default_manager and calls else None


def _gives_keys(items: ast.expr, model: Model, models: Models) -> bool:
    """Whether a queryset's expression gives keys of a model: `….values_list("product_id", flat=True)`."""
    root, calls = _chain(items)
    if not calls or not isinstance(root, ast.Attribute) or not isinstance(root.value, ast.Name):
        return False
    named = [call for call in calls if last_name(call.func) == "values_list"]
    if len(named) != 1 or len(named[0].args) != 1 or not isinstance(named[0].args[0], ast.Constant):
        return False
    if [each.arg for each in named[0].keywords] != ["flat"]:
        return False
    found = [each for each in models.models if each.name == root.value.id]
    name = str(named[0].args[0].value)
    return len(found) == 1 and (
        _is_key(found[0], name, model) or (_is_key(found[0], f"{name}_id", model) and "__" not in name)
    )


def _is_key(owner: Model, attribute: str, model: Model) -> bool:
    """Whether an attribute of a row holds a key of a model: its own, or that of a foreign key to it."""
    if attribute in ("pk", "id", owner.primary_key) and owner.label == model.label:
        return attribute != "id" or owner.primary_key == "id"
    field = next((each for each in owner.fields if attribute == f"{each.name}_id" and each.target), None)
    if field is None or field.target != model.label:
        return False
    back = [each for each in model.relations if (each.target, each.remote) == (owner.label, field.name)]
    return all(each.remote_key in ("pk", model.primary_key) for each in back)
