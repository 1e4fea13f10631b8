"""A source text that can be cut by the positions of its syntax tree, and the diff of its edits."""

from __future__ import annotations

import ast
import difflib
import hashlib
from dataclasses import dataclass

from queryscope.model import Edit


@dataclass(frozen=True, slots=True)
class Replacement:
    """Replace the characters [start, end)."""

    start: int
    end: int
    text: str


class Source:
    """One Python file: text, tree, and character offsets of the tree's positions."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.tree = ast.parse(text)
        self._lines = text.splitlines(keepends=True)
        self._starts = [0]
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

    def line_of(self, offset: int) -> int:
        """The line of a character offset."""
        return self.text.count("\n", 0, offset) + 1

    def indent_of(self, line: int) -> str:
        """The white space before a line."""
        text = self._lines[line - 1]
        return text[: len(text) - len(text.lstrip())]

    @property
    def quote(self) -> str:
        """The quotation mark that this file prefers."""
        return "'" if self.text.count("'") > self.text.count('"') else '"'

    @property
    def newline(self) -> str:
        """How lines end here."""
        return "\r\n" if "\r\n" in self.text else "\n"

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
            ast.parse(changed)
        except (SyntaxError, ValueError):
            return ""
        return unified_diff(self.path, self.text, changed)


def unified_diff(path: str, before: str, after: str) -> str:
    """What `git diff` would print for that change of one file."""
    pieces = difflib.unified_diff(_split(before), _split(after), f"a/{path}", f"b/{path}")
    ending = "\n\\ No newline at end of file\n"
    return "".join(piece if piece.endswith("\n") else piece + ending for piece in pieces)


def _split(text: str) -> list[str]:
    # Lines as git counts them: str.splitlines would also split at form feeds and the like.
    parts = text.split("\n")
    lines = [part + "\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines
