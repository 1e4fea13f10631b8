"""Which fields the loop changes of a row that it saves."""

from __future__ import annotations

import ast

from queryscope.fixes.loops import bound_names, function_around
from queryscope.fixes.root import last_name
from queryscope.fixes.scene import Rows, Scene
from queryscope.model import Model

_MUTABLE = frozenset({"ArrayField", "BinaryField", "FileField", "HStoreField", "ImageField", "JSONField"})
# Who is handed a row by these leaves it as it is.
_HARMLESS = frozenset({
    "add", "append", "bool", "debug", "error", "exception", "format", "hash", "id", "info", "isinstance",
    "len", "log", "print", "repr", "str", "type", "warning", "write",
})  # fmt: skip
_SAVES = frozenset({"save", "asave"})


def changed_fields(rows: Rows, scene: Scene | None) -> tuple[str, ...]:
    """The fields that a save changes: named, or assigned, or else all that it writes."""
    if scene is None:
        return rows.columns
    named = next((each.value for each in scene.call.keywords if each.arg == "update_fields"), None)
    if isinstance(named, ast.List | ast.Tuple | ast.Set):
        found = [each.value for each in named.elts if isinstance(each, ast.Constant)]
        return tuple(str(name) for name in found) if len(found) == len(named.elts) else rows.columns
    assigned = _assigned(rows, scene) if named is None else ()
    return assigned or rows.columns


def _assigned(rows: Rows, scene: Scene) -> tuple[str, ...]:
    """Fields assigned to the row; none where something else may change it too."""
    if not isinstance(scene.receiver, ast.Name):
        return ()
    loop = scene.loop
    scope: ast.AST = function_around(scene.source, scene.call)
    if loop is not None and scene.is_in_loop and scene.receiver.id in bound_names(loop.target):
        scope = loop.node
    found: dict[str, None] = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.Name) and node.id == scene.receiver.id:
            changed = _changed_by(node, rows.model, scene)
            if changed is None:
                return ()
            found |= dict.fromkeys(changed)
    return tuple(name for name in found if not rows.columns or name in rows.columns)


def _changed_by(node: ast.Name, model: Model, scene: Scene) -> tuple[str, ...] | None:
    """The fields that one mention of the row changes; None where that isn't seen."""
    parent = scene.source.parents.get(node)
    is_shown = isinstance(parent, ast.FormattedValue | ast.Yield | ast.Compare | ast.Tuple | ast.List)
    is_handed = isinstance(parent, ast.Call) and last_name(parent.func) in _HARMLESS
    if isinstance(node.ctx, ast.Store) or is_shown or is_handed:
        return ()
    if not isinstance(parent, ast.Attribute):
        return None
    field = model.field(parent.attr)
    if field is not None and (isinstance(parent.ctx, ast.Store) or field.type in _MUTABLE):
        return (field.name,)  # assigned, or perhaps changed where it is
    if isinstance(parent.ctx, ast.Store):
        return None  # a property may set anything
    outer = scene.source.parents.get(parent)
    is_method = isinstance(outer, ast.Call) and outer.func is parent and parent.attr not in _SAVES
    return None if is_method else ()
