"""Sums that are the same whatever their names stand for."""

from __future__ import annotations

import ast

import pytest

from queryscope.errors import EditRefusedError
from queryscope.fixes.counting import atoms_of, points, value_of


def parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("page * n + n", "(page + 1) * n", True),
        ("start + size", "size + start", True),
        ("start + size", "start + self.size", False),
        ("page * n", "n * page + 0", True),
        ("page * n", "page + n", False),
        ("(page - 1) * 20 + 20", "page * 20", True),
        ("at + options['n']", "options['n'] + at", True),
        ("at + options['n']", "options['m'] + at", False),
        ("page * page", "page + page", False),
    ],
)
def test_sums_are_compared(one: str, other: str, is_same: bool) -> None:
    left, right = parsed(one), parsed(other)
    every = list(points(left, right))
    assert all(value_of(left, at) == value_of(right, at) for at in every) is is_same


@pytest.mark.parametrize("text", ["f(x)", "x / 2", "x[n]", "x // n", "-x", "1.5", "True"])
def test_what_is_no_sum_is_refused(text: str) -> None:
    with pytest.raises(EditRefusedError):
        list(atoms_of(parsed(text)))
