"""One call taken out of a chain, with what stands around it."""

from __future__ import annotations

import ast

import pytest

from queryscope.errors import EditRefusedError
from queryscope.fixes.chain import Link
from queryscope.fixes.removed import removed_call
from queryscope.fixes.source import Source


def without(text: str, name: str = "books") -> str:
    source = Source("a.py", text)
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "distinct"
        ):
            changed = source.apply([removed_call(source, Link("distinct", node, node.func), name)])
            ast.parse(changed)
            return changed
    raise AssertionError


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = a.b().distinct()\n", "x = a.b()\n"),
        ("x = a.distinct().b()\n", "x = a.b()\n"),
        ("x = a.b().distinct()[:5]\n", "x = a.b()[:5]\n"),
        ("x = (a.b()).distinct()\n", "x = (a.b())\n"),
        ("x = (\n    a\n    .b()\n    .distinct()\n)\n", "x = (\n    a\n    .b()\n)\n"),
        ("x = (\n    a.b()\n    .distinct()\n    .c()\n)\n", "x = (\n    a.b()\n    .c()\n)\n"),
        ("x = a.b() \\\n    .distinct() \\\n    .c()\n", "x = a.b() \\\n    .c()\n"),
        ("x = (\n    a.b(\n        y\n    )\n    .distinct()\n)\n", "x = (\n    a.b(\n        y\n    )\n)\n"),
        ("x = 1\nbooks = books.distinct()\ny = 2\n", "x = 1\ny = 2\n"),
        ("if x:\n    books = books.distinct()\n", "if x:\n    pass\n"),
        ("books = books.distinct().b()\n", "books = books.b()\n"),
        ("other = books.distinct()\n", "other = books\n"),
    ],
)
def test_only_that_call_goes(before, after):
    assert without(before) == after


@pytest.mark.parametrize(
    "text",
    ["x = (\n    a.b()\n    # each once\n    .distinct()\n)\n", "books = books.distinct(); y = 1\n",
     "x = 1; books = books.distinct()\n"],
)  # fmt: skip
def test_where_something_else_would_go_nothing_does(text):
    with pytest.raises(EditRefusedError):
        without(text)
