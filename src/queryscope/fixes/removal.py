"""Take relations out of the calls that load them for nobody: the names, or the whole call."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from queryscope.errors import EditRefusedError
from queryscope.fixes.arguments import is_within
from queryscope.fixes.chain import QUERYSET_METHODS, Chain, Link
from queryscope.fixes.cutting import cut_items, cut_statement, with_comma
from queryscope.fixes.root import Target
from queryscope.fixes.source import Replacement, Source
from queryscope.fixes.written import Written, find_written, name_of, names_path
from queryscope.model import Fix, Location, QuerySetSite


@dataclass(frozen=True, slots=True)
class Removal:
    """The fix, and the place that it changes."""

    fix: Fix
    location: Location | None


def compose_removal(
    source: Source, site: QuerySetSite, target: Target, method: str, paths: Sequence[str]
) -> Removal | None:
    """A fix that loads these relations no more; None where nothing in sight names them."""
    every = find_written(source, site, target, method)
    written = [each for each in every if any(names_path(each, path) for path in paths)]
    if not written:
        return None
    caveat, replacements = "", []
    try:
        _check_columns(site, paths)
        for each in written:
            replacements += _without(source, each, paths)
        _check(source, written, replacements, method)
    except EditRefusedError as refusal:
        caveat, replacements = str(refusal), []
    diff = source.diff(replacements) if replacements else ""
    if replacements and not diff:
        caveat = f"{source.path} is written in a way that no edit is safe for."
    listed = written[0].statement
    code = _calls_left(source, every, target, paths) if listed is None else ""
    if listed is not None and replacements:
        code = _after(source, listed, replacements)
    fix = Fix(
        kinds=("remove",),
        title=_title(source, written, method, paths),
        code=code,
        diff=diff,
        edits=source.edits(replacements) if diff else (),
        caveat=caveat or _leftover(source, written, paths),
    )
    return Removal(fix, _location(source, written[0], site))


def _check_columns(site: QuerySetSite, paths: Sequence[str]) -> None:
    for name in (*site.only, *site.defer):
        if any(name.startswith(f"{path}__") for path in paths):
            raise EditRefusedError(f'only() or defer() names "{name}": take it out there as well.')


def _split(written: Written, paths: Sequence[str]) -> tuple[dict[int, str], set[int]]:
    """Of the items of a call: those that get shorter, with what they become, and those that go."""
    left = [name for item in written.items if not _is_dropped(name := name_of(item), paths)]
    shortened: dict[int, str] = {}
    dropped = set()
    for index, item in enumerate(written.items):
        name = name_of(item)
        path = next((path for path in paths if name and is_within(path, name)), "")
        if not path:
            continue
        shorter = path.rpartition("__")[0]
        if shorter and not any(is_within(shorter, each) for each in (*left, *shortened.values())):
            shortened[index] = shorter
        else:
            dropped.add(index)
    return shortened, dropped


def _without(source: Source, written: Written, paths: Sequence[str]) -> list[Replacement]:
    """The replacements that leave the paths out of one call or list."""
    shortened, dropped = _split(written, paths)
    if len(dropped) == len(written.items):
        return [_without_call(source, written)]
    texts = [
        Replacement(source.start(item), source.end(item), f"{source.quote}{shortened[index]}{source.quote}")
        for index, item in enumerate(written.items)
        if index in shortened
    ]
    cut = cut_items(source, written.items, dropped)
    kept = [item for index, item in enumerate(written.items) if index not in dropped]
    value = getattr(written.statement, "value", None)
    if isinstance(value, ast.Tuple):
        cut = with_comma(source, value, kept, cut)
    return [*texts, *cut]


def _is_dropped(name: str, paths: Sequence[str]) -> bool:
    return bool(name) and any(is_within(path, name) for path in paths)


def _without_call(source: Source, written: Written) -> Replacement:
    if written.statement is not None and written.holder is not None:
        return cut_statement(source, written.statement, written.holder.body)
    link, chain = written.link, written.chain
    assert link is not None
    assert chain is not None
    receiver = link.attribute.value
    statement = source.parents.get(chain.node)
    if len(chain.links) == 1 and chain.node is link.call and _binds_itself(statement, receiver):
        assert isinstance(statement, ast.Assign)
        body = _body_around(source, statement)
        return cut_statement(source, statement, body)
    text = ".all()" if _is_manager_left(chain, link) else ""
    start, end = source.end(receiver), source.end(link.call)
    if "#" in source.text[start:end]:
        raise EditRefusedError(f"A comment stands within the call at {source.path}:{link.call.lineno}.")
    return Replacement(start, end, text)


def _is_manager_left(chain: Chain, link: Link) -> bool:
    """Whether what is left is a manager, which can't be iterated, sliced or tested for its truth."""
    at = chain.links.index(link)
    if at or isinstance(link.attribute.value, ast.Call | ast.Name):
        return False
    following = chain.links[at + 1] if at + 1 < len(chain.links) else None
    return (
        following is None
        or following.name not in QUERYSET_METHODS
        or following.attribute.value is not link.call
    )


