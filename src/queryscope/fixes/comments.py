"""Comments that allow findings: `# queryscope: allow[n-plus-one] five rows at most`."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

_COMMENT = re.compile(r"queryscope:\s*allow(?![\w-])\s*(?:\[(?P<rules>[^\]]*)\])?\s*:?\s*(?P<reason>.*)")
# In a template: {# … #}, <!-- … -->
_IN_TEMPLATE = re.compile(r"(?P<open>\{#|<!--)\s*(?P<text>queryscope:\s*allow.*?)\s*(?:#\}|-->)")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment that allows findings at a line: its own, or the next line of code if it stands alone."""

    line: int
    at: int
    rules: tuple[str, ...]  # as they are written; none is a mistake
    reason: str


def read_comments(path: str, text: str) -> tuple[Comment, ...]:
    """The comments of a file that allow findings."""
    if "queryscope:" not in text:
        return ()
    found = _in_python(text) if path.endswith((".py", ".pyi")) else _in_template(text)
    return tuple(found)


def _in_python(text: str) -> Iterator[Comment]:
    waiting: list[tuple[int, re.Match[str]]] = []  # comments on lines of their own
    has_code = 0  # the last line that holds some
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            line = token.start[0]
            if token.type == tokenize.COMMENT:
                match = _COMMENT.match(token.string.lstrip("#").lstrip())
                if match is not None and has_code == line:
                    yield _comment(match, line, line)
                elif match is not None:
                    waiting.append((line, match))
            elif token.type not in (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
                has_code = token.end[0]
                yield from (_comment(match, above, line) for above, match in waiting)
                waiting.clear()
    except (tokenize.TokenError, SyntaxError):
        return


def _in_template(text: str) -> Iterator[Comment]:
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        found = _IN_TEMPLATE.search(line)
        match = _COMMENT.match(found["text"]) if found else None
        if found is None or match is None:
            continue
        is_alone = not (line[: found.start()] + line[found.end() :]).strip()
        below = (at for at, other in enumerate(lines[number:], start=number + 1) if other.strip())
        yield _comment(match, number, next(below, number) if is_alone else number)


def _comment(match: re.Match[str], line: int, at: int) -> Comment:
    rules = tuple(name.strip() for name in (match["rules"] or "").split(",") if name.strip())
    return Comment(line=line, at=at, rules=rules, reason=match["reason"].strip())
