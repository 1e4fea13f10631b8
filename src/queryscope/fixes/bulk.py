"""Rows that are written one by one: what a reviewer would type instead, from the source of the loop."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from queryscope.fixes.changed import changed_fields
from queryscope.fixes.loops import bound_names
from queryscope.fixes.root import last_name
from queryscope.fixes.scene import (
    Rows,
    Scene,
    arguments,
    is_one_owner,
    keyword_text,
    look_up,
    names_in_arguments,
    objects_name,
    over_of,
    plural,
    short,
)

_RELATED = frozenset({"add", "remove", "set", "clear"})


def bulk_code(rows: Rows, scene: Scene | None) -> str:
    """The statement that writes all rows at once."""
    code = _code(rows, scene)
    if scene is not None and scene.is_awaited:
        return "await " + re.sub(
            r"\.(bulk_create|bulk_update|update|delete|add|remove)\((?!.*\.\1\()", r".a\1(", code, count=1
        )
    return code


def _code(rows: Rows, scene: Scene | None) -> str:
    name, many = rows.model.name, objects_name(rows, scene)
    manager = f"{name}.{rows.model.default_manager}"
    if rows.method == "save":
        if rows.is_insert:
            return f"{manager}.bulk_create({plural(rows.model)})"
        fields = tuple(dict.fromkeys((*changed_fields(rows, scene), *rows.filled)))
        return f"{manager}.bulk_update({many}, {quoted_list(fields, scene)})"
    if rows.method in ("create", "get_or_create", "update_or_create"):
        return _create_code(rows, scene, manager)
    if rows.method in ("delete", "update"):
        return _queryset_code(rows, scene, manager)
    if rows.method in _RELATED:
        return _related_code(rows, scene)
    return "cursor.executemany(sql, rows)"


def quoted_list(names: tuple[str, ...], scene: Scene | None) -> str:
    """`["price", "name"]`."""
    mark = scene.source.quote if scene is not None else '"'
    return "[" + ", ".join(f"{mark}{name}{mark}" for name in names) + "]"


def _create_code(rows: Rows, scene: Scene | None, manager: str) -> str:
    name = rows.model.name
    more = _upsert(rows, scene)
    if scene is None or rows.method not in ("create", "get_or_create", "update_or_create"):
        return f"{manager}.bulk_create({plural(rows.model)}{more})"
    item = f"{name}({values(rows, scene)})"
    over = over_of(scene)
    if not over or "\n" in item:
        return f"{manager}.bulk_create({plural(rows.model)}{more})"
    return f"{manager}.bulk_create([{item} {over}]{more})"


def values(rows: Rows, scene: Scene) -> str:
    source, call = scene.source, scene.call
    own = [
        keyword_text(source, each)
        for each in call.keywords
        if rows.method == "create" or each.arg not in ("defaults", "create_defaults")
    ]
    if rows.owner_key and isinstance(scene.receiver, ast.Attribute):
        own.insert(0, f"{rows.owner_key}={source.text_of(scene.receiver.value)}")
    if rows.method != "create":
        for key, value in _defaults(call):
            own.append(f"{key}={source.text_of(value)}" if key else f"**{source.text_of(value)}")
    return ", ".join(own)


def _defaults(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    value = next((each.value for each in call.keywords if each.arg == "defaults"), None)
    if isinstance(value, ast.Dict) and all(isinstance(key, ast.Constant) for key in value.keys):
        for key, each in zip(value.keys, value.values, strict=True):
            yield str(getattr(key, "value", "")), each
    elif value is not None:
        yield "", value


def _upsert(rows: Rows, scene: Scene | None) -> str:
    """What bulk_create() needs to leave existing rows alone, or to update them."""
    if rows.method == "get_or_create":
        return ", ignore_conflicts=True"
    if rows.method != "update_or_create":
        return ""
    keys = tuple(
        str(each.arg)
        for each in (scene.call.keywords if scene is not None else ())
        if each.arg not in (None, "defaults", "create_defaults")
    )
    changed = tuple(key for key, _ in _defaults(scene.call) if key) if scene is not None else ()
    unique = quoted_list(keys, scene) if keys else "[…]"
    update = quoted_list(changed, scene) if changed else "[…]"
    return f", update_conflicts=True, unique_fields={unique}, update_fields={update}"


def _queryset_code(rows: Rows, scene: Scene | None, manager: str) -> str:
    many = objects_name(rows, scene)
    ending = "delete()" if rows.method == "delete" else "update(…)"
    if scene is None:
        return f"{manager}.filter(pk__in={many}).{ending}"
    source = scene.source
    if isinstance(scene.receiver, ast.Name) and rows.method == "delete":
        chain = source.text_of(scene.loop.iterable) if scene.loop is not None and scene.loop.iterable else ""
        if scene.is_in_loop and scene.receiver.id in bound_names(scene.loop.target if scene.loop else None):
            is_queryset = bool(re.search(r"\.(filter|exclude|all)\([^\n]*\)$", chain)) and "[" not in chain
            if is_queryset:
                return f"{chain}.delete()"
        return f"{manager}.filter(pk__in=[{short(rows.model)}.pk for {short(rows.model)} in {many}]).delete()"
    if rows.method == "update":
        ending = f"update({arguments(source, scene.call)})"
        bound = bound_names(scene.loop.target) if scene.loop is not None else frozenset()
        if names_in_arguments(scene.call) & bound:
            names = tuple(str(each.arg) for each in scene.call.keywords if each.arg)
            return f"{manager}.bulk_update({plural(rows.model)}, {quoted_list(names, scene)})"
    looked_up = look_up(scene)
    if looked_up is None or "\n" in ending:
        return f"{manager}.filter(pk__in=…).{ending if chr(10) not in ending else 'update(…)'}"
    return f"{manager}.filter({looked_up}).{ending}"


def _related_code(rows: Rows, scene: Scene | None) -> str:
    if scene is not None and rows.method in ("add", "remove") and is_one_owner(scene):
        source, loop = scene.source, scene.loop
        [argument] = scene.call.args
        assert loop is not None
        assert loop.iterable is not None
        assert loop.target is not None
        manager, over = source.text_of(scene.receiver), source.text_of(loop.iterable)
        if isinstance(argument, ast.Name) and isinstance(loop.target, ast.Name):
            return f"{manager}.{rows.method}(*{over})"
        given, target = source.text_of(argument), source.text_of(loop.target)
        return f"{manager}.{rows.method}(*[{given} for {target} in {over}])"
    relation = last_name(scene.receiver) if scene is not None else "relation"
    through = f"{rows.model.name}.{relation}.through"
    if rows.method in ("remove", "clear"):
        return f"{through}.objects.filter({short(rows.model)}__in={objects_name(rows, scene)}).delete()"
    return f"{through}.objects.bulk_create([{through}({_link(rows, scene)}], ignore_conflicts=True)"


def _link(rows: Rows, scene: Scene | None) -> str:
    """`product=product, tag=tag) for product in products` of a through table."""
    keys = [each for each in rows.through.relations if each.target] if rows.through is not None else []
    mine = [each.name for each in keys if each.target == rows.model.label]
    others = [each.name for each in keys if each.target != rows.model.label]
    if scene is None or len(mine) != 1 or len(others) != 1 or rows.method != "add":
        return "…) for …"
    call, over = scene.call, over_of(scene)
    if len(call.args) != 1 or call.keywords or not isinstance(scene.receiver, ast.Attribute):
        return "…) for …"
    owner, other = scene.source.text_of(scene.receiver.value), scene.source.text_of(call.args[0])
    return f"{mine[0]}={owner}, {others[0]}={other}) {over or 'for …'}"
