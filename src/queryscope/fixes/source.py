"""A source text that can be cut by the positions of its syntax tree, and the diff of its edits."""

from __future__ import annotations

import ast
import difflib
import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from queryscope.model import Edit

# Lines as Python counts them: str.splitlines would also split at form feeds and the like.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_PREFIX = "rRbBuUfF"
_MARK = "\ufeff"  # a byte order mark, which stands before the first line


@dataclass(frozen=True, slots=True)
class Replacement:
    """Replace the characters [start, end)."""

    start: int
    end: int
    text: str


class Source:
    """One Python file: text, tree, and character offsets of the tree's positions.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: the text is no Python that can be parsed.
    """

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        marked = len(_MARK) if text.startswith(_MARK) else 0
        self.tree = ast.parse(text[marked:])
        self._lines = _LINE.findall(text[marked:])
        self._starts = [marked]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def offset(self, line: int, column: int) -> int:
        """The character offset of a line (from 1) and a UTF-8 column (from 0), as in `ast`."""
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        return self._starts[line - 1] + len(text.encode()[:column].decode(errors="ignore"))

    def start(self, node: ast.expr | ast.stmt) -> int:
        """Where a node begins."""
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt) -> int:
        """Where a node ends."""
        return self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def text_of(self, node: ast.expr | ast.stmt) -> str:
        """The characters of a node."""
        return self.text[self.start(node) : self.end(node)]

    def line(self, number: int) -> str:
        """A line, with its end."""
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""

    def indent_of(self, line: int) -> str:
        """The white space before a line."""
        text = self.line(line)
        return text[: len(text) - len(text.lstrip(" \t\f"))]

    def starts_line(self, node: ast.expr | ast.stmt) -> bool:
        """Whether only white space stands before a node on its line."""
        before = self.text[self._starts[node.lineno - 1] : self.start(node)]
        return not before.strip()

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The parent of every node."""
        return {child: parent for parent in ast.walk(self.tree) for child in ast.iter_child_nodes(parent)}

    @cached_property
    def ending(self) -> dict[tuple[int, int], list[ast.expr | ast.For | ast.AsyncFor]]:
        """Expressions and loops by the position where they end, the outer before the inner ones."""
        found: dict[tuple[int, int], list[ast.expr | ast.For | ast.AsyncFor]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.expr | ast.For | ast.AsyncFor):
                place = (node.end_lineno or 0, node.end_col_offset or 0)
                found.setdefault(place, []).append(node)
        return found

    @cached_property
    def functions(self) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]:
        """All functions, the outer before the inner ones."""
        return tuple(
            node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )

    def holds(self, node: ast.expr) -> bool:
        """Whether the characters of a node are that node: in f-strings of Python 3.11 they may not be."""
        try:
            again = ast.parse(f"({self.text_of(node)}\n)", mode="eval").body
            return ast.dump(again) == ast.dump(node)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False

    @cached_property
    def quote(self) -> str:
        """The quotation mark that this file prefers."""
        counted: Counter[str] = Counter()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.JoinedStr) or (
                isinstance(node, ast.Constant) and isinstance(node.value, str)
            ):
                mark = self.quote_of(node)
                counted[mark[:1]] += len(mark) == 1
        return "'" if counted["'"] > counted['"'] else '"'

    def quote_of(self, node: ast.expr) -> str:
        """The quotation marks around a string, one or three; empty where the position is another's."""
        text = self.text[self.start(node) :][:8].lstrip(_PREFIX)
        if not text or text[0] not in "'\"":
            return ""
        return text[:3] if text[:3] == text[0] * 3 else text[0]

    @property
    def newline(self) -> str:
        """How lines end here."""
        return "\r\n" if 2 * self.text.count("\r\n") > self.text.count("\n") else "\n"

    def apply(self, replacements: list[Replacement]) -> str:
        """The text with all replacements made."""
        text = self.text
        for replacement in sorted(replacements, key=lambda each: each.start, reverse=True):
            text = text[: replacement.start] + replacement.text + text[replacement.end :]
        return text

    def edits(self, replacements: list[Replacement]) -> tuple[Edit, ...]:
        """The replacements as edits that know which text they belong to."""
        digest = hashlib.sha256(self.text.encode()).hexdigest()
        ordered = sorted(replacements, key=lambda each: each.start)
        return tuple(
            Edit(path=self.path, start=each.start, end=each.end, text=each.text, source_sha256=digest)
            for each in ordered
        )

    def diff(self, replacements: list[Replacement]) -> str:
        """A unified diff for `git apply`; empty if the result would not parse."""
        changed = self.apply(replacements)
        try:
            ast.parse(changed.removeprefix(_MARK))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ""
        return unified_diff(self.path, self.text, changed)


def unified_diff(path: str, before: str, after: str) -> str:
    """What `git diff` would print for that change of one file."""
    old, new = _quoted(f"a/{path}"), _quoted(f"b/{path}")
    pieces = difflib.unified_diff(_split(before), _split(after), old, new)
    ending = "\n\\ No newline at end of file\n"
    return "".join(piece if piece.endswith("\n") else piece + ending for piece in pieces)


def _quoted(path: str) -> str:
    # As git writes names: quoted and escaped where they need it, with a tab behind where they have spaces.
    if any(character in path for character in '"\\') or not path.isprintable():
        escaped = path.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(_escaped(character) for character in escaped) + '"'
    return path + "\t" if " " in path else path


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))


def _split(text: str) -> list[str]:
    # Lines as git counts them: a lone carriage return or form feed ends none.
    parts = text.split("\n")
    lines = [part + "\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines
