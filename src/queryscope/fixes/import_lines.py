"""Names that an edit needs at the top of a file."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from queryscope.errors import EditRefusedError
from queryscope.fixes.source import Replacement, Source

DJANGO = "django.db.models"


def add_imports(source: Source, module: str, names: Sequence[str]) -> list[Replacement]:
    """The replacements that import names at the top of a file, in the statement that is there or a new one.

    Raises:
        EditRefusedError: a name means something else in this file.
    """
    bound = dict(_bound(source))
    missing = []
    for name in dict.fromkeys(names):
        if name not in bound:
            missing.append(name)
        elif not (bound[name] or "").startswith(module.partition(".")[0]):
            raise EditRefusedError(f"{name} is the name of something else in {source.path}.")
    if not missing:
        return []
    for node in source.tree.body:
        if not isinstance(node, ast.ImportFrom) or node.module != module or node.level:
            continue
        if not any(each.name == "*" for each in node.names):
            return [_extended(source, node, missing)]
    return [_new(source, f"from {module} import {', '.join(sorted(missing))}", module)]


def module_of(source: Source, name: str) -> str:
    """The module that a name is imported from at the top of a file; "" if it isn't."""
    for node in source.tree.body:
        if not isinstance(node, ast.ImportFrom) or not node.module or node.level:
            continue
        if any((each.asname or each.name) == name for each in node.names):
            return node.module
    return ""


def is_bound(source: Source, name: str) -> bool:
    """Whether the file gives that name a meaning at its top level."""
    return name in dict(_bound(source))


def _bound(source: Source) -> Iterator[tuple[str, str | None]]:
    """Names at the top level of a file, with the module they are imported from."""
    for node in source.tree.body:
        if isinstance(node, ast.ImportFrom):
            yield from ((each.asname or each.name, node.module or "") for each in node.names)
        elif isinstance(node, ast.Import):
            yield from ((each.asname or each.name.partition(".")[0], "") for each in node.names)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, None
        else:
            for each in ast.walk(node):
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                    yield each.id, None


def _extended(source: Source, node: ast.ImportFrom, names: Sequence[str]) -> Replacement:
    text = source.text_of(node)
    present = [each.name if each.asname is None else f"{each.name} as {each.asname}" for each in node.names]
    is_sorted = [each.lower() for each in present] == sorted(each.lower() for each in present)
    if "#" in text or "\n" in text:
        # One name a line: a new line for each behind the last one.
        last = node.names[-1]
        assert last.end_lineno is not None
        end = source.offset(last.end_lineno, last.end_col_offset or 0)
        is_column = source.line(last.lineno)[: last.col_offset].strip() == ""
        between = f",{source.newline}{source.indent_of(last.lineno)}" if is_column else ", "
        return Replacement(end, end, "".join(between + name for name in sorted(names)))
    every = [*present, *sorted(names)]
    every = _in_order(every) if is_sorted or present == _in_order(present) else every
    first, last = node.names[0], node.names[-1]
    start = source.offset(first.lineno, first.col_offset)
    end = source.offset(last.end_lineno or last.lineno, last.end_col_offset or 0)
    return Replacement(start, end, ", ".join(every))


def _in_order(names: Sequence[str]) -> list[str]:
    """As isort does it: constants, classes, the rest."""
    return sorted(
        names,
        key=lambda name: (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, name),
    )


def _new(source: Source, line: str, module: str) -> Replacement:
    imports = [node for node in source.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    froms = [node for node in imports if isinstance(node, ast.ImportFrom) and node.module and not node.level]
    django = [node for node in froms if str(node.module).partition(".")[0] == module.partition(".")[0]]
    later = next((node for node in django if str(node.module) > module), None)
    if later is not None:
        at = source.offset(later.lineno, 0)
        return Replacement(at, at, line + source.newline)
    future = [node for node in froms if node.module == "__future__"]
    before = django or ([] if imports[len(future) :] else future)
    if before:
        gap = 2 * source.newline if before is future else source.newline
        at = source.end(before[-1])
        return Replacement(at, at, gap + line)
    rest = [node for node in imports if node not in future]
    if rest:
        own = next((node for node in rest if node in froms), rest[-1])
        at = source.offset(rest[0].lineno, 0) if own is rest[0] else source.end(rest[-1])
        text = f"{line}{2 * source.newline}" if own is rest[0] else f"{source.newline}{line}"
        return Replacement(at, at, text)
    body = source.tree.body
    is_documented = body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    if is_documented:
        at = source.end(body[0])
        return Replacement(at, at, 2 * source.newline + line)
    at = source.offset(1, 0) if not body else source.offset(_top(body[0]), 0)
    return Replacement(at, at, line + 3 * source.newline)


def _top(node: ast.stmt) -> int:
    decorated = getattr(node, "decorator_list", None)
    return decorated[0].lineno if decorated else node.lineno
