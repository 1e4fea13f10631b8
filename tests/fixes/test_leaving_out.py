"""Columns that are left out: the shorter of two calls, where the queryset is built."""

from __future__ import annotations

import pytest

from queryscope.fixes.leaving_out import Columns, Prefetched, compose_columns, compose_prefetched, in_order
from queryscope.fixes.root import Target
from queryscope.fixes.source import Source
from queryscope.model import ClassSite, Model, QuerySetSite
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


REVIEW = Model(label="shop.Review", table="shop_review", module="shop.models")


@pytest.mark.parametrize(
    ("call", "after"),
    [
        ('prefetch_related("reviews")', 'prefetch_related(Prefetch("reviews", queryset=QS))'),
        ('prefetch_related("tags", "reviews")', 'prefetch_related("tags", Prefetch("reviews", queryset=QS))'),
        (
            'prefetch_related("reviews", "reviews__x")',
            'prefetch_related(Prefetch("reviews", queryset=QS), "reviews__x")',
        ),
    ],
)
def test_a_plain_prefetch_gets_a_queryset(call: str, after: str):
    text = f"def f():\n    return Book.objects.{call}.filter(x=1)\n"
    site = QuerySetSite(model=BOOK.label, frame=frames_of(text)[0])
    fix, location = compose_prefetched(
        Source(PATH, text), site, TARGET, WANTED, Prefetched("reviews", REVIEW)
    )
    edited = applied(fix, text)
    after = after.replace("QS", 'Review.objects.defer("body")')
    assert f"Book.objects.{after}.filter(x=1)".replace(" ", "") in "".join(edited.split())
    assert "from django.db.models import Prefetch\n" in edited
    assert "from shop.models import Review\n" in edited
    assert fix.kinds == ("defer", "prefetch_related")
    assert location is not None
    assert location.line == 2


@pytest.mark.parametrize(
    ("call", "manager", "why"),
    [
        ('prefetch_related("reviews__author")', True, "No plain reviews"),
        ("prefetch_related(*NAMES)", True, "No plain reviews"),
        ('prefetch_related("reviews__author", "reviews")', True, "would raise"),
        ('prefetch_related("reviews")', False, "may leave rows out"),
    ],
)
def test_a_prefetch_that_is_written_otherwise_is_told_about(call: str, manager: bool, why: str):
    text = f"NAMES = []\n\n\ndef f():\n    return Book.objects.{call}\n"
    site = QuerySetSite(model=BOOK.label, frame=frames_of(text)[0])
    rows = Model(label="shop.Review", table="shop_review", is_manager_plain=manager)
    fix, _ = compose_prefetched(Source(PATH, text), site, TARGET, WANTED, Prefetched("reviews", rows))
    assert fix.diff == ""
    assert why in fix.caveat
    assert (
        fix.code
        == 'Book.objects.prefetch_related(Prefetch("reviews", queryset=Review.objects.defer("body")))'
    )
