"""Rows that are written one by one: what a reviewer would type instead, from the source of the loop."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from queryscope.fixes.chain import node_at
from queryscope.fixes.loops import Loop, bound_names, function_around, loops_around, names_in
from queryscope.fixes.root import last_name
from queryscope.fixes.source import Source
from queryscope.model import Frame, Model

_SHORT = 3  # characters of a name that says nothing
# Who is handed a row by these leaves it as it is.
_HARMLESS = frozenset({
    "add", "append", "bool", "debug", "error", "exception", "format", "hash", "id", "info", "isinstance", "len",
    "log", "print", "repr", "str", "type", "warning", "write",
})  # fmt: skip
_RANGES = frozenset({"in", "range", "gt", "gte", "lt", "lte"})
_RELATED = frozenset({"add", "remove", "set", "clear"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What is written row by row, as far as trace and models know it."""

    method: str  # "save", "create", "delete" …
    model: Model  # whose rows are written; of a many-to-many the one that has the manager
    is_insert: bool = False  # of save(): the rows are new
    columns: tuple[str, ...] = ()  # fields that an UPDATE sets
    owner_key: str = ""  # of a related manager's create(): the foreign key to its owner
    through: Model | None = None  # of a many-to-many
    obstacle: str = ""  # why no edit would be safe


@dataclass(frozen=True, slots=True)
class Scene:
    """The call that writes, and the loop around it."""

    source: Source
    call: ast.Call
    loop: Loop | None

    @property
    def is_awaited(self) -> bool:
        """Whether the call is awaited."""
        return isinstance(self.source.parents.get(self.call), ast.Await)

    @property
    def receiver(self) -> ast.expr:
        """What the method belongs to."""
        assert isinstance(self.call.func, ast.Attribute)
        return self.call.func.value

    @property
    def is_in_loop(self) -> bool:
        """Whether the call stands in the loop itself, and not in a function that the loop calls."""
        return self.loop is not None and self.loop.depth == 0 and self.loop.source is self.source


def scene_of(source: Source | None, frame: Frame, loop: Loop | None) -> Scene | None:
    """The call at a frame; None where the source shows no method call there."""
    node = node_at(source, frame) if source is not None else None
    if source is None or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    return Scene(source, node, loop)


def called(scene: Scene | None) -> str:
    """The name of the method that is called, an async one by the name of its twin."""
    if scene is None:
        return ""
    name = last_name(scene.call.func)
    return name[1:] if scene.is_awaited and name.startswith("a") and name != "add" else name


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
        return f"{manager}.bulk_update({many}, {quoted_list(changed_fields(rows, scene), scene)})"
    if rows.method in ("create", "get_or_create", "update_or_create"):
        return _create_code(rows, scene, manager)
    if rows.method in ("delete", "update"):
        return _queryset_code(rows, scene, manager)
    if rows.method in _RELATED:
        return _related_code(rows, scene)
    return "cursor.executemany(sql, rows)"


def objects_name(rows: Rows, scene: Scene | None) -> str:
    """What to call the objects together: what the loop runs over if that is a name, else the model's plural."""
    loop = scene.loop if scene is not None else None
    if loop is None or loop.iterable is None or scene is None:
        return plural(rows.model)
    is_row = not scene.is_in_loop or (
        isinstance(scene.receiver, ast.Name) and scene.receiver.id in bound_names(loop.target)
    )
    if is_row and isinstance(loop.iterable, ast.Name) and isinstance(loop.target, ast.Name):
        return loop.iterable.id
    return plural(rows.model)


def plural(model: Model) -> str:
    """`order_lines` of `OrderLine`."""
    word = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", model.name).lower()
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")


def quoted_list(names: tuple[str, ...], scene: Scene | None) -> str:
    """`["price", "name"]`."""
    mark = scene.source.quote if scene is not None else '"'
    return "[" + ", ".join(f"{mark}{name}{mark}" for name in names) + "]"


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
    name = scene.receiver.id
    found: dict[str, None] = {}
    for node in ast.walk(scope):
        if not isinstance(node, ast.Name) or node.id != name:
            continue
        parent = scene.source.parents.get(node)
        if isinstance(node.ctx, ast.Store) or isinstance(parent, ast.arg):
            continue
        if isinstance(parent, ast.FormattedValue | ast.Yield | ast.Compare | ast.Tuple | ast.List):
            continue
        if isinstance(parent, ast.Call) and last_name(parent.func) in _HARMLESS:
            continue
        if not isinstance(parent, ast.Attribute):
            return ()
        outer = scene.source.parents.get(parent)
        if isinstance(parent.ctx, ast.Store):
            field = rows.model.field(parent.attr)
            if field is None:
                return ()
            found[field.name] = None
        elif isinstance(outer, ast.Call) and outer.func is parent and outer is not scene.call:
            return ()
    return tuple(name for name in found if not rows.columns or name in rows.columns)


