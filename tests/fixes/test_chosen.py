"""Conditions said in Python: exactly, or not at all."""

from __future__ import annotations

import ast

import pytest

from queryscope.errors import EditRefusedError
from queryscope.fixes.chosen import _Choice
from queryscope.fixes.reread import Read
from queryscope.fixes.source import Source
from queryscope.model import Field, Model

REVIEW = Model(
    label="shop.Review",
    table="t",
    fields=(
        Field(name="stars", column="stars", type="IntegerField"),
        Field(name="grade", column="grade", type="IntegerField", is_null=True),
    ),
)


def condition(text: str) -> str:
    source = Source("shop/views.py", f"book.reviews.filter({text})\n")
    [statement] = source.tree.body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Call)
    assert isinstance(statement.value.func, ast.Attribute)
    [keyword] = statement.value.keywords
    manager = statement.value.func.value
    assert isinstance(manager, ast.Attribute)
    read = Read(source=source, node=statement.value, manager=manager, steps=(), end=None)
    return _Choice(read, REVIEW)._condition(keyword.arg or "", keyword.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stars=4", "review.stars == 4"),
        ("stars__lt=4", "review.stars < 4"),
        ("grade=4", "review.grade == 4"),
        ("grade__isnull=True", "review.grade is None"),
    ],
)
def test_a_condition_is_said_in_python(text, told):
    assert condition(text) == told


@pytest.mark.parametrize("lookup", ["gt", "gte", "lt", "lte"])
def test_what_may_be_none_is_not_compared(lookup):
    with pytest.raises(EditRefusedError, match="grade may be None"):
        condition(f"grade__{lookup}=4")
