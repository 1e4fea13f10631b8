"""Which fields a loop changes of a row."""

from __future__ import annotations

import pytest

from queryscope.fixes.changed import changed_fields
from tests.fixes.writing import COLUMNS, rows, scene


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ("b.price = 1", ("price",)),
        ("b.price += 1", ("price",)),
        ("b.price = 1; b.save()", ("price",)),  # in a branch
        ("b.title, b.price = 'a', 1", ("title", "price")),
        ("b.author_id = 3", ("author",)),
        ("b.author = me", ("author",)),
        ("b.price = len(b.title)", ("price",)),
        ("b.price = 1; print(b)", ("price",)),
        ("b.price = 1; log.info(f'{b}')", ("price",)),
        ("b.price = 1; b.notes['a'] = 2", ("price", "notes")),
        ("b.price = 1; b.notes.update(a=2)", ("price", "notes")),
        ("b.price = 1; adapt(b)", COLUMNS),
        ("b.price = 1; b.round()", COLUMNS),
        ("b.price = 1; c = b; c.title = 'x'", COLUMNS),
        ("b.label = 1", COLUMNS),
        ("setattr(b, name, 1)", COLUMNS),
        ("pass", COLUMNS),
    ],
)
def test_fields_are_those_that_are_assigned_or_else_all(body, fields):
    found = scene(f"for b in books:\n    {body}\n    b.save()", "save")
    assert changed_fields(rows(found), found) == fields


@pytest.mark.parametrize(
    ("argument", "fields"),
    [
        ('update_fields=["price"]', ("price",)),
        ('update_fields=("price", "title")', ("price", "title")),
        ("update_fields=names", COLUMNS),
        ('update_fields=["price", name]', COLUMNS),
    ],
)
def test_update_fields_name_them(argument, fields):
    found = scene(f"for b in books:\n    b.title = 'x'\n    b.save({argument})", "save")
    assert changed_fields(rows(found), found) == fields


def test_in_a_function_of_its_own_the_row_is_its_argument():
    text = "def cheapen(book):\n    book.price = 1\n    book.save()\n\nfor b in books:\n    cheapen(b)\n"
    found = scene(text, "save", "cheapen")
    assert changed_fields(rows(found), found) == ("price",)


def test_in_a_method_of_the_model_the_row_is_self():
    text = "class Book:\n    def close(self):\n        self.price = 0\n        self.save()\n"
    found = scene(text, "save")
    assert changed_fields(rows(found), found) == ("price",)


def test_without_a_source_all_that_was_written():
    found = scene("b.save()", "save")
    assert changed_fields(rows(found), None) == COLUMNS
