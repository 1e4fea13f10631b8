"""Which expression was evaluated at a frame."""

from __future__ import annotations

import ast

import pytest

from queryscope.fixes.evaluated import evaluated
from queryscope.fixes.source import Source
from queryscope.model import Frame


def at(text: str, piece: str) -> tuple[Source, Frame]:
    """A source, and the frame of one piece of it."""
    source = Source("v.py", text)
    start = text.index(piece)
    line = text[:start].count("\n") + 1
    column = start - text.rfind("\n", 0, start) - 1
    end_line = line + piece.count("\n")
    end_column = len(piece) - piece.rfind("\n") - 1 if "\n" in piece else column + len(piece)
    frame = Frame(
        path="v.py", line=line, function="f", end_line=end_line, column=column, end_column=end_column
    )
    return source, frame


CASES = [
    ("len(books)", "len(books)", "len", "books"),
    ("x = len(Book.objects.all())", "len(Book.objects.all())", "len", "Book.objects.all()"),
    ("books.count()", "books.count()", "count", "books"),
    ("books.acount()", "books.acount()", "count", "books"),
    ("list(books)", "list(books)", "iterate", "books"),
    ("sorted(books.all(), key=f)", "sorted(books.all(), key=f)", "iterate", "books.all()"),
    ("map(f, books)", "map(f, books)", "iterate", "books"),
    ("sum(b.x for b in books)", "sum(b.x for b in books)", "iterate", "books"),
    ("for b in books: pass", "for b in books: pass", "iterate", "books"),
    ("[b for b in books.all()]", "[b for b in books.all()]", "iterate", "books.all()"),
    ("books[0].title", "books[0]", "iterate", "books"),
    ("[*books]", "*books", "iterate", "books"),
    ("if books: pass", "if books: pass", "bool", "books"),
    ("if not books: pass", "books", "bool", "books"),
    ("x = 1 if not books else 2", "1 if not books else 2", "bool", "books"),
    ("bool(books)", "bool(books)", "bool", "books"),
    ("while x > 1 and books: pass", "while x > 1 and books: pass", "bool", "books"),
    ("assert not books", "assert not books", "bool", "books"),
    ("get_object_or_404(books, pk=1)", "get_object_or_404(books, pk=1)", "get", "books"),
]


@pytest.mark.parametrize(("text", "piece", "method", "told"), CASES)
def test_the_queryset_is_found(text, piece, method, told):
    node = evaluated(*at(text, piece), method)
    assert node is not None
    assert ast.unparse(node) == told


NOTHING = [
    ("len(books)", "books", "len"), ("books.save()", "books.save()", "count"), ("x = 1", "1", "bool"),
    ("show(books)", "show(books)", "count"), ("if a() and b(): pass", "if a() and b(): pass", "bool"),
    ("list()", "list()", "iterate"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "piece", "method"), NOTHING)
def test_what_is_not_plain_is_left_open(text, piece, method):
    found = evaluated(*at(text, piece), method)
    assert found is None or not isinstance(found, ast.Name)


def test_a_frame_without_columns_tells_nothing():
    assert evaluated(Source("v.py", "len(x)"), Frame(path="v.py", line=1, function="f"), "bool") is None
