"""Columns that are left out: the shorter of two calls, where the queryset is built."""

from __future__ import annotations

import pytest

from queryscope.fixes.leaving_out import Columns, compose_columns, in_order
from queryscope.fixes.root import Target
from queryscope.fixes.source import Source
from queryscope.model import ClassSite, QuerySetSite
from tests.fixes.running import BOOK, PATH, applied, frames_of

TARGET = Target(model=BOOK)
WANTED = Columns(unread=("body",), kept=("id", "title", "created"), is_joined=False)


@pytest.mark.parametrize(
    ("unread", "kept", "is_joined", "call"),
    [
        (("body",), ("id", "title"), False, '.defer("body")'),
        (("body", "notes", "data"), ("id",), False, '.only("id")'),
        (("body", "notes", "data"), ("id",), True, '.defer("body", "notes", "data")'),
        (("aa",), ("aaa",), False, '.defer("aa")'),
    ],
)
def test_the_shorter_call_is_taken(
    unread: tuple[str, ...], kept: tuple[str, ...], is_joined: bool, call: str
):
    assert Columns(unread=unread, kept=kept, is_joined=is_joined).call() == call


@pytest.mark.parametrize(
    ("chain", "after"),
    [
        ("Book.objects.filter(x=1)[:9]", "Book.objects.defer('body').filter(x=1)[:9]"),
        ("Book.objects.all()", "Book.objects.defer('body')"),
        ("Book.objects.published()", "Book.objects.published().defer('body')"),
    ],
)
def test_it_goes_to_the_root_of_the_chain(chain: str, after: str):
    text = f"X = 'x', 'y'\ndef f():\n    return {chain}\n"
    site = QuerySetSite(model=BOOK.label, frame=frames_of(text)[0])
    fix, location = compose_columns(Source(PATH, text), site, TARGET, WANTED)
    assert applied(fix, text) == text.replace(chain, after)
    assert (fix.kinds, fix.title) == (("defer",), 'Add .defer("body")')
    assert location is not None
    assert location.line == 3


def test_the_queryset_of_a_class():
    text = "class BookList(ListView):\n    queryset = Book.objects.filter(x=1)\n"
    site = QuerySetSite(model=BOOK.label, holder=ClassSite(path=PATH, line=1, name="BookList", kind="view"))
    fix, _ = compose_columns(Source(PATH, text), site, TARGET, WANTED)
    assert 'queryset = Book.objects.defer("body").filter(x=1)' in applied(fix, text)


@pytest.mark.parametrize(
    ("text", "holder"),
    [
        ("class BookList(ListView):\n    model = Book\n", "BookList"),
        ("class BookList(ListView):\n    queryset = made()\n", "BookList"),
        ("def f():\n    return get_object_or_404(Book, pk=1)\n", ""),
    ],
)
def test_where_no_line_builds_it_the_fix_says_so(text: str, holder: str):
    site = (
        QuerySetSite(model=BOOK.label, holder=ClassSite(path=PATH, line=1, name=holder, kind="view"))
        if holder
        else QuerySetSite(model=BOOK.label, frame=frames_of(text)[0])
    )
    fix, location = compose_columns(Source(PATH, text), site, TARGET, WANTED)
    assert (fix.diff, fix.edits, location) == ("", (), None)
    assert fix.code == 'Book.objects.defer("body")'
    assert len(fix.caveat) > 40


def test_a_file_that_cannot_be_read_is_told():
    fix, _ = compose_columns(None, QuerySetSite(model=BOOK.label), TARGET, WANTED)
    assert "can't be read" in fix.caveat


def test_columns_keep_the_order_of_the_model():
    assert in_order({"c", "a"}, ("a", "b", "c")) == ("a", "c")