def _binds_itself(statement: ast.AST | None, value: ast.expr) -> bool:
    """Whether `books = books.select_related(…)` would become `books = books`."""
    return (
        isinstance(statement, ast.Assign)
        and isinstance(value, ast.Name)
        and [each.id for each in statement.targets if isinstance(each, ast.Name)] == [value.id]
    )


def _body_around(source: Source, statement: ast.stmt) -> Sequence[ast.stmt]:
    parent = source.parents[statement]
    bodies = (getattr(parent, name, None) for name in ("body", "orelse", "finalbody"))
    return next(body for body in bodies if isinstance(body, list) and statement in body)


def _check(
    source: Source, written: Sequence[Written], replacements: Sequence[Replacement], method: str
) -> None:
    """The last look: each chain is what it was, but for calls of that method."""
    for each in written:
        if each.chain is None or not source.holds(each.chain.node):
            if each.chain is not None:
                raise EditRefusedError(
                    f"{source.path}:{each.chain.node.lineno} can't be cut at its positions."
                )
            continue
        text = _after(source, each.chain.node, replacements)
        if not text:
            continue  # its whole statement goes
        try:
            edited = ast.parse(f"({text}\n)", mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            edited = None
        if edited is None or _others(edited, method) != _others(each.chain.node, method):
            raise EditRefusedError(
                f"{source.path}:{each.chain.node.lineno} is written in a way that no edit is safe for."
            )


def _after(source: Source, node: ast.expr | ast.stmt, replacements: Sequence[Replacement]) -> str:
    start, end = source.start(node), source.end(node)
    text = source.text[start:end]
    for each in sorted(replacements, key=lambda each: each.start, reverse=True):
        if start <= each.start and each.end <= end:
            text = text[: each.start - start] + each.text + text[each.end - start :]
        elif each.start < start and end <= each.end:
            return ""
    return text


def _others(node: ast.expr, method: str) -> list[str]:
    """Root, other calls with their arguments, slices."""
    found: list[str] = []
    while True:
        if isinstance(node, ast.Subscript):
            found.append(ast.dump(node.slice))
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name, arguments = node.func.attr, [ast.dump(each) for each in (*node.args, *node.keywords)]
            if name != method and (name != "all" or arguments):
                found.append(f"{name}({', '.join(arguments)})")
            node = node.func.value
        else:
            return [*found, ast.dump(node)]


def _title(source: Source, written: Sequence[Written], method: str, paths: Sequence[str]) -> str:
    first = written[0]
    names = [name_of(item) for item in first.items]
    if all(_is_dropped(name, paths) for name in names) and not any("__" in path for path in paths):
        if first.link is None:
            return f"Remove list_select_related = [{', '.join(_quoted(names))}]"
        arguments = ", ".join(_one_line(source.text_of(item)) for item in first.items)
        return f"Remove .{method}({arguments})"
    call = f"{method}()" if first.link is not None else "list_select_related"
    return f"Take {' and '.join(_quoted(sorted(paths)))} out of {call}"


def _quoted(names: Sequence[str]) -> list[str]:
    return [f'"{name}"' for name in names]


def _calls_left(source: Source, written: Sequence[Written], target: Target, paths: Sequence[str]) -> str:
    """The changed call alone, as it is afterwards; the manager's rows where nothing is left of it."""
    calls = []
    for each in written:
        shortened, dropped = _split(each, paths)
        kept = [
            f'"{shortened[index]}"' if index in shortened else _shown(source, item)
            for index, item in enumerate(each.items)
            if index not in dropped
        ]
        if kept and each.link is not None:
            calls.append(f".{each.link.name}({', '.join(kept)})")
    manager = f"{target.model.name}.{target.model.default_manager}"
    return f"{manager}{''.join(calls) or '.all()'}"


def _shown(source: Source, item: ast.expr) -> str:
    name = item.value if isinstance(item, ast.Constant) else None
    return f'"{name}"' if isinstance(name, str) else _one_line(source.text_of(item))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _leftover(source: Source, written: Sequence[Written], paths: Sequence[str]) -> str:
    """What nobody needs afterwards: an import."""
    gone = sum(
        isinstance(item, ast.Call) and _is_dropped(name_of(item), paths)
        for each in written
        for item in each.items
    )
    used = sum(isinstance(node, ast.Name) and node.id == "Prefetch" for node in ast.walk(source.tree))
    return "The import of Prefetch isn't needed any more." if gone and gone == used else ""


def _location(source: Source, written: Written, site: QuerySetSite) -> Location | None:
    node = written.chain.node if written.chain is not None else written.statement
    if node is None:
        return None
    function = site.frame.function if site.frame else site.holder.name if site.holder else ""
    return Location(
        path=source.path, line=node.lineno, end_line=node.end_lineno or node.lineno, function=function
    )
