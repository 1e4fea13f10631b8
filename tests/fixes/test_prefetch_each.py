"""A prefetch for each row becomes one for all."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from queryscope.fixes.prefetch_each import find_each, in_bulk_fix, once_fix
from queryscope.fixes.source import Source
from queryscope.model import Frame
from tests.fixes.running import PATH, applied, git_apply

CALL = 'prefetch_related_objects([book], "tags")'


def place(text: str, wanted: str) -> tuple[Source, Frame]:
    source = Source(PATH, text)
    node = next(
        each
        for each in ast.walk(source.tree)
        if isinstance(each, ast.Call) and source.text_of(each) == wanted
    )
    frame = Frame(
        path=PATH, function="f", line=node.lineno, end_line=node.end_lineno,
        column=node.col_offset, end_column=node.end_col_offset,
    )  # fmt: skip
    return source, frame


def once(text: str, wanted: str = CALL) -> Any:
    return once_fix(*place(text, wanted))


ALONE = f"""def f():
    books = list(Book.objects.all())
    for book in books:
        {CALL}
    return books
"""
FIRST = f"""def f():
    books = [Book(), Book()]
    for book in books:
        {CALL}
        print(book.tags.all())
"""


def test_alone_in_its_loop_the_call_takes_the_loops_place():
    assert applied(once(ALONE), ALONE) == (
        'def f():\n    books = list(Book.objects.all())\n    prefetch_related_objects(books, "tags")\n'
        "    return books\n"
    )


def test_first_in_its_loop_the_call_goes_in_front_of_it():
    assert applied(once(FIRST), FIRST) == (
        'def f():\n    books = [Book(), Book()]\n    prefetch_related_objects(books, "tags")\n'
        "    for book in books:\n        print(book.tags.all())\n"
    )


@pytest.mark.parametrize("text", [ALONE, FIRST, FIRST.replace("\n", "\r\n")])
def test_git_applies_the_diff(tmp_path, text):
    fix = once(text)
    assert git_apply(tmp_path, PATH, text, fix.diff) == applied(fix, text)
    ast.parse(applied(fix, text))


def test_the_code_is_the_call_with_the_list():
    fix = once(FIRST)
    assert fix.code == 'prefetch_related_objects(books, "tags")'
    assert (fix.kinds, fix.caveat) == (("rewrite",), "")


REFUSED = {
    "second in the loop": FIRST.replace(f"        {CALL}\n", f"        print(book)\n        {CALL}\n"),
    "under a condition": FIRST.replace(f"        {CALL}", f"        if book:\n            {CALL}"),
    "an else": ALONE.replace("    return", "    else:\n        print()\n    return"),
    "a loop that writes": FIRST.replace("print(book.tags.all())", "book.save()"),
    "a list from elsewhere": ALONE.replace("def f():\n    books = list(Book.objects.all())", "def f(books):"),
    "a list that is bound twice": ALONE.replace("    for", "    books = books[:2]\n    for"),
    "a generator": ALONE.replace("list(Book.objects.all())", "(b for b in Book.objects.all())"),
    "a queryset": ALONE.replace("list(Book.objects.all())", "Book.objects.all()"),
    "a list that nothing names": ALONE.replace("in books:", "in Book.objects.all():"),
    "several names": ALONE.replace("for book in", "for at, book in"),
    "a comment behind it": FIRST.replace(CALL, f"{CALL}  # slow"),
    "one line": "def f():\n    books = []\n    for book in books: " + CALL + "; print(book)\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_these_get_no_diff_but_the_code(name):
    fix = once(REFUSED[name])
    assert fix.diff == ""
    assert fix.edits == ()
    assert fix.caveat.startswith("No diff: ")
    assert fix.code.endswith(', "tags")')


def test_arguments_that_differ_from_row_to_row_stay_in_the_loop():
    call = "prefetch_related_objects([book], names[book.kind])"
    assert once(ALONE.replace(CALL, call), call).diff == ""


@pytest.mark.parametrize(
    ("call", "is_found"),
    [
        (CALL, True),
        ('models.prefetch_related_objects((book,), "tags")', True),
        ('together([book], "tags")', True),
        ('prefetch_related_objects([book, other], "tags")', False),
        ('prefetch_related_objects([*books], "tags")', False),
        ('prefetch_related_objects(books, "tags")', False),
        ('prefetch_related_objects(one, "tags")', True),
        ("prefetch_related_objects()", False),
        ('something([book], "tags")', False),
    ],
)
def test_a_list_of_one_is_known_by_its_text(call, is_found):
    imported = "from a import prefetch_related_objects as together\n\n"
    text = f"{imported}def f(book, books):\n    one = [book]\n    {call}\n"
    source, frame = place(text, call)
    assert (find_each(source, frame) is not None) is is_found


def test_an_awaited_call_stays_awaited():
    call = 'aprefetch_related_objects([book], "tags")'
    text = ALONE.replace("def f", "async def f").replace(CALL, f"await {call}")
    fix = once(text, call)
    assert '    await aprefetch_related_objects(books, "tags")\n' in applied(fix, text)
    assert fix.code == 'aprefetch_related_objects(books, "tags")'


def test_without_a_source_there_is_still_a_word():
    fix = once_fix(None, Frame(path=PATH, line=1, function="f"))
    assert (fix.code, fix.diff) == ("prefetch_related_objects(rows, …)", "")


@pytest.mark.parametrize(
    ("field", "keys"), [("id", "ids"), ("pk", "ids"), ("isbn", 'isbns, field_name="isbn"')]
)
def test_look_ups_become_in_bulk(field, keys):
    fix = in_bulk_fix("Book", "objects", ("tags", "author"), field)
    assert fix.code == f'Book.objects.prefetch_related("tags", "author").in_bulk({keys})'
    assert fix.caveat.startswith("No diff: ")
