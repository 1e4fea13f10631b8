"""Write annotations and prefetches into the rows' queryset, and read them where each row is asked."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from queryscope.errors import EditRefusedError
from queryscope.fixes.admin import own_queryset
from queryscope.fixes.asked import Asked
from queryscope.fixes.chain import QUERYSET_METHODS, Chain, Shortcut, find_chain, take_apart
from queryscope.fixes.choices import method_of
from queryscope.fixes.eager import quote_for
from queryscope.fixes.holder import add_statement, assigned, end_of_line, find_class
from queryscope.fixes.imports import DJANGO_MODELS, FUNCTIONS, Imports, said
from queryscope.fixes.iterator import chunked
from queryscope.fixes.layout import before, behind
from queryscope.fixes.placing import site_location
from queryscope.fixes.question import Addition
from queryscope.fixes.root import Target, is_named
from queryscope.fixes.source import Replacement, Source, unified_diff
from queryscope.fixes.sources import Sources
from queryscope.model import Edit, Fix, Location, Model, QuerySetSite

_SET_OPERATIONS = frozenset({"difference", "intersection", "union"})


# What takes no `a if b else c` without brackets around it.
_TIGHT = (
    ast.BinOp | ast.UnaryOp | ast.Compare | ast.BoolOp | ast.Attribute | ast.Subscript | ast.IfExp
    | ast.comprehension
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """An addition, and where its value is read: Python, or a template's text."""

    addition: Addition
    asked: Asked | None = None
    path: str = ""  # of a template
    line: int = 0
    before: str = ""  # text of the template that gives way
    is_near: bool = True  # in the function that builds the rows' queryset
    is_served: bool = False  # by the addition as it is: the line that reads stays


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be written where."""

    readings: tuple[Reading, ...]
    site: QuerySetSite
    target: Target
    method: str = ""
    obstacle: str = ""


def write(order: Order, sources: Sources, models: Sequence[Model]) -> tuple[Fix, Location | None]:
    """The fix, with its diff where that is safe, and the place that is edited: where the rows are built."""
    additions = list({reading.addition.code: reading.addition for reading in order.readings}.values())
    calls = _calls(additions, '"')
    model = order.target.model
    code = f"{model.name}.{model.default_manager}{''.join(calls)}"
    if order.site.holder is not None and order.site.frame is None and order.site.holder.kind == "admin":
        code = f"def get_queryset(self, request): return super().get_queryset(request){''.join(calls)}"
    kinds = tuple(dict.fromkeys(addition.method for addition in additions))
    accesses = [r.addition.access for r in order.readings if r.addition.access and r.asked is not None]
    read = f" and read {accesses[0]}" if len(accesses) == 1 and len(order.readings) == 1 else ""
    fix = Fix(kinds=kinds, title=f"Add {''.join(calls)}{read}", code=code)
    source = sources.of(order.site)
    try:
        if order.obstacle:
            raise EditRefusedError(order.obstacle)
        by_source, node = _replacements(order, additions, sources, source, models)
        edits, diff = _written(by_source, order, sources)
        location = _location(order.site, source, node)
    except EditRefusedError as refusal:
        return replace(fix, caveat=str(refusal)), _place(order.site, source)
    return replace(fix, diff=diff, edits=edits, caveat=_caveat(order)), location


def _place(site: QuerySetSite, source: Source | None) -> Location | None:
    """Where the rows are built: of a ModelAdmin in its own get_queryset(), if it has one."""
    if source is not None and site.frame is None and site.holder is not None and site.holder.kind == "admin":
        holder = find_class(source, site.holder)
        method = method_of(holder, "get_queryset") if holder is not None else None
        if holder is not None and method is not None:
            own = own_queryset(source, holder)
            return _location(site, source, method if own is None else own.node)
    return site_location(site, source)


def _caveat(order: Order) -> str:
    if any(reading.path for reading in order.readings):
        page = next(reading.path for reading in order.readings if reading.path)
        return f"Whatever else renders {page} has to annotate its rows too."
    if any(reading.is_served for reading in order.readings):
        return "All related rows are loaded then, not only those that are cut out."
    if any(not reading.is_near for reading in order.readings):
        return "Rows that come from elsewhere, without the annotation, are still asked one by one."
    return ""


def _calls(additions: Iterable[Addition], quote: str) -> list[str]:
    found = []
    for method in ("annotate", "prefetch_related"):
        codes = [addition.code for addition in additions if addition.method == method]
        if codes:
            text = f".{method}({', '.join(codes)})"
            found.append(text if quote == '"' or quote in text else text.replace('"', quote))
    return found


def _replacements(
    order: Order, additions: list[Addition], sources: Sources, source: Source | None, models: Sequence[Model]
) -> tuple[dict[str, tuple[Source, list[Replacement]]], ast.AST]:
    if source is None:
        raise EditRefusedError("The file that builds the rows can't be read or parsed here.")
    if order.site.is_combined:
        raise EditRefusedError("The queryset is combined from several: each part has to be annotated itself.")
    if order.site.is_for_update:
        raise EditRefusedError("The rows are locked: PostgreSQL allows no GROUP BY under FOR UPDATE.")
    written, imported = _said(source, additions, order, models)
    made, node = _root(order, written, source)
    _check_names(source, node, additions, order)
    made += imported
    by_source = {source.path: (source, made)}
    for reading in order.readings:
        if reading.asked is None:
            continue
        where = reading.asked.source
        known = by_source.setdefault(where.path, (where, []))[1]
        for replacement in _accesses(reading):
            if replacement not in known:
                known.append(replacement)
    if any(not (reading.asked or reading.path or reading.is_served) for reading in order.readings):
        raise EditRefusedError("The line that asks each row is not in sight: read the new attribute there.")
    return by_source, node


def _root(order: Order, additions: list[Addition], source: Source) -> tuple[list[Replacement], ast.AST]:
    site, model = order.site, order.target.model
    if site.frame is not None:
        if site.frame.is_template:
            raise EditRefusedError("The queryset is built in a template: build it in the view.")
        found = find_chain(source, site.frame, order.target)
        if isinstance(found, Shortcut):
            end = source.end(found.model)
            text = f".{model.default_manager}{''.join(_calls(additions, source.quote))}"
            return [Replacement(end, end, text)], found.call
        return _in_chain(source, found, additions, order.method), found.node
    if site.holder is None:
        raise EditRefusedError("No line of the application builds this queryset.")
    holder = find_class(source, site.holder)
    if holder is None:
        raise EditRefusedError(f"{source.path} has changed since: it holds no class {site.holder.name}.")
    if site.holder.kind == "admin":
        own = own_queryset(source, holder)
        if own is not None:
            return _in_chain(source, own, additions, order.method), own.node
        return [_admin_method(source, holder, additions)], holder
    value = assigned(holder, "queryset")
    if value is not None and not (isinstance(value[1], ast.Constant) and value[1].value is None):
        chain = take_apart(value[1])
        if not any(is_named(each, order.target) for each in (chain.root, chain.node)):
            raise EditRefusedError(f"{holder.name}.queryset is built elsewhere: add the call there.")
        return _in_chain(source, chain, additions, order.method), chain.node
    named = assigned(holder, "model")
    if site.holder.kind == "view" and named is not None and is_named(named[1], order.target):
        calls = "".join(_calls(additions, source.quote))
        line = f"queryset = {source.text_of(named[1])}.{model.default_manager}{calls}"
        return [add_statement(source, holder, named[0], line)], named[0]
    raise EditRefusedError(f"{holder.name} builds a queryset of {model.name}: give it one with the call.")


def _admin_method(source: Source, holder: ast.ClassDef, additions: list[Addition]) -> Replacement:
    """A get_queryset() at the end of the class."""
    has_one = any(isinstance(item, ast.FunctionDef) and item.name == "get_queryset" for item in holder.body)
    if has_one or holder.body[0].lineno == holder.lineno:
        raise EditRefusedError(f"Add the call in {holder.name}.get_queryset().")
    indent = source.indent_of(holder.body[0].lineno)
    step = indent[len(source.indent_of(holder.lineno)) :] or "    "
    calls = "".join(_calls(additions, source.quote))
    lines = (
        f"{indent}def get_queryset(self, request):",
        f"{indent}{step}return super().get_queryset(request){calls}",
    )
    at = end_of_line(source, holder.body[-1])
    return Replacement(at, at, 2 * source.newline + source.newline.join(lines))


def _in_chain(source: Source, chain: Chain, additions: list[Addition], method: str) -> list[Replacement]:
    if not source.holds(chain.node):
        raise EditRefusedError(f"{source.path}:{chain.root.lineno} can't be cut at its positions.")
    scope: ast.AST = chain.node
    while not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
        scope = source.parents[scope]
    if any(isinstance(each, ast.Attribute) and each.attr in _SET_OPERATIONS for each in ast.walk(scope)):
        raise EditRefusedError("The queryset is combined with others, whose columns have to be the same.")
    quote = quote_for(source, chain.node)
    found, additions = _in_place(source, chain, additions, quote)
    pieces = _calls(additions, quote)
    if not pieces:
        return found
    if any(addition.method == "prefetch_related" for addition in additions):
        found += chunked(source, chain, method)
    if not chain.links:
        end = source.end(chain.node)
        return [*found, Replacement(end, end, "".join(pieces))]
    first = chain.links[0]
    if first.name not in QUERYSET_METHODS:
        return [*found, behind(source, chain, first, pieces)]
    is_empty_all = first.name == "all" and not first.call.args and not first.call.keywords
    return [*found, before(source, first, pieces, gives_way=is_empty_all)]


def _in_place(
    source: Source, chain: Chain, additions: list[Addition], quote: str
) -> tuple[list[Replacement], list[Addition]]:
    """Prefetches that take the place of a name in the chain, and what is left to add."""
    found, left = [], []
    items = [item for link in chain.links if link.name == "prefetch_related" for item in link.call.args]
    for addition in additions:
        same = [e for e in items if isinstance(e, ast.Constant) and e.value == addition.replaces]
        if not addition.replaces:
            left.append(addition)
        elif len(same) == 1:
            text = addition.code if quote == '"' else addition.code.replace('"', quote)
            found.append(Replacement(source.start(same[0]), source.end(same[0]), text))
        else:
            raise EditRefusedError(
                f'"{addition.replaces}" is prefetched elsewhere: annotate its queryset there.'
            )
    if len({each.start for each in found}) < len(found):
        raise EditRefusedError("Several additions belong into one prefetch: write them into its queryset.")
    return found, left


def _check_names(source: Source, node: ast.AST, additions: list[Addition], order: Order) -> None:
    """What moves with the conditions must have its meaning where the rows' queryset is built."""
    for addition in additions:
        text = f"f({addition.code})"
        known = {*addition.models, *(name.rpartition(".")[2] for name in addition.imports), "f"}
        names = {
            each.id for each in ast.walk(ast.parse(text, mode="eval")) if isinstance(each, ast.Name)
        } - known
        is_near = all(r.is_near for r in order.readings if r.addition.code == addition.code)
        for name in sorted(names):
            if not _is_known(source, node, name, is_near=is_near):
                raise EditRefusedError(f"{name} is not known yet where the rows' queryset is built.")


