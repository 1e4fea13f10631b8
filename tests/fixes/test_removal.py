"""Relations that are taken out of the calls that load them: names, calls, statements."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

import pytest

from queryscope.fixes.removal import Removal, compose_removal
from queryscope.fixes.root import Target
from queryscope.fixes.source import Source
from queryscope.model import ClassSite, QuerySetSite
from tests.fixes.running import ACCESSORS, BOOK, PATH, applied, frames_of, git_apply

TARGET = Target(model=BOOK, accessors=ACCESSORS)


def removal(text: str, *paths: str, method: str = "select_related", **more: object) -> Removal | None:
    """Run a source, and compose what takes the paths out at the first queryset that it builds."""
    text = dedent(text).lstrip("\n")
    site = QuerySetSite(model=BOOK.label, frame=frames_of(text)[0], **more)  # type: ignore[arg-type]
    return compose_removal(Source(PATH, text), site, TARGET, method, paths or ("author",))


def edited(text: str, *paths: str, method: str = "select_related") -> str:
    """The body of `f` afterwards."""
    found = removal(text, *paths, method=method)
    assert found is not None
    assert found.fix.diff, found.fix.caveat
    after = applied(found.fix, dedent(text).lstrip("\n"))
    ast.parse(after)
    return dedent(after.partition("def f():\n")[2]).rstrip("\n")


@pytest.mark.parametrize(
    ("chain", "after"),
    [
        ('Book.objects.select_related("author").filter(x=1)', "Book.objects.filter(x=1)"),
        ('Book.objects.filter(x=1).select_related("author")[:10]', "Book.objects.filter(x=1)[:10]"),
        ('Book.objects.select_related("author")', "Book.objects.all()"),
        ('Book.objects.select_related("author")[:10]', "Book.objects.all()[:10]"),
        ('Book.objects.all().select_related("author")', "Book.objects.all()"),
        ('Book.objects.select_related("author", "publisher")', 'Book.objects.select_related("publisher")'),
        ('Book.objects.select_related("publisher", "author")', 'Book.objects.select_related("publisher")'),
        ("Book.objects.select_related('a', 'author', 'b')", "Book.objects.select_related('a', 'b')"),
        ('Book.objects.select_related("author__publisher")', "Book.objects.all()"),
        ('Book.objects.select_related("author",)', "Book.objects.all()"),
        ('Book.objects.select_related("author").select_related("b")', 'Book.objects.select_related("b")'),
        ('get_object_or_404(Book.objects.select_related("author"), pk=1)',
         "get_object_or_404(Book.objects.all(), pk=1)"),
        ('[each for each in Book.objects.select_related("author")]', "[each for each in Book.objects.all()]"),
    ],
)  # fmt: skip
def test_names_and_calls_go(chain: str, after: str) -> None:
    assert edited(f"def f():\n    return {chain}\n") == f"return {after}"


@pytest.mark.parametrize(
    ("chain", "after"),
    [
        ('select_related("author__publisher")', 'select_related("author")'),
        ('select_related("x", "author__publisher__owner")', 'select_related("x", "author")'),
        ('select_related("author", "author__publisher")', 'select_related("author")'),
        ('select_related("author__publisher", "author__agent")', 'select_related("author__agent")'),
    ],
)
def test_of_a_path_what_is_read_stays(chain: str, after: str) -> None:
    assert edited(f"def f():\n    return Book.objects.{chain}\n", "author__publisher") == (
        f"return Book.objects.{after}"
    )


def test_prefetches_go_with_all_below_them() -> None:
    text = """
    def f():
        return Book.objects.prefetch_related(
            "tags",
            Prefetch("reviews", queryset=Q()),  # newest first
            "reviews__author",
            # of the shop
            "shops",
        ).filter(x=1)
    """
    assert edited(text, "reviews", method="prefetch_related") == dedent(
        """
        return Book.objects.prefetch_related(
            "tags",
            # of the shop
            "shops",
        ).filter(x=1)
        """
    ).strip("\n")


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ('Prefetch("tags", queryset=Q(), to_attr="best")', "best"),
        ('Prefetch("tags", Q(), "best")', "best"),
        ('Prefetch(lookup="tags", to_attr="best")', "best"),
        ('Prefetch("author__books", to_attr="best")', "author__best"),
        ('Prefetch("tags", queryset=Q())', "tags"),
    ],
)
def test_a_prefetch_object_is_known_by_what_it_fills(item: str, name: str) -> None:
    text = f'def f():\n    return Book.objects.prefetch_related("x", {item}).filter(y=1)\n'
    left = '"x", "author"' if "__" in name else '"x"'
    after = edited(text, name, method="prefetch_related")
    assert after == f"return Book.objects.prefetch_related({left}).filter(y=1)"


def test_an_import_that_is_needed_no_more_is_told() -> None:
    text = 'def f():\n    return Book.objects.prefetch_related(Prefetch("tags"))\n'
    found = removal(text, "tags", method="prefetch_related")
    assert found is not None
    assert found.fix.caveat == "The import of Prefetch isn't needed any more."


def test_the_chain_keeps_its_lines() -> None:
    text = """
    def f():
        return (
            Book.objects.filter(x=1)
            .select_related("author")
            .order_by("y")
        )
    """
    assert edited(text) == dedent(
        """
        return (
            Book.objects.filter(x=1)
            .order_by("y")
        )
        """
    ).strip("\n")


def test_a_variable_that_would_be_bound_to_itself_loses_its_statement() -> None:
    text = """
    def f():
        books = Book.objects.filter(x=1)
        books = books.select_related("author")  # for the list
        return books
    """
    assert edited(text) == "books = Book.objects.filter(x=1)\nreturn books"


def test_the_only_statement_of_a_branch_gives_way_to_pass() -> None:
    text = """
    def f():
        books = Book.objects.filter(x=1)
        if books:
            books = books.select_related("author")
        return books
    """
    assert edited(text).splitlines()[1:3] == ["if books:", "    pass"]


def test_the_code_is_the_manager_alone_where_nothing_is_left_of_the_call() -> None:
    found = removal(
        'def f():\n    return Book.objects.select_related(\n        "author"\n    ).filter(x="1")\n'
    )
    assert found is not None
    assert found.fix.code == "Book.objects.all()"
    assert found.fix.title == 'Remove .select_related("author")'
    assert found.location is not None
    assert (found.location.line, found.location.end_line) == (2, 4)


@pytest.mark.parametrize(
    ("calls", "code"),
    [
        (".filter(x=1).select_related('author', 'shop')[:9]", '.select_related("shop")'),
        (".select_related('author__publisher').only('x')", ".all()"),
        (".select_related(*NAMES, 'author')", ".select_related(*NAMES)"),
        (".select_related('author').select_related('shop').get()", '.select_related("shop")'),
    ],
)
def test_the_code_is_the_changed_call_alone(calls: str, code: str) -> None:
    found = removal(f"NAMES = []\n\n\ndef f():\n    return Book.objects{calls}\n")
    assert found is not None
    assert found.fix.code == f"Book.objects{code}"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_git_applies_the_diff(tmp_path: Path, newline: str) -> None:
    text = 'def f():\n    # é\n    return Book.objects.select_related("author").all()\n'.replace(
        "\n", newline
    )
    found = compose_removal(
        Source(PATH, text),
        QuerySetSite(model=BOOK.label, frame=frames_of(text)[0]),
        TARGET,
        "select_related",
        ("author",),
    )
    assert found is not None
    assert git_apply(tmp_path, PATH, text, found.fix.diff) == applied(found.fix, text)


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    return Book.objects.filter(x=1)\n",
        'def f():\n    return library(Book.objects.all()).select_related("author")\n',
        'NAMES = ["author"]\ndef f():\n    return Book.objects.select_related(*NAMES)\n',
        "def f():\n    return Book.objects.select_related()\n",
        'def f():\n    return get_object_or_404(Book, author="author")\n',
    ],
)
def test_where_the_line_does_not_name_it_nothing_is_said(text: str) -> None:
    assert removal(text) is None


@pytest.mark.parametrize(
    ("text", "more", "caveat"),
    [
        (
            'def f():\n    return Book.objects.select_related("author").only("title", "author__name")\n',
            {"only": ("title", "author__name")},
            'only() or defer() names "author__name"',
        ),
        (
            'def f():\n    return Book.objects.select_related(  # why\n        "author"\n    ).filter(x=1)\n',
            {},
            "A comment stands within the call",
        ),
    ],
)
def test_where_an_edit_might_break_something_the_fix_says_why(text: str, more: dict, caveat: str) -> None:  # type: ignore[type-arg]
    found = removal(text, **more)
    assert found is not None
    assert (found.fix.diff, found.fix.edits) == ("", ())
    assert caveat in found.fix.caveat
    assert found.fix.title == 'Remove .select_related("author")'


ADMIN = """\
class BookAdmin(admin.ModelAdmin):
    list_display = ["title"]
    list_select_related = {}
"""
VIEW = """\
class BookList(ListView):
    queryset = Book.objects.select_related("author").filter(x=1)
"""


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ('["author", "publisher"]', '    list_select_related = ["publisher"]\n'),
        ('("publisher", "author")', '    list_select_related = ("publisher")\n'),
        ('["author"]', ""),
    ],
)
def test_the_list_of_a_model_admin(value: str, after: str) -> None:
    text = ADMIN.format(value)
    site = QuerySetSite(model=BOOK.label, holder=ClassSite(path=PATH, line=1, name="BookAdmin", kind="admin"))
    found = compose_removal(Source(PATH, text), site, TARGET, "select_related", ("author",))
    assert found is not None
    expected = after.replace('("publisher")', '("publisher",)')
    assert applied(found.fix, text) == ADMIN.partition("    list_select")[0] + expected


def test_the_queryset_of_a_view() -> None:
    site = QuerySetSite(model=BOOK.label, holder=ClassSite(path=PATH, line=1, name="BookList", kind="view"))
    found = compose_removal(Source(PATH, VIEW), site, TARGET, "select_related", ("author",))
    assert found is not None
    assert applied(found.fix, VIEW) == VIEW.replace('.select_related("author")', "")
    assert found.fix.code == "Book.objects.all()"
