"""Rows are followed back to one queryset, and nothing else may give them."""

from __future__ import annotations

import ast
from textwrap import indent

import pytest

from queryscope.fixes.reached import comes_only_from
from queryscope.fixes.source import Source

REACHED = {
    "a loop": "for book in BUILT:\n    READ(book)",
    "a comprehension": "[READ(book) for book in BUILT]",
    "a variable": "books = BUILT\nfor book in books:\n    READ(book)",
    "a list": "books = list(BUILT)\nfor book in books:\n    READ(book)",
    "numbered": "for at, book in enumerate(BUILT):\n    READ(book)",
    "an index": "READ(BUILT[0])",
    "a slice": "for book in BUILT[:5]:\n    READ(book)",
    "one of them": "book = BUILT.first()\nREAD(book)",
    "built on": "books = BUILT\nbooks = books.filter(a=1)\nfor book in books:\n    READ(book)",
    "what they lead to": "for author in BUILT:\n    for book in author.books.all():\n        READ(book)",
    "a joined one": "for book in BUILT:\n    READ(book.author)",
    "awaited": "async def g():\n    async for book in BUILT:\n        READ(book)",
    "a function within": "books = BUILT\ndef g():\n    return [READ(book) for book in books]",
}
STRANGE = {
    "another loop": "BUILT\nfor book in others:\n    READ(book)",
    "either": "books = BUILT if a else others\nfor book in books:\n    READ(book)",
    "one of two": "books = others\nif a:\n    books = BUILT\nfor book in books:\n    READ(book)",
    "an argument": "BUILT\ndef g(book):\n    READ(book)",
    "something around": "for book in paged(BUILT, others):\n    READ(book)",
    "an attribute": "self.books = BUILT\nfor book in self.books:\n    READ(book)",
    "unpacked": "book, other = BUILT\nREAD(book)",
    "a context": "with BUILT as book:\n    READ(book)",
    "nothing": "BUILT\nREAD(strange)",
    "itself": "BUILT\nbook = book.copy()\nREAD(book)",
}


def reached(body: str, more: str = "") -> bool:
    text = f"def f(a, others, self):\n{indent(body, '    ')}\n\n{more}"
    source = Source("shop/views.py", text.replace("BUILT", "Book.objects.all()"))
    calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    built: ast.AST = next(call for call in calls if source.text_of(call) == "Book.objects.all()")
    read = next(call.args[0] for call in calls if getattr(call.func, "id", "") == "READ")
    # A chain goes to its last call.
    while isinstance(source.parents[built], ast.Attribute | ast.Subscript) or (
        isinstance(built, ast.Attribute) and isinstance(source.parents[built], ast.Call)
    ):
        built = source.parents[built]
    return comes_only_from(source, read, built)


@pytest.mark.parametrize("name", REACHED)
def test_rows_of_the_queryset_are_followed(name):
    assert reached(REACHED[name])


@pytest.mark.parametrize("name", STRANGE)
def test_rows_that_may_be_others_are_not(name):
    assert not reached(STRANGE[name])


HELPERS = {
    "a private helper": ("_row(book)", "def _row(book):\n    READ(book)\n", True),
    "a public one": ("row(book)", "def row(book):\n    READ(book)\n", False),
    "a private one that others call": ("_row(book)", "def _row(book):\n    READ(book)\n\n_row(1)\n", False),
    "one that is handed on": ("_row(book)", "def _row(book):\n    READ(book)\n\nkeep = _row\n", False),
    "by name": ("_row(book=book)", "def _row(book):\n    READ(book)\n", False),
    "any number": ("_row(book)", "def _row(*book):\n    READ(book)\n", False),
}


@pytest.mark.parametrize("name", HELPERS)
def test_a_helper_is_followed_if_all_its_callers_are_in_sight(name):
    call, helper, is_reached = HELPERS[name]
    assert reached(f"for book in BUILT:\n    {call}", helper) is is_reached