def _is_known(source: Source, node: ast.AST, name: str, *, is_near: bool) -> bool:
    if hasattr(builtins, name):
        return True
    line = getattr(node, "lineno", 0)
    scope: ast.AST | None = node
    while is_near and scope is not None:
        scope = source.parents.get(scope)
        if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if any(isinstance(each, ast.arg) and each.arg == name for each in ast.walk(scope.args)):
            return True
        places = [
            each.lineno
            for each in ast.walk(scope)
            if isinstance(each, ast.Name) and each.id == name and not isinstance(each.ctx, ast.Load)
        ]
        if places:
            return max(places) < line
    return Imports(source).knows(name)


def _said(
    source: Source, additions: list[Addition], order: Order, models: Sequence[Model]
) -> tuple[list[Addition], list[Replacement]]:
    """The additions with their names as the file says them, and the imports that they need."""
    imports = Imports(source)
    owner = order.target.model
    names = {}
    for name in sorted({name for addition in additions for name in addition.imports}):
        module, plain = (FUNCTIONS if "." in name else DJANGO_MODELS), name.rpartition(".")[2]
        names[plain] = imports.of_django(plain, module)
    for name in sorted({name for addition in additions for name in addition.models}):
        known = next((model for model in models if model.name == name), None)
        beside = owner.name if known is not None and known.path and known.path == owner.path else ""
        names[name] = imports.of_model(name, known.module if known is not None else "", beside=beside)
    written = [replace(addition, code=said(addition.code, names)) for addition in additions]
    return written, imports.replacements()


