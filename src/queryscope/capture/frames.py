"""From stack keys to frames: lines, columns and names are looked up after the unit of work has ended."""

from __future__ import annotations

import ast
import sys
from bisect import bisect_right
from functools import lru_cache
from linecache import checkcache, getline
from pathlib import Path
from types import CodeType
from typing import Any

from queryscope.capture.codes import Codes
from queryscope.capture.instructions import operation_at
from queryscope.model import ClassSite, Frame

_KINDS = (
    ("View", "view"),
    ("ViewSet", "view"),
    ("ModelAdmin", "admin"),
    ("InlineModelAdmin", "admin"),
    ("BaseForm", "form"),
    ("BaseFormSet", "form"),
    ("BaseSerializer", "serializer"),
)


Span = tuple[int, int | None, int, int | None]  # line, end line, column, end column, as in co_positions()

_SHOWN = 200  # characters of a template line


def resolve_stack(key: tuple[Any, ...], codes: Codes) -> tuple[Frame, ...]:
    """The frames of a stack key, innermost first."""
    frames = []
    for where, lasti in zip(key[::2], key[1::2], strict=True):
        if isinstance(where, tuple):
            frames.append(template_frame(where, codes))
        else:
            frames.append(python_frame(where, lasti, codes))
    return tuple(frames)


def python_frame(code_id: int, lasti: int, codes: Codes) -> Frame:
    """The frame of an instruction; it spans the expression that was under execution."""
    known: Frame | None = codes.frames.get((code_id, lasti))
    if known is not None:
        return known
    code = codes.kept[code_id]
    line, end_line, column, end_column = _position(code, lasti)
    if line is not None and column is not None:
        whole = chained_spans(code.co_filename).get((line, column))
        line, end_line, column, end_column = whole or (line, end_line, column, end_column)
    found = Frame(
        path=codes.project.relative(code.co_filename),
        line=line or code.co_firstlineno,
        end_line=end_line,
        column=column,
        end_column=end_column,
        function=code.co_qualname.replace(".<locals>.", "."),
        operation=operation_at(code, lasti),
    )
    codes.frames[(code_id, lasti)] = found
    return found


def template_frame(entry: tuple[Any, ...], codes: Codes) -> Frame:
    """The frame of a template line: (name, line, token type, contents); Jinja2: (name, line, debug info)."""
    name, line, what, contents = entry
    path = codes.project.relative(name)
    if contents == "jinja":
        line = _jinja_line(line, what)
        checkcache(name)
        source = getline(name, line).strip()[:_SHOWN]
    else:
        source = f"{{{{ {contents} }}}}" if what == "VAR" else f"{{% {contents} %}}"
    return Frame(path=path, line=line, function=Path(path).name, is_template=True, source=source)


def _position(code: CodeType, lasti: int) -> tuple[int | None, int | None, int | None, int | None]:
    for index, position in enumerate(code.co_positions()):
        if index == lasti // 2:
            return position
    return (None, None, None, None)


def _jinja_line(python_line: int, debug_info: str) -> int:
    # Jinja2 keeps "template line=python line" pairs, joined by &.
    pairs = [tuple(map(int, pair.split("="))) for pair in debug_info.split("&") if "=" in pair]
    lines = sorted((python, template) for template, python in pairs)
    at = bisect_right([python for python, _ in lines], python_line) - 1
    return lines[at][1] if at >= 0 else 1


def class_site(holder: type, codes: Codes) -> ClassSite | None:
    """Where an application class stands, and what it is."""
    holder = next((base for base in holder.__mro__ if _holds(base, codes)), holder)
    filename = getattr(sys.modules.get(holder.__module__), "__file__", None)
    if not filename:
        return None
    names = {base.__name__ for base in holder.__mro__}
    kind = next((kind for name, kind in _KINDS if name in names), "other")
    return ClassSite(
        path=codes.project.relative(filename),
        line=class_lines(filename).get(holder.__qualname__, 1),
        name=holder.__qualname__,
        kind=kind,
    )


def _holds(base: type, codes: Codes) -> bool:
    return ("queryset" in base.__dict__ or "model" in base.__dict__) and bool(codes.holder_id(base))


def class_lines(filename: str) -> dict[str, int]:
    """The lines of the classes of a file, by qualified name."""
    lines: dict[str, int] = {}

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                lines[prefix + child.name] = child.lineno
                visit(child, f"{prefix}{child.name}.")

    visit(_tree(filename, _stamp(filename)), "")
    return lines


def attribute_line(filename: str, qualname: str, name: str) -> int:
    """The line on which a class gives an attribute its value; 0 if it doesn't."""
    body: list[ast.stmt] = _tree(filename, _stamp(filename)).body
    for part in qualname.split("."):
        found = next((each for each in body if isinstance(each, ast.ClassDef) and each.name == part), None)
        body = found.body if found is not None else []
    return next((each.lineno for each in body if name in _given(each)), 0)


def _given(statement: ast.stmt) -> list[str]:
    """The names that a statement gives a value."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets = [statement.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def chained_spans(filename: str) -> dict[tuple[int, int], Span]:
    """Whole expressions of chains over several lines, by the place of the attribute's name.

    There the compiler says of a call only where the name of its method stands.
    """
    return _chained_spans(filename, _stamp(filename))


@lru_cache(maxsize=64)
def _chained_spans(filename: str, stamp: float) -> dict[tuple[int, int], Span]:
    spans: dict[tuple[int, int], Span] = {}
    for node in ast.walk(_tree(filename, stamp)):
        attribute = node.func if isinstance(node, ast.Call) else node
        if not isinstance(attribute, ast.Attribute) or attribute.end_lineno == attribute.lineno:
            continue
        # As the compiler does it: it takes letters for bytes.
        place = (attribute.end_lineno or 0, (attribute.end_col_offset or 0) - len(attribute.attr))
        span = (attribute.lineno, node.end_lineno, attribute.col_offset, node.end_col_offset)  # type: ignore[attr-defined]
        if isinstance(node, ast.Call) or place not in spans:
            spans[place] = span
    return spans


def _stamp(filename: str) -> float:
    try:
        return Path(filename).stat().st_mtime
    except OSError:
        return 0.0


@lru_cache(maxsize=8)
def _tree(filename: str, stamp: float) -> ast.Module:
    try:
        return ast.parse(Path(filename).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])
