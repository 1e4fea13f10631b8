"""From stack keys to frames: lines, columns and names are looked up after the unit of work has ended."""

from __future__ import annotations

import ast
import sys
from bisect import bisect_right
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any

from queryscope.capture.codes import Codes
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


def resolve_stack(key: tuple[Any, ...], codes: Codes) -> tuple[Frame, ...]:
    """The frames of a stack key, innermost first."""
    frames = []
    entries = iter(key)
    for entry in entries:
        if isinstance(entry, tuple):
            frames.append(template_frame(entry, codes))
        else:
            frames.append(python_frame(entry, next(entries), codes))
    return tuple(frames)


def python_frame(code_id: int, lasti: int, codes: Codes) -> Frame:
    """The frame of an instruction; it spans the expression that was under execution."""
    code = codes.kept[code_id]
    line, end_line, column, end_column = _position(code, lasti)
    return Frame(
        path=codes.project.relative(code.co_filename),
        line=line or code.co_firstlineno,
        end_line=end_line,
        column=column,
        end_column=end_column,
        function=code.co_qualname.replace(".<locals>.", "."),
    )


def template_frame(entry: tuple[Any, ...], codes: Codes) -> Frame:
    """The frame of a template line: (name, line, token type, contents); Jinja2: (name, line, debug info)."""
    name, line, what, contents = entry
    path = codes.project.relative(name)
    if contents == "jinja":
        line, source = _jinja_line(line, what), ""
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


@lru_cache(maxsize=512)
def class_lines(filename: str) -> dict[str, int]:
    try:
        tree = ast.parse(Path(filename).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return {}
    lines: dict[str, int] = {}

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                lines[prefix + child.name] = child.lineno
                visit(child, f"{prefix}{child.name}.")

    visit(tree, "")
    return lines
