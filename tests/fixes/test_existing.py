"""The row itself in place of an EXISTS: edits of sources, kept as they are written."""

from __future__ import annotations

from textwrap import dedent

import pytest

from queryscope.fixes.existing import exists_fix
from queryscope.fixes.sources import Sources
from queryscope.model import AccessKind, Fix, Frame, QueryGroup
from tests.builders import make_access, make_query_group, make_site
from tests.fixes.running import applied, git_apply

PATH = "shop/views.py"


def frame_of(text: str, piece: str) -> Frame:
    start = text.index(piece)
    line = text[:start].count("\n") + 1
    column = start - text.rfind("\n", 0, start) - 1
    end = start + len(piece)
    span = {
        "line": line,
        "column": column,
        "end_line": text[:end].count("\n") + 1,
        "end_column": end - text.rfind("\n", 0, end) - 1,
    }
    return Frame(path=PATH, function="page", **span)


def group(text: str, piece: str, method: str, index: int = 0) -> QueryGroup:
    place = frame_of(text, piece)
    return make_query_group(
        index,
        stack=(place,),
        site=make_site(frame=place),
        access=make_access(AccessKind.MANAGER, attribute="", method=method),
    )


def fix_of(text: str, asked: str, loaded: str, method: str = "get") -> Fix:
    sources = Sources({PATH: text}.get)
    return exists_fix(group(text, asked, "exists"), group(text, loaded, method, 1), sources)


EDITS = {
    "a guard": (
        """
        def page(slug):
            if not Book.objects.filter(slug=slug).exists():
                raise Http404  # none
            book = Book.objects.get(slug=slug)
            return book
        """,
        "Book.objects.filter(slug=slug).exists()",
        "Book.objects.get(slug=slug)",
        """
        def page(slug):
            book = Book.objects.filter(slug=slug).first()
            if book is None:
                raise Http404  # none
            return book
        """,
    ),
    "a branch with an alternative": (
        """
        def page(books):
            if books.exists():
                book = books.get()
                title = book.title
            else:
                title = ""
            return title
        """,
        "books.exists()",
        "books.get()",
        """
        def page(books):
            book = books.first()
            if book is not None:
                title = book.title
            else:
                title = ""
            return title
        """,
    ),
    "a chain over lines": (
        """
        def page(slug):
            if not Book.objects.filter(slug=slug).exists():
                return None
            book = Book.objects.select_related(
                "author",
            ).get(
                slug=slug,
            )
            return book.author
        """,
        "Book.objects.filter(slug=slug).exists()",
        "Book.objects.select_related(\n        \"author\",\n    ).get(\n        slug=slug,\n    )",
        """
        def page(slug):
            book = Book.objects.select_related(
                "author",
            ).filter(
                slug=slug,
            ).first()
            if book is None:
                return None
            return book.author
        """,
    ),
    "a name that was none before": (
        """
        def page(books):
            book = None
            if books.exists():
                book = books.get()
                print(book)
            return book
        """,
        "books.exists()",
        "books.get()",
        """
        def page(books):
            book = None
            book = books.first()
            if book is not None:
                print(book)
            return book
        """,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_the_row_is_loaded_once(name, tmp_path):
    text, asked, loaded, after = EDITS[name]
    text, after = dedent(text), dedent(after)
    fix = fix_of(text, asked, loaded)
    assert applied(fix, text) == after
    assert git_apply(tmp_path, PATH, text, fix.diff) == after
    assert "MultipleObjectsReturned" in fix.caveat


REFUSED = {
    "a name with a value": "book = 1\n    if books.exists():\n        book = books.get()\n        a()",
    "another branch": "if a:\n        a()\n    elif books.exists():\n        book = books.get()\n        a()",
    "work between": "if books.exists():\n        prepare()\n        book = books.get()\n        print(book)",
    "a guard that goes on": "if not books.exists():\n        create()\n    book = books.get()",
    "a return": "if books.exists():\n        return books.get()",
    "two conditions": "if a and books.exists():\n        book = books.get()\n        print(book)",
    "a comment": "if books.exists():\n        book = books.get()  # the only one\n        print(book)",
    "nothing else": "if books.exists():\n        book = books.get()\n    return 1",
    "a slice": "if books.exists():\n        book = books[:3][0]\n        print(book)",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_plain_is_told_only(name):
    text = f"def page(books):\n    {REFUSED[name]}\n"
    loaded = "books[:3][0]" if name == "a slice" else "books.get()"
    fix = fix_of(text, "books.exists()", loaded, "iterate" if name == "a slice" else "get")
    assert not fix.diff
    assert not fix.edits
    assert fix.caveat.startswith("No diff")
    assert fix.code


def test_rows_that_are_looped_over_tell_by_themselves():
    text = (
        "def page():\n    books = a()\n    if books.exists():\n        for book in books:\n            a()\n"
    )
    place = frame_of(text, "books.exists()")
    loop = Frame(path=PATH, line=4, function="page", end_line=4, column=20, end_column=25)
    access = make_access(AccessKind.MANAGER, attribute="", method="iterate")
    asked = make_query_group(0, stack=(place,), site=make_site(frame=place))
    fix = exists_fix(asked, make_query_group(1, stack=(loop,), access=access), Sources({PATH: text}.get))
    assert fix.code == "if books:"
    assert "    if books:\n" in applied(fix, text)


def test_a_row_that_is_awaited_stays_so():
    text = (
        "async def page(slug):\n    a = await B.objects.filter(slug=slug).aexists()\n"
        "    b = await B.objects.aget(slug=slug)\n"
    )
    fix = fix_of(text, "B.objects.filter(slug=slug).aexists()", "B.objects.aget(slug=slug)")
    assert fix.code == "row = await B.objects.filter(slug=slug).afirst()\nif row is not None:"
    assert not fix.diff
