"""Whether a loop is simple enough for its write to be taken out."""

from __future__ import annotations

import ast
from textwrap import indent

import pytest

from queryscope.errors import EditRefusedError
from queryscope.fixes.certain import (
    binding_of,
    check_last,
    check_loop,
    is_free,
    is_kept,
    is_queryset,
    is_streamed,
    is_whole,
    only_statement,
    statement_of,
)
from queryscope.fixes.source import Source
from tests.fixes.writing import PATH, scene


def loop(body: str, rest: str = "") -> str:
    return "def f(books):\n    for book in books:\n" + indent(body, "        ") + rest


def node_of(found) -> ast.For:
    assert isinstance(found.loop.node, ast.For)
    return found.loop.node


def expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def test_the_statement_is_the_write_and_nothing_else():
    found = scene(loop("book.save()\n"), "save")
    assert statement_of(found) is node_of(found).body[0]
    assert isinstance(statement_of(scene("async def f():\n    await book.asave()\n", "asave")), ast.Expr)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("done = book.save()\n", "goes on with what the write returns"),
        ("print(book.save())\n", "goes on with what the write returns"),
        ("x = 1; book.save()\n", "shares its line"),
    ],
)
def test_another_statement_is_refused(body, why):
    with pytest.raises(EditRefusedError, match=why):
        statement_of(scene(loop(body), "save"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (loop("book.price = 1\nbook.save()\n"), "does more than write"),
        (loop("book.save()\n", "    else:\n        done()\n"), "does more than write"),
        (loop("book.save()  # slowly\n") + "        # and surely\n        pass\n", "does more than write"),
        (loop("# one by one\nbook.save()\n").replace("for book", "for  book"), "comment"),
        (loop("for page in book:\n    page.save()\n"), "Another loop"),
    ],
)
def test_a_loop_that_does_more_is_no_single_statement(text, why):
    found = scene(text, "save")
    with pytest.raises(EditRefusedError, match=why):
        only_statement(found, node_of(found))


def test_a_loop_that_only_writes_is_one():
    found = scene(loop("book.save()\n"), "save")
    only_statement(found, node_of(found))


@pytest.mark.parametrize(
    "body",
    [
        "if book.old:\n    return\nbook.save()\n",
        "if book.old:\n    raise ValueError\nbook.save()\n",
        "try:\n    book.save()\nfinally:\n    pass\n",
        "with lock:\n    book.save()\n",
        "yield book\nbook.save()\n",
        "while book.old:\n    book.price = 1\nbook.save()\n",
        "def g():\n    pass\nbook.save()\n",
        "match book:\n    case _:\n        book.save()\n",
    ],
)
def test_where_it_matters_when_a_row_is_written_the_loop_is_refused(body):
    found = scene(loop(body), "save")
    with pytest.raises(EditRefusedError, match="when each row is written may matter"):
        check_loop(found, node_of(found))


def test_a_loop_that_waits_for_something_else_is_refused():
    text = "async def f(books):\n    for book in books:\n        await other()\n        await book.asave()\n"
    found = scene(text, "asave")
    with pytest.raises(EditRefusedError, match="waits for something else"):
        check_loop(found, node_of(found))
    found = scene(text.replace("        await other()\n", ""), "asave")
    check_loop(found, node_of(found))


def test_a_loop_with_an_else_is_refused():
    found = scene(loop("book.save()\n", "    else:\n        done()\n"), "save")
    with pytest.raises(EditRefusedError, match="has an else"):
        check_loop(found, node_of(found))


@pytest.mark.parametrize(
    ("body", "is_last"),
    [
        ("book.price = 1\nbook.save()\n", True),
        ("if book.old:\n    book.save()\n", True),
        ("if book.old:\n    book.save()\nelse:\n    pass\n", True),
        ("if book.old:\n    pass\nelse:\n    book.save()\n", True),
        ("book.save()\nprint(book)\n", False),
        ("if book.old:\n    book.save()\nprint(book)\n", False),
        ("if book.old:\n    book.save()\n    print(book)\n", False),
    ],
)
def test_the_write_ends_every_block_up_to_the_loop(body, is_last):
    found = scene(loop(body), "save")
    if is_last:
        check_last(found, statement_of(found), node_of(found))
        return
    with pytest.raises(EditRefusedError, match="goes on behind the write"):
        check_last(found, statement_of(found), node_of(found))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("[a, b]", True),
        ("[x for x in y]", True),
        ("list(y)", True),
        ("Book.objects.filter(a=1)", True),
        ("Book.objects.iterator()", False),
        ("iter(y)", False),
        ("(x for x in y)", False),
        ("other", False),
    ],
)
def test_rows_are_kept_by_lists_and_querysets(value, expected):
    text = f"def f(y):\n    books = {value}\n    for book in books:\n        book.save()\n"
    found = scene(text, "save")
    assert is_kept(found.source, node_of(found).iter) is expected


def test_a_name_that_is_bound_twice_or_given_has_no_binding():
    source = Source(PATH, "def f(y):\n    a = 1\n    b = 1\n    b = 2\n    c, d = 1, 2\n    a, b, c, d, y\n")
    [last] = [node for node in ast.walk(source.tree) if isinstance(node, ast.Tuple) and len(node.elts) == 5]
    assert [binding_of(source, name) is not None for name in last.elts] == [True, False, False, False, False]


@pytest.mark.parametrize(
    ("text", "queryset", "whole"),
    [
        ("Book.objects.all()", True, True),
        ("Book.objects.filter(a=1).order_by('b')", True, True),
        ("Book.objects.filter(a=1)[:4]", True, False),
        ("Book.objects.distinct()", True, False),
        ("Book.objects.iterator()", False, False),
        ("Book.objects.mine()", False, False),
        ("books()", False, False),
        ("books", False, False),
    ],
)
def test_what_is_a_queryset_and_what_may_be_deleted_as_a_whole(text, queryset, whole):
    assert is_queryset(expression(text)) is queryset
    assert is_whole(expression(text)) is whole


def test_streamed_rows_are_seen_in_the_head_and_behind_a_name():
    text = "def f():\n    books = Book.objects.iterator()\n    for book in books:\n        book.save()\n"
    found = scene(text, "save")
    assert is_streamed(found.source, node_of(found).iter)
    found = scene(text.replace("iterator", "all"), "save")
    assert not is_streamed(found.source, node_of(found).iter)


def test_a_name_is_free_that_nothing_in_the_file_bears():
    found = scene("import tags\nfrom a import b as shelf\n" + loop("book.save(using=x)\n"), "save")
    assert is_free(found, "made")
    assert not any(is_free(found, name) for name in ("books", "book", "f", "using", "x", "tags", "shelf"))
