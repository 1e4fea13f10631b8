"""A source text that can be cut by the positions of its syntax tree, and the diff of its edits."""

from __future__ import annotations

import ast
import difflib
import hashlib
import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from queryscope.model import Edit

# Lines as Python counts them: str.splitlines would also split at form feeds and the like.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_PREFIX = "rRbBuUfF"
_CONTEXT = 3  # lines of a diff around a change
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
    def names(self) -> frozenset[str]:
        """All names of variables, arguments, functions, classes and imports that the file uses."""
        kinds = ("id", "arg", "name", "asname")
        found = (getattr(node, kind, None) for node in ast.walk(self.tree) for kind in kinds)
        return frozenset(name for name in found if isinstance(name, str))

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
        if not all(map(_parses, self._changed_parts(replacements, changed))):
            return ""
        return unified_diff(self.path, self.text, changed)

    def _changed_parts(self, replacements: list[Replacement], changed: str) -> list[str]:
        """What has to parse again: the statements of the file that are touched, or all of it.

        A file of a thousand lines takes 20 ms to parse, and may have a hundred findings.
        """
        parts: dict[tuple[int, int], list[Replacement]] = {}
        for each in replacements:
            around = self._statement_around(each)
            if around is None:
                return [changed.removeprefix(_MARK)]
            parts.setdefault(around, []).append(each)
        texts = []
        for (start, end), inside in parts.items():
            text = self.text[start:end]
            for each in sorted(inside, key=lambda each: each.start, reverse=True):
                text = text[: each.start - start] + each.text + text[each.end - start :]
            texts.append(text)
        return texts

    def _statement_around(self, replacement: Replacement) -> tuple[int, int] | None:
        """The lines of the statement of the file that holds a replacement; None where several or none do."""
        at = bisect_right(self._spans, (replacement.start, len(self.text))) - 1
        if at < 0:
            return None
        start, end = self._spans[at]
        shares = at > 0 and self._spans[at - 1][1] > start  # its first line with the statement before
        shares = shares or (at + 1 < len(self._spans) and self._spans[at + 1][0] < end)
        return None if shares or not start <= replacement.start <= replacement.end <= end else (start, end)

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        """Where the lines of each statement of the file begin and end, line breaks left out."""
        spans = []
        for node in self.tree.body:
            first = min([node, *getattr(node, "decorator_list", ())], key=lambda each: each.lineno)
            last = self.line(node.end_lineno or node.lineno).rstrip("\r\n")
            spans.append(
                (
                    self._starts[first.lineno - 1],
                    self._starts[(node.end_lineno or node.lineno) - 1] + len(last),
                )
            )
        return spans


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def unified_diff(path: str, before: str, after: str) -> str:
    """What `git diff` would print for that change of one file."""
    one, two = _split(before), _split(after)
    # difflib compares every line with every other: what is alike at both ends is left out.
    skipped = _alike(one, two)
    kept = min(_alike(one[skipped:][::-1], two[skipped:][::-1]), len(one) - skipped, len(two) - skipped)
    skipped, kept = max(skipped - _CONTEXT, 0), max(kept - _CONTEXT, 0)
    one, two = one[skipped : len(one) - kept], two[skipped : len(two) - kept]
    if one == two:
        return ""
    pieces = [f"--- {_quoted(f'a/{path}')}\n", f"+++ {_quoted(f'b/{path}')}\n"]
    for group in difflib.SequenceMatcher(None, one, two).get_grouped_opcodes(_CONTEXT):
        first, last = group[0], group[-1]
        old, new = (
            _range(first[1] + skipped, last[2] + skipped),
            _range(first[3] + skipped, last[4] + skipped),
        )
        pieces.append(f"@@ -{old} +{new} @@\n")
        for kind, start, end, new_start, new_end in group:
            if kind == "equal":
                pieces += [f" {line}" for line in one[start:end]]
                continue
            pieces += [f"-{line}" for line in one[start:end]]
            pieces += [f"+{line}" for line in two[new_start:new_end]]
    ending = "\n\\ No newline at end of file\n"
    return "".join(piece if piece.endswith("\n") else piece + ending for piece in pieces)


def _alike(one: list[str], two: list[str]) -> int:
    """How many lines are the same at the start."""
    same, least = 0, min(len(one), len(two))
    while same < least:  # by halves: slices are compared faster than lines in a loop
        half = (same + least + 1) // 2
        if one[same:half] == two[same:half]:
            same = half
        else:
            least = half - 1
    return same


def _range(start: int, stop: int) -> str:
    """Lines as a hunk names them: `first,count`."""
    length = stop - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


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