def _accesses(reading: Reading) -> list[Replacement]:
    asked, addition = reading.asked, reading.addition
    assert asked is not None
    source = asked.source
    if addition.more:
        if not reading.is_near:
            raise EditRefusedError(
                "The row that is found is used in another function than the one that loads."
            )
        return [_replaced(source, node, text) for node, text in addition.more]
    if not addition.access:
        raise EditRefusedError(addition.reason or "What is asked has no simple other way.")
    node: ast.expr = asked.node
    parent = source.parents.get(node)
    if isinstance(parent, ast.Await):
        node = parent
    if not source.holds(node):
        raise EditRefusedError(f"{source.path}:{node.lineno} can't be cut at its positions.")
    text = addition.access
    if not reading.is_near:
        text = _guarded(text, source.text_of(node))
    quote = quote_for(source, node)
    text = text if quote == '"' else text.replace('"', quote)
    around = source.parents.get(node)
    if " " in text and isinstance(around, _TIGHT):
        text = f"({text})" if text[0] not in "[{(" else text
    return [Replacement(source.start(node), source.end(node), text)]


def _guarded(text: str, old: str) -> str:
    """Rows may come from elsewhere too: those are asked as before."""
    match = re.fullmatch(r"(?P<row>[\w.]+)\.(?P<name>\w+)", text)
    if match is None:
        raise EditRefusedError(f"Read {text} there, for rows of the annotated queryset.")
    return f'{text} if hasattr({match["row"]}, "{match["name"]}") else {old}'


