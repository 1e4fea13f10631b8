"""What a name in a function stands for."""

from __future__ import annotations

import ast

import pytest

from queryscope.fixes.names import only_value
from queryscope.fixes.source import Source


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("a = 1", "1"),
        ("a: int = 2", "2"),
        ("(a := 3)", "3"),
        ("a = 1; a = 2", None),
        ("a = 1; a += 2", None),
        ("for a in b: pass", None),
        ("a, b = c", None),
        ("a: int", None),
        ("pass", None),
    ],
)
def test_a_name_that_is_given_one_value_stands_for_it(body, value):
    source = Source("a.py", f"def f():\n    {body}\n    g(x)\n")
    call = next(node for node in ast.walk(source.tree) if isinstance(node, ast.Call))
    found = only_value(source, call, "a")
    assert (found and source.text_of(found)) == value


def test_values_of_other_functions_are_others():
    source = Source("a.py", "def f():\n    a = 1\n\ndef g():\n    h(a)\n")
    call = next(node for node in ast.walk(source.tree) if isinstance(node, ast.Call))
    assert only_value(source, call, "a") is None
