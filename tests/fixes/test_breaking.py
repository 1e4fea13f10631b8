"""Lines are broken as the files of this project are, which ruff has formatted."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from queryscope.fixes.breaking import Style, UnbreakableError, broken
from queryscope.fixes.tokens import joined, words_of

SOURCE = Path(__file__).parents[2] / "src" / "queryscope"
STYLE = Style(110)


def statements() -> Iterator[tuple[str, str]]:
    """Statements of several lines, with their indentation."""
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        lines = text.split("\n")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Assign | ast.Return | ast.AugAssign | ast.Expr) and (
                node.end_lineno != node.lineno
            ):
                piece = "\n".join(lines[node.lineno - 1 : node.end_lineno])
                yield piece.strip(), piece[: node.col_offset]


def test_what_ruff_has_broken_is_broken_alike():
    same = other = 0
    for text, indent in statements():
        try:
            found = "\n".join(broken(text, indent, STYLE))
        except (UnbreakableError, ValueError):
            continue  # comments, words over several lines
        assert ast.dump(ast.parse(found.strip())) == ast.dump(ast.parse(text))
        same += found == indent + text
        other += found != indent + text
    assert same > 500
    assert other <= same / 100


@pytest.mark.parametrize(
    "text",
    ["f(a,\n  # b\n  c)", 'f("""a\nb""")', "a = b + \\\n    c", "f(a", "a)", "'", "f(a))("],
)
def test_what_isnt_plain_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        words_of(text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("f(\n    a,\n    b\n)", "f(a, b)"),
        ("x = (\n    A.b\n    .c()\n)", "x = (A.b.c())"),
        ("{\n    a:\n    b\n}", "{a: b}"),
        ("f(f'{a!r} {b}', -1)", "f(f'{a!r} {b}', -1)"),
    ],
)
def test_several_lines_become_one(text, plain):
    assert joined(words_of(text)) == plain


def test_a_line_that_stays_too_long_is_refused():
    with pytest.raises(UnbreakableError):
        broken(f"x = {'a' * 200}", "", STYLE)
