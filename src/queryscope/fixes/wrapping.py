"""Lines that an edit makes too long, broken as a formatter would, and nothing else touched."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from queryscope.fixes.breaking import Style, UnbreakableError, broken
from queryscope.fixes.line_limit import configured_limit, line_limit, width_of
from queryscope.fixes.source import unified_diff
from queryscope.fixes.sources import Sources
from queryscope.model import Edit, Fix

_INDENTED = re.compile(r":[^\S\n]*\n([ \t]+)\S")
_NEVER = (
    ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.With | ast.AsyncWith | ast.Try | ast.Match
)
_Head = ast.For | ast.AsyncFor | ast.If | ast.While


class _Part(NamedTuple):
    """Lines of a text that make up a statement, or the head of one; from 1, both counted."""

    first: int
    last: int


def with_wrapped_diff(fix: Fix, sources: Sources) -> Fix:
    """A fix whose diff breaks the lines that its edits make too long; its edits stay the smallest ones."""
    if not fix.diff:
        return fix
    pieces, is_changed = [], False
    for path in dict.fromkeys(edit.path for edit in fix.edits):
        before = sources.text(path)
        if before is None:
            return fix
        after = _applied(before, [edit for edit in fix.edits if edit.path == path])
        laid_out = wrapped(before, after, _limit(path, before, sources)) if path.endswith(".py") else after
        is_changed = is_changed or laid_out != after
        pieces.append(unified_diff(path, before, laid_out))
    return replace(fix, diff="".join(pieces)) if is_changed else fix


def wrapped(before: str, after: str, limit: int) -> str:
    """A file's text with the lines broken that are too long and weren't there before.

    What can't be broken for certain stays as it is, and so does all where the lines that give way were too
    long already.

    Args:
        before: the text without the edits.
        after: the text with them.
        limit: characters in a line.
    """
    lines, known = after.split("\n"), before.split("\n")
    new = set(lines)
    kept = set(known)
    long = [at for at, line in enumerate(lines, start=1) if line not in kept and width_of(line) > limit]
    if not long or any(line not in new and width_of(line) > limit for line in known):
        return after
    style = Style(limit, _step(after))
    parts = {part for at in long if (part := _part_near(lines, at)) is not None}
    for part in sorted(parts, reverse=True):
        own = [at for at in long if part.first <= at <= part.last]
        lines[part.first - 1 : part.last] = _laid_out(lines[part.first - 1 : part.last], own, part, style)
    return "\n".join(lines)


def _limit(path: str, text: str, sources: Sources) -> int:
    key = ("line limit", path.rpartition("/")[0])
    if key not in sources.memo:
        sources.memo[key] = configured_limit(sources.text, path)
    configured: int | None = sources.memo[key]
    return line_limit(text, configured)


def _applied(text: str, edits: Sequence[Edit]) -> str:
    for edit in sorted(edits, key=lambda each: each.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _step(text: str) -> str:
    found = _INDENTED.search(text)
    indents = found[1] if found else ""
    return "\t" if indents.startswith("\t") else "    " if len(indents) % 4 == 0 else indents


def _part_near(lines: Sequence[str], line: int) -> _Part | None:
    """The innermost statement on a line, of which only the statement of the file around it is parsed.

    A file of a thousand lines takes 20 ms to parse, and may have a hundred findings.
    """
    first, last = line, line
    while first > 1 and not lines[first - 1][:1].strip(" \t\r)]}#"):
        first -= 1
    while last < len(lines) and not lines[last][:1].strip(" \t\r)]}#"):
        last += 1
    for start, end in ((first, last), (1, len(lines))):
        try:
            tree = ast.parse("\n".join(lines[start - 1 : end]).removeprefix("\ufeff"))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        found = _part_at(tree, line - start + 1, lines[start - 1 : end])
        return None if found is None else _Part(found.first + start - 1, found.last + start - 1)
    return None


def _part_at(tree: ast.Module, line: int, lines: Sequence[str]) -> _Part | None:
    """The innermost statement on a line; of a loop or a condition its head."""
    found: ast.stmt | None = None
    body: Sequence[ast.AST] = tree.body
    while body:
        inner = [node for node in body if _begins(node) <= line <= (getattr(node, "end_lineno", 0) or 0)]
        if not inner:
            break
        if len(inner) > 1:
            return None  # several on one line
        if isinstance(inner[0], ast.stmt):
            found = inner[0]
        body = [
            child for child in ast.iter_child_nodes(inner[0])
            if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case)
        ]  # fmt: skip
    if found is None or isinstance(found, _NEVER) or lines[found.lineno - 1][: found.col_offset].strip():
        return None  # behind another on its line
    if isinstance(found, _Head):
        value = found.iter if isinstance(found, ast.For | ast.AsyncFor) else found.test
        last = value.end_lineno or found.lineno
        return _Part(found.lineno, last) if last < found.body[0].lineno else None
    return _Part(found.lineno, found.end_lineno or found.lineno)


def _begins(node: ast.AST) -> int:
    if isinstance(node, ast.match_case):
        return node.pattern.lineno
    decorators: Sequence[ast.expr] = getattr(node, "decorator_list", ())
    first: int = getattr(node, "lineno", 0)
    return min([first, *(each.lineno for each in decorators)])


def _laid_out(lines: list[str], long: Sequence[int], part: _Part, style: Style) -> list[str]:
    """The lines of a statement, broken; as they were where that isn't certain."""
    ending = "\r" if lines[0].endswith("\r") else ""
    plain = [line.removesuffix("\r") for line in lines]
    text = "\n".join(plain)
    comment = _comment_of(text)
    if comment and len(text.removesuffix(comment).expandtabs(4)) <= style.limit and len(lines) == 1:
        return lines
    statement = text.removesuffix(comment)
    indent = statement[: len(statement) - len(statement.lstrip())]
    others = Counter(line.strip() for at, line in enumerate(plain, start=part.first) if at not in long)
    for make in (_whole, _line_by_line):
        try:
            made = make(statement, indent, [at - part.first for at in long], style)
        except (UnbreakableError, ValueError, RecursionError):
            continue
        is_same = _tree(statement) == _tree("\n".join(made))
        left = others - Counter(line.strip() for line in made)
        if is_same and all(set(line) <= set("()") for line in left):
            return [f"{line}{ending}" for line in [*made[:-1], made[-1] + comment]]
    return lines


