"""The remedy of look-ups in a loop: all of them in one query before it. Said, not edited."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace

from queryscope.errors import EditRefusedError
from queryscope.fixes.asked import Asked, asked_of_model
from queryscope.fixes.chain import called_name
from queryscope.fixes.in_bulk_edit import in_bulk_edit
from queryscope.fixes.loops import Loop, bound_names, function_at, names_read
from queryscope.fixes.naming import plural
from queryscope.fixes.root import last_name
from queryscope.fixes.source import Source
from queryscope.fixes.sources import Sources
from queryscope.model import AccessKind, Fix, Model, Models, QueryGroup

_KEPT = frozenset({"select_related", "prefetch_related", "only", "defer", "using", "exclude", "annotate"})
_NO_DIFF = "No diff: the code of the loop decides what is done where a key is missing."
_RANGES = ("__gt", "__gte", "__lt", "__lte", "__range")
_SQL_KEY = re.compile(r"=\s*%s(?!.*=\s*%s)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Key:
    """The condition that differs from round to round: `pk=pk`."""

    name: str  # without `__exact`
    values: str  # source text of all of them
    beside: tuple[tuple[str, str], ...] = ()  # other conditions that differ too


def look_up_fix(group: QueryGroup, loop: Loop | None, models: Models, sources: Sources) -> Fix:
    """What to write in front of the loop."""
    if group.access is None or group.access.kind is AccessKind.RAW:
        return _sql_fix(group, sources)
    assert group.site is not None
    model = models.get(group.site.model) or Model(label=group.site.model, table="")
    source = sources.around(group.stack[0])
    if source is not None and called_name(source, group.stack[0]).endswith("refresh_from_db"):
        return _fix("in_bulk", f"{_manager(model)}.in_bulk({_refreshed(source, loop, group)})")
    asked = _asked(group, sources)
    if asked is None:
        prefetched = _through_manager(group, model, sources)
        return _fix("prefetch_related", prefetched) if prefetched else _by_lookups(group, model)
    key = _key(asked, loop, model)
    if key is None:
        return _by_lookups(group, model)
    names = [key.name, *(name for name, _ in key.beside)]
    ranges = [name.rpartition("__")[0] for name in names if name.endswith(_RANGES)]
    if ranges:
        return _by_steps(ranges[0], model)
    fix = _compose(asked, key, group.access.method, model)
    return _edited(fix, asked, loop, model, models) if fix.kinds == ("in_bulk",) else fix


def _edited(fix: Fix, asked: Asked, loop: Loop | None, model: Model, models: Models) -> Fix:
    """The same with its edit, where that is certain to do what the loop does."""
    try:
        replacements = in_bulk_edit(asked, loop, model, models)
    except EditRefusedError as refusal:
        return replace(fix, caveat=f"No diff: {refusal}")
    diff = asked.source.diff(replacements)
    if not diff:
        return fix
    caveat = f"A key without a row raises KeyError then, not {model.name}.DoesNotExist."
    return replace(fix, diff=diff, edits=asked.source.edits(replacements), caveat=caveat)


def _by_steps(name: str, model: Model) -> Fix:
    """Ranges that follow each other: rows grouped by the step that they fall into."""
    field = model.field(name)
    is_time = field is not None and field.type in ("DateField", "DateTimeField", "TimeField")
    step = f'Trunc("{name}", "…")' if is_time else f'F("{name}") / …'
    return _fix("annotate", f"{_manager(model)}.values(step={step}).annotate(…)")


def _asked(group: QueryGroup, sources: Sources) -> Asked | None:
    """What is asked, with its conditions: of a variable together with the queryset that it holds."""
    asking, built = (
        asked_of_model(source, frame) if frame is not None and source is not None else None
        for frame in (group.stack[0], group.site.frame if group.site else None)
        for source in (sources.around(frame),)
    )
    if asking is not None and built is not None and asking.source is built.source:
        is_apart = isinstance(asking.root, ast.Name) and asking.node is not built.node
        built = replace(built, links=(*built.links, *asking.links)) if is_apart else built
        asking = None if is_apart else asking
    return next((each for each in (asking, built) if each is not None and any(each.conditions())), None)


def _key(asked: Asked, loop: Loop | None, model: Model) -> Key | None:
    """The condition whose value the loop gives; in a helper, the one that an argument gives."""
    conditions = [each for each in asked.conditions() if each.arg]
    parts = [asked.node, *(link.call for link in asked.links)]
    is_inside = (
        loop is not None and loop.source is asked.source and any(_holds(loop.node, part) for part in parts)
    )
    bound = bound_names(loop.node) if loop is not None and is_inside else _arguments(asked)
    varying = [each for each in conditions if names_read(each.value) & bound] or conditions[:1]
    if not varying:
        return None
    first = next((each for each in varying if _is_key(str(each.arg), model)), varying[0])
    within = loop if is_inside else None
    keys = [
        (name, _values(asked.source, each.value, within, name))
        for each in varying
        if (name := str(each.arg).removesuffix("__exact"))
        and (each is first or names_read(each.value) & bound)
    ]
    name = str(first.arg).removesuffix("__exact")
    return Key(name, dict(keys)[name], tuple(pair for pair in keys if pair[0] != name))


def _holds(node: ast.AST, inner: ast.AST) -> bool:
    return any(each is inner for each in ast.walk(node))


def _arguments(asked: Asked) -> set[str]:
    node: ast.AST | None = asked.node
    while node is not None and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        node = asked.source.parents.get(node)
    if node is None:
        return set()
    return {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}


def _is_key(name: str, model: Model) -> bool:
    name = name.removesuffix("__exact")
    field = model.field(name)
    return name in ("pk", "id") or (field is not None and field.is_unique)


def _values(source: Source, value: ast.expr, loop: Loop | None, name: str) -> str:
    """All values of a condition: `ids`, `[line.product_id for line in lines]`."""
    text = source.text_of(value)
    target, iterable = (loop.target, loop.iterable) if loop is not None else (None, None)
    is_many = name.endswith("__in")
    given = names_read(value) & bound_names(loop.node) if loop is not None else set()
    if target is None or iterable is None or not given or not given <= bound_names(target):
        return plural(last_name(value) or name.partition("__")[0])
    shown, over = source.text_of(target), source.text_of(iterable)
    if is_many:
        return f"{{key for {shown} in {over} for key in {text}}}"
    if isinstance(value, ast.Name) and isinstance(target, ast.Name) and value.id == target.id:
        return over
    return f"[{text} for {shown} in {over}]"


def _refreshed(source: Source, loop: Loop | None, group: QueryGroup) -> str:
    if loop is None or loop.target is None or loop.iterable is None or loop.source is not source:
        return "ids"
    target, over = source.text_of(loop.target), source.text_of(loop.iterable)
    return f"[{target}.pk for {target} in {over}]" if isinstance(loop.target, ast.Name) else "ids"


def _manager(model: Model) -> str:
    return f"{model.name}.{model.default_manager}"


def _compose(asked: Asked, key: Key, method: str, model: Model) -> Fix:
    base = _base(asked, model)
    said = {key.name, *(name for name, _ in key.beside)}
    rest = [f"{name.removesuffix('__in')}__in={values}" for name, values in key.beside]
    rest += [
        f"{each.arg + '=' if each.arg else '**'}{asked.source.text_of(each.value)}"
        for each in asked.conditions()
        if str(each.arg).removesuffix("__exact") not in said
    ]
    name = key.name.removesuffix("__in")
    kept = "".join(
        f".{link.name}({_arguments_text(asked.source, link.call)})"
        for link in asked.links
        if link.name in _KEPT
    )
    columns = next((link.call for link in asked.links if link.name in ("values", "values_list")), None)
    if columns is not None and method in ("get", "first", "last", "iterate"):
        among = ", ".join([f"{name}__in={key.values}", *rest])
        named = ", ".join([f'"{name}"', *(asked.source.text_of(each) for each in columns.args)])
        return _fix("rewrite", f"{base}{kept}.filter({among}).values_list({named})")
    if method in ("get", "first", "last") and _is_key(name, model) and not key.name.endswith("__in"):
        narrowed = f"{kept}.filter({', '.join(rest)})" if rest else kept
        field = "" if name in ("pk", "id") or _is_primary(name, model) else f', field_name="{name}"'
        return _fix("in_bulk", f"{base}{narrowed}.in_bulk({key.values}{field})")
    among = f"{base}{kept}.filter({', '.join([f'{name}__in={key.values}', *rest])})"
    if method == "exists":
        return _fix("rewrite", f'set({among}.values_list("{name}", flat=True))')
    if method == "count":
        return _fix("annotate", f'{among}.values("{name}").annotate(n=Count("pk"))')
    if method == "aggregate":
        arguments = (
            _arguments_text(asked.source, asked.links[-1].call) if asked.method == "aggregate" else "…"
        )
        return _fix("annotate", f'{among}.values("{name}").annotate({arguments})')
    if method in ("first", "last", "latest", "earliest"):
        order = _order(asked, method)
        return _fix(
            "rewrite",
            f'{among}.order_by({", ".join([f"{chr(34)}{name}{chr(34)}", *order])}).distinct("{name}")',
        )
    if name in ("pk", "id"):
        return _fix("in_bulk", f"{base}{kept}.in_bulk({key.values})")
    return _fix("rewrite", among)


def _is_primary(name: str, model: Model) -> bool:
    field = model.field(name)
    return field is not None and field.is_primary


def _order(asked: Asked, method: str) -> list[str]:
    named = {link.name: link.call.args for link in asked.links}
    keys = named.get(method) if method in ("latest", "earliest") else named.get("order_by")
    texts = [
        each.value for each in keys or () if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]
    if method in ("last", "latest"):
        texts = [text[1:] if text.startswith("-") else f"-{text}" for text in texts]
    return [f'"{text}"' for text in texts or (["-pk"] if method == "last" else ["pk"])]


def _base(asked: Asked, model: Model) -> str:
    if asked.shortcut is not None and last_name(asked.root) == model.name:
        return _manager(model)
    text = asked.source.text_of(asked.root)
    return text if "\n" not in text and len(text) <= 60 else _manager(model)


def _arguments_text(source: Source, call: ast.Call) -> str:
    parts = [source.text_of(each) for each in call.args]
    parts += [f"{each.arg}={source.text_of(each.value)}" for each in call.keywords if each.arg]
    return ", ".join(parts)


def _through_manager(group: QueryGroup, model: Model, sources: Sources) -> str:
    """Of a manager of a library's own, `post.tags.all()`, the prefetch that such managers understand."""
    assert group.site is not None
    fields = {name.rpartition("__")[0] for name in group.site.lookups}
    frame = group.site.frame
    source = sources.around(frame)
    asked = asked_of_model(source, frame) if source is not None and frame is not None else None
    if asked is None or any(model.field(name) is not None for name in fields):
        return ""
    is_plain = [link.name for link in asked.links] == ["all"] and isinstance(asked.root, ast.Attribute)
    return f'prefetch_related("{last_name(asked.root)}")' if is_plain else ""


