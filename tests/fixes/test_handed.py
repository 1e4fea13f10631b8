"""What a loop does with a row that it has written."""

from __future__ import annotations

from textwrap import indent

import pytest

from queryscope.fixes.handed import is_chained, is_handed_on
from tests.fixes.writing import scene


def loop(body: str, head: str = "for name in names:") -> str:
    return f"def f(names, root):\n    last = root\n    {head}\n" + indent(body, "        ")


@pytest.mark.parametrize(
    ("body", "method"),
    [
        ("last = Book.objects.create(parent=last)\n", "create"),
        ("last = last.parts.create(title=name)\n", "create"),
        ("last, _ = Book.objects.get_or_create(title=name, parent=last)\n", "get_or_create"),
        ("book = Book.objects.create(parent=last)\nlast = book\n", "create"),
        ("book = Book.objects.create(parent_id=last)\nlast = book.pk\n", "create"),
        ("book = Book(title=name, parent=last)\nbook.save()\nlast = book\n", "save"),
        ("book = Book.objects.create(number=last)\nlast = book.number + 1\n", "create"),
    ],
)
def test_rows_that_are_made_from_the_one_before_are_a_chain(body, method):
    assert is_chained(scene(loop(body), method))
    assert is_chained(scene(loop(body, "while more():"), method))


def test_an_async_chain_is_one_too():
    body = "last = await Book.objects.acreate(parent=last)\n"
    assert is_chained(scene("async " + loop(body), "acreate"))


@pytest.mark.parametrize(
    ("body", "method"),
    [
        ("Book.objects.create(title=name)\n", "create"),
        ("book = Book.objects.create(title=name)\n", "create"),
        ("book = Book.objects.create(title=name, parent=last)\n", "create"),
        ("book = Book.objects.create(title=name)\nprint(book)\nlast = name\n", "create"),
        ("book = Book(title=name)\nbook.slug = name\nbook.save()\n", "save"),
        ("label = name.upper()\nbook = Book(title=label)\nbook.save()\nlast = book\n", "save"),
        ("name.price = 2\nname.save()\n", "save"),
        ("book = Book.objects.get(title=name)\nbook.price = last\nbook.save()\n", "save"),
        ("last = name\nlast.delete()\n", "delete"),
        ("Book.objects.filter(pk=name).update(price=last)\n", "update"),
        ("book = Book.objects.create(title=name)\nPart.objects.create(book=book)\n", "create"),
    ],
)
def test_rows_that_stand_for_themselves_are_none(body, method):
    assert not is_chained(scene(loop(body), method))


def test_what_stands_in_no_loop_of_its_own_is_no_chain():
    assert not is_chained(scene("last = Book.objects.create(parent=last)\n", "create"))
    text = "def g(last):\n    last = Book.objects.create(parent=last)\n\nfor each in x:\n    g(each)\n"
    assert not is_chained(scene(text, "create", "g"))


def test_a_row_is_handed_on_where_the_write_is_not_all_of_its_statement():
    assert is_handed_on(scene(loop("book = Book.objects.create(title=name)\n"), "create"))
    assert is_handed_on(scene(loop("made.append(Book.objects.create(title=name))\n"), "create"))
    assert not is_handed_on(scene(loop("Book.objects.create(title=name)\n"), "create"))
    assert not is_handed_on(scene("book = Book.objects.create()\n", "create"))