def _whole(statement: str, indent: str, long: Sequence[int], style: Style) -> list[str]:
    text = statement.strip()
    if text.startswith(("from ", "import ")):
        return _imports(text, indent, style)
    return broken(text, indent, style)


def _imports(text: str, indent: str, style: Style) -> list[str]:
    found = re.fullmatch(r"(from \S+ import) ([\w ,]+)", text)
    if found is None:
        raise UnbreakableError
    names = [f"{indent}{style.step}{name.strip()}," for name in found[2].split(",")]
    return [f"{indent}{found[1]} (", *names, f"{indent})"]


def _line_by_line(statement: str, indent: str, long: Sequence[int], style: Style) -> list[str]:
    """Only the lines that are too long, each of which is a part of its own within brackets."""
    made: list[str] = []
    for at, line in enumerate(statement.split("\n")):
        if at not in long:
            made.append(line)
        elif not at:
            raise UnbreakableError
        else:
            made += _broken_within(line, style)
    return made


def _broken_within(line: str, style: Style) -> list[str]:
    """A part within brackets, broken; as it was where it has no place to break."""
    own = line[: len(line) - len(line.lstrip())]
    try:
        return broken(line.strip(), own, style, is_inside=True)
    except (UnbreakableError, ValueError):
        return [line]


def _comment_of(text: str) -> str:
    """The comment behind a statement of one line, with the spaces in front of it."""
    if "\n" in text:
        return ""
    starts = [each.start() for each in re.finditer(r"[^\S\n]*#", text)]  # one may be part of a string
    at = next((start for start in starts if _tree(text[:start]) is not None), None)
    return "" if at is None else text[at:]


def _tree(text: str) -> str | None:
    """What a statement's text means; of the head of one with nothing in it."""
    text = text.strip()
    text = f"{text} pass" if text.endswith(":") else text
    try:
        return ast.dump(ast.parse(text.removeprefix("el") if text.startswith("elif") else text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