def _replaced(source: Source, node: ast.AST, text: str) -> Replacement:
    assert isinstance(node, ast.expr | ast.stmt)
    start, end = source.start(node), source.end(node)
    if text:
        return Replacement(start, end, text)
    # A statement that falls away takes its line along.
    block = getattr(source.parents[node], "body", [])
    rest = source.text[end:].partition("\n")[0]
    if not isinstance(node, ast.stmt) or not source.starts_line(node) or rest.strip() or len(block) < 2:
        raise EditRefusedError("The line that asks can't be taken out.")
    return Replacement(source.offset(node.lineno, 0), end + len(rest) + 1, "")


def _written(
    by_source: dict[str, tuple[Source, list[Replacement]]], order: Order, sources: Sources
) -> tuple[tuple[Edit, ...], str]:
    edits: list[Edit] = []
    diffs = []
    for source, replacements in by_source.values():
        found = source.diff(replacements)
        if not found:
            raise EditRefusedError(f"{source.path} is written in a way that no edit is safe for.")
        diffs.append(found)
        edits += source.edits(replacements)
    for path in dict.fromkeys(reading.path for reading in order.readings if reading.path):
        text = sources.text(path)
        if text is None:
            raise EditRefusedError(f"{path} can't be read here.")
        made = _template_replacements(text, [each for each in order.readings if each.path == path])
        after = text
        for each in sorted(made, key=lambda one: one.start, reverse=True):
            after = after[: each.start] + each.text + after[each.end :]
        diffs.append(unified_diff(path, text, after))
        edits += _edits(path, text, made)
    return tuple(edits), "".join(diffs)


def _edits(path: str, text: str, replacements: list[Replacement]) -> list[Edit]:
    digest = sha256(text.encode()).hexdigest()
    ordered = sorted(replacements, key=lambda each: each.start)
    return [Edit(path=path, start=e.start, end=e.end, text=e.text, source_sha256=digest) for e in ordered]


def _template_replacements(text: str, readings: list[Reading]) -> list[Replacement]:
    lines = text.splitlines(keepends=True)
    found = []
    for reading in readings:
        at = sum(len(line) for line in lines[: reading.line - 1])
        tag = text[at:]
        match = re.compile(rf"(?<![\w.]){re.escape(reading.before)}(?![\w(])").search(tag)
        if match is None or tag[: match.start()].count("\n") > 5:
            raise EditRefusedError(f"{reading.path}:{reading.line} no longer holds {reading.before}.")
        replacement = Replacement(at + match.start(), at + match.end(), reading.addition.access)
        if replacement not in found:
            found.append(replacement)
    return found


def _location(site: QuerySetSite, source: Source | None, node: ast.AST) -> Location:
    assert source is not None
    function = site.frame.function if site.frame else site.holder.name if site.holder else ""
    line = getattr(node, "lineno", 1)
    end = line if isinstance(node, ast.ClassDef) else getattr(node, "end_lineno", None) or line
    return Location(path=source.path, line=line, end_line=end, function=function)
