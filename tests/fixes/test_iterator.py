"""iterator() gets the chunk_size that a prefetch makes necessary, wherever it is called."""

from __future__ import annotations

import pytest

from tests.fixes.running import edited, refused

TEXT = """
def f():
    books = Book.objects.filter(a=1)
    {}
"""


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("return [b for b in books.iterator()]", "return [b for b in books.iterator(chunk_size=2000)]"),
        ("return list(books.all().iterator())", "return list(books.all().iterator(chunk_size=2000))"),
        ("return list(books[:3].iterator( ))", "return list(books[:3].iterator( chunk_size=2000))"),
        ("return books.iterator(chunk_size=9)", "return books.iterator(chunk_size=9)"),
        ("return books.iterator(9)", "return books.iterator(9)"),
        (
            "a, b = books.iterator(), books.iterator()",
            "a, b = books.iterator(chunk_size=2000), books.iterator(chunk_size=2000)",
        ),
        ("return books.aiterator()", "return books.aiterator()"),
    ],
)  # fmt: skip
def test_the_variable_is_followed_in_its_function(line, after):
    method = "" if "aiterator" in line else "iterator"
    told = edited(TEXT.format(line), "tags+", method=method)
    assert told == TEXT.format(after).replace(".filter", '.prefetch_related("tags").filter')


def test_a_join_needs_no_chunks():
    text = TEXT.format("return list(books.iterator())")
    assert edited(text, "author", method="iterator") == text.replace(
        ".filter", '.select_related("author").filter'
    )


def test_another_variables_iterator_stays():
    text = TEXT.format("return list(others.iterator()) if 0 else books")
    assert "others.iterator()" in edited(text, "tags+")


@pytest.mark.parametrize(
    "line", ["return show(books)", "return self", "others = []; show(others.iterator) if 0 else 1"]
)
def test_an_iterator_out_of_sight_is_not_broken(line):
    assert "needs a chunk_size" in refused(TEXT.format(line), "tags+", method="iterator")


def test_a_variable_with_a_type_is_followed_too():
    text = "def f():\n    books: object = Book.objects.filter(a=1)\n    return list(books.iterator())\n"
    assert "iterator(chunk_size=2000)" in edited(text, "tags+", method="iterator")


def test_the_modules_own_code_is_a_scope():
    text = "books = Book.objects.filter(a=1)\nx = list(books.iterator())\n"
    assert "iterator(chunk_size=2000)" in edited(text, "tags+", method="iterator")