def arguments(source: Source, call: ast.Call) -> str:
    """The text of a call's arguments."""
    return (
        ", ".join(source.text_of(each) for each in call.args)
        + (", " if call.args and call.keywords else "")
        + ", ".join(keyword_text(source, each) for each in call.keywords)
    )


def keyword_text(source: Source, keyword: ast.keyword) -> str:
    """`name=value` or `**values`."""
    value = source.text_of(keyword.value)
    return f"{keyword.arg}={value}" if keyword.arg else f"**{value}"


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


def over_of(scene: Scene) -> str:
    """`for name in names`, where the loop does nothing but write."""
    loop = scene.loop
    if loop is None or loop.iterable is None or loop.target is None or not scene.is_in_loop:
        return ""
    if isinstance(loop.node, ast.For):
        body = [each for each in loop.node.body if not isinstance(each, ast.Pass)]
        if len(body) != 1 or not is_statement_of(scene, body[0]):
            return ""
    elif isinstance(loop.node, ast.AsyncFor | ast.While) or len(loop.node.generators) > 1:
        return ""
    if len(list(loops_around(loop.source, scene.call))) > 1:
        return ""
    text = f"for {loop.source.text_of(loop.target)} in {loop.source.text_of(loop.iterable)}"
    return "" if "\n" in text else text


def is_statement_of(scene: Scene, statement: ast.stmt) -> bool:
    """Whether a statement is the call and nothing else, its result unused."""
    if not isinstance(statement, ast.Expr):
        return False
    value = statement.value
    return (value.value if isinstance(value, ast.Await) else value) is scene.call


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


def takes_batches(scene: Scene) -> bool | None:
    """Whether each round of the loop names many rows: `filter(pk__in=chunk)`; None where it isn't seen."""
    loop = scene.loop
    if loop is None or not scene.is_in_loop or not isinstance(scene.receiver, ast.Call):
        return None
    bound = bound_names(loop.target)
    if isinstance(loop.node, ast.For | ast.AsyncFor | ast.While):
        bound |= {
            node.id
            for part in loop.node.body
            for node in ast.walk(part)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
    keys = [
        keyword.arg
        for node in ast.walk(scene.receiver)
        if isinstance(node, ast.Call) and last_name(node.func) in ("filter", "exclude", "get")
        for keyword in node.keywords
        if keyword.arg and names_in(keyword.value) & bound
    ]
    return all(key.rpartition("__")[2] in _RANGES for key in keys) if keys else None


def names_in_arguments(call: ast.Call) -> frozenset[str]:
    """The names that a call's arguments speak of."""
    return frozenset(name for each in (*call.args, *call.keywords) for name in names_in(each))


def look_up(scene: Scene) -> str | None:
    """`pk__in=[p.pk for p in products]` of `.filter(pk=p.pk)` in a loop over products."""
    call, loop = scene.receiver, scene.loop
    if not isinstance(call, ast.Call) or last_name(call.func) != "filter" or len(call.keywords) != 1:
        return None
    keyword = call.keywords[0]
    if loop is None or loop.iterable is None or loop.target is None or call.args or not keyword.arg:
        return None
    if not scene.is_in_loop or not names_in(keyword.value) & bound_names(loop.target):
        return None
    over = scene.source.text_of(loop.iterable)
    if "\n" in over:
        return None
    name = keyword.arg.removesuffix("__exact")
    if isinstance(keyword.value, ast.Name) and isinstance(loop.target, ast.Name):
        return f"{name}__in={over}"
    target = scene.source.text_of(loop.target)
    return f"{name}__in=[{scene.source.text_of(keyword.value)} for {target} in {over}]"


def short(model: Model) -> str:
    """`order_line` of `OrderLine`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", model.name).lower()


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


def is_own_manager(rows: Rows, scene: Scene) -> bool:
    """Whether create() is called on the model's own manager: `Tag.objects`."""
    receiver = scene.receiver
    return (
        isinstance(receiver, ast.Attribute)
        and last_name(receiver.value) == rows.model.name
        and receiver.attr == rows.model.default_manager
        and scene.source.holds(receiver)
    )


def is_one_owner(scene: Scene) -> bool:
    """Whether `post.tags.add(tag)` runs over tags, and the post stays the same."""
    loop = scene.loop
    if loop is None or loop.iterable is None or not scene.is_in_loop or len(scene.call.args) != 1:
        return False
    if scene.call.keywords or isinstance(scene.call.args[0], ast.Starred):
        return False
    bound = bound_names(loop.target)
    if isinstance(loop.node, ast.For):
        for each in loop.node.body:
            for node in ast.walk(each):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    bound |= {node.id}
    return not names_in(scene.receiver) & bound and bool(
        names_in(scene.call.args[0]) & bound_names(loop.target)
    )
