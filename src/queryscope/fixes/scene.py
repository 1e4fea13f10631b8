"""A call that writes one row, and the loop around it: what of it other code is made of."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from queryscope.fixes import naming
from queryscope.fixes.chain import node_at
from queryscope.fixes.loops import Loop, bound_names, loops_around, names_in
from queryscope.fixes.root import last_name
from queryscope.fixes.source import Source
from queryscope.model import Frame, Model

_RANGES = frozenset({"in", "range", "gt", "gte", "lt", "lte"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What is written row by row, as far as trace and models know it."""

    method: str  # "save", "create", "delete" …
    model: Model  # whose rows are written; of a many-to-many the one that has the manager
    is_insert: bool = False  # of save(): the rows are new
    columns: tuple[str, ...] = ()  # fields that an UPDATE sets
    owner_key: str = ""  # of a related manager's create(): the foreign key to its owner
    through: Model | None = None  # of a many-to-many
    filled: tuple[str, ...] = ()  # fields of these that save() fills by itself: auto_now
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


def plural(model: Model) -> str:
    """`order_lines` of `OrderLine`."""
    return naming.plural(naming.snake(model.name))


def short(model: Model) -> str:
    """`order_line` of `OrderLine`."""
    return naming.snake(model.name)


def objects_name(rows: Rows, scene: Scene | None) -> str:
    """What to call the objects together: the name that the loop runs over, or else the model's plural."""
    loop = scene.loop if scene is not None else None
    if loop is None or loop.iterable is None or scene is None:
        return plural(rows.model)
    is_row = not scene.is_in_loop or (
        isinstance(scene.receiver, ast.Name) and scene.receiver.id in bound_names(loop.target)
    )
    if is_row and isinstance(loop.iterable, ast.Name) and isinstance(loop.target, ast.Name):
        return loop.iterable.id
    return plural(rows.model)


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


def is_statement_of(scene: Scene, statement: ast.stmt) -> bool:
    """Whether a statement is the call and nothing else, its result unused."""
    if not isinstance(statement, ast.Expr):
        return False
    value = statement.value
    return (value.value if isinstance(value, ast.Await) else value) is scene.call


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