def _by_lookups(group: QueryGroup, model: Model) -> Fix:
    """From the trace alone: the field that the query compares."""
    assert group.site is not None
    lookups = group.site.lookups
    exact = [name.removesuffix("__exact") for name in lookups if name.endswith("__exact")]
    ranges = [name.rpartition("__")[0] for name in lookups if name.endswith(_RANGES)]
    if ranges and not exact:
        return _by_steps(ranges[0], model)
    name = exact[0] if exact else "pk"
    if _is_primary(name, model) or name in ("id", "pk"):
        return _fix("rewrite", f"{_manager(model)}.in_bulk(ids)")
    if model.field(name.removesuffix("_id")) is None:  # of a table that is joined: the path is not known
        return _fix("rewrite", f"{_manager(model)}.filter(…__{name}__in={plural(name)})")
    return _fix("rewrite", f"{_manager(model)}.filter({name}__in={plural(name)})")


def _sql_fix(group: QueryGroup, sources: Sources) -> Fix:
    """Of SQL in the source the last `= %s` becomes `= ANY(%s)`."""
    frame = group.stack[0]
    source = sources.around(frame)
    asked = next(
        (
            node
            for node in (ast.walk(function_at(source, frame) or source.tree) if source is not None else ())
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and frame.line <= node.lineno <= (frame.end_line or frame.line)
            and _SQL_KEY.search(node.value)
        ),
        None,
    )
    text = asked.value if asked is not None and isinstance(asked.value, str) else group.sql
    sql = " ".join(_SQL_KEY.sub("= ANY(%s)", text).split())
    return _fix("rewrite", f'cursor.execute("{sql}", [keys])' if group.access is None else f'"{sql}", [keys]')


_TITLES = {
    "in_bulk": "Look all rows up before the loop, by their keys",
    "annotate": "Group them by the key, in one query before the loop",
    "prefetch_related": "Prefetch it where the rows are loaded",
    "rewrite": "Ask for all keys in one query before the loop",
}


def _fix(kind: str, code: str) -> Fix:
    return Fix(kinds=(kind,), title=_TITLES[kind], code=code, caveat=_NO_DIFF)
