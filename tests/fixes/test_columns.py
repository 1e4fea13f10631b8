"""Columns that are loaded where they were left out: the edit keeps what is there."""

# ruff: noqa: E501 - a case is read best on one line

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from queryscope.fixes.columns import load_columns
from queryscope.fixes.root import Target
from queryscope.fixes.source import Source
from queryscope.model import ClassSite, QuerySetSite
from tests.builders import make_frame
from tests.fixes.running import ACCESSORS, BOOK, PATH, applied, frames_of

TARGET = Target(model=BOOK, accessors=ACCESSORS)


def fixed(text: str, *names: str, **more: Any) -> Any:
    site = QuerySetSite(model=BOOK.label, frame=frames_of(text)[0], **more)
    return load_columns(names or ("summary",), site, TARGET, Source(PATH, text))[0]


def edited(text: str, *names: str, **more: Any) -> str:
    fix = fixed(text, *names, **more)
    assert fix.diff, fix.caveat
    return applied(fix, text)


ONLY: dict[str, tuple[str, str]] = {
    "one name": ('Book.objects.only("title")', 'Book.objects.only("title", "summary")'),
    "single quotes": ("Book.objects.only('title')", "Book.objects.only('title', 'summary')"),
    "a trailing comma": ('Book.objects.only("title",)', 'Book.objects.only("title", "summary",)'),
    "computed names": ("Book.objects.only(*show())", 'Book.objects.only(*show(), "summary")'),
    "the last of two": (
        'Book.objects.only("a").only("title").filter(a=1)',
        'Book.objects.only("a").only("title", "summary").filter(a=1)',
    ),
    "in front of what ends": (
        'Book.objects.only("title").filter(a=1).first()',
        'Book.objects.only("title", "summary").filter(a=1).first()',
    ),
    "several lines": (
        '(\n        Book.objects.only(\n            "title",\n            "pk",\n        )\n    )',
        '(\n        Book.objects.only(\n            "title",\n            "pk",\n            "summary",\n        )\n    )',
    ),
    "a manager's method": ("Book.objects.light().filter(a=1)", 'Book.objects.light().only("title", "summary").filter(a=1)'),
    "a manager that leaves out": ("Book.objects.all()", 'Book.objects.only("title", "summary")'),
}  # fmt: skip


@pytest.mark.parametrize("name", ONLY)
def test_only_gets_the_column(name):
    before, after = ONLY[name]
    text = f"def f():\n    return {before}\n"
    assert edited(text, only=("title",)) == f"def f():\n    return {after}\n"


DEFER = {
    "the only name": ('Book.objects.defer("summary").filter(a=1)', "Book.objects.filter(a=1)"),
    "all of the chain": ('Book.objects.defer("summary")', "Book.objects.all()"),
    "the first name": ('Book.objects.defer("summary", "x")', 'Book.objects.defer("x")'),
    "the last name": ('Book.objects.defer("x", "summary")', 'Book.objects.defer("x")'),
    "one in the middle": ('Book.objects.defer("x", "summary", "y")', 'Book.objects.defer("x", "y")'),
    "by the name of its key": ('Book.objects.defer("summary_id")', "Book.objects.all()"),
    "a line of its own": (
        '(\n        Book.objects\n        .defer("summary")\n        .filter(a=1)\n    )',
        "(\n        Book.objects\n        .filter(a=1)\n    )",
    ),
}


@pytest.mark.parametrize("name", DEFER)
def test_defer_loses_the_column(name):
    before, after = DEFER[name]
    text = f"def f():\n    return {before}\n"
    assert edited(text, defer=("summary", "x")) == f"def f():\n    return {after}\n"


def test_what_a_manager_defers_is_named_anew_where_it_is_needed():
    text = "def f():\n    return Book.objects.short().filter(a=1)\n"
    assert "Book.objects.short().defer(None).filter(a=1)" in edited(text, defer=("summary",))
    assert 'Book.objects.short().defer(None).defer("x").filter' in edited(text, defer=("summary", "x"))


def test_lines_that_end_as_on_windows_stay_so():
    text = 'def f():\r\n    return Book.objects.only(\r\n        "title",\r\n    )\r\n'
    after = edited(text, only=("title",))
    assert after.count("\r\n") == after.count("\n")


def test_computed_names_of_defer_are_left_alone():
    fix = fixed("def f():\n    return Book.objects.defer(*show())\n", defer=("summary",))
    assert "arguments of defer() are computed" in fix.caveat
    assert (fix.code, fix.diff) == ("Book.objects.all()", "")


def test_a_queryset_that_others_may_hand_in_is_left_alone():
    text = "def f(books=None):\n    return books or g(Book.objects)\n\ndef g(rows):\n    return rows.only('title')\n"
    fix = fixed(text, only=("title",))
    assert "may be of another model" in fix.caveat
    assert fix.code == 'Book.objects.only("title", "summary")'


def test_a_template_is_left_alone():
    site = QuerySetSite(
        model=BOOK.label, frame=make_frame("t.html", 3, "t.html", is_template=True), only=("a",)
    )
    fix, location = load_columns(("b",), site, TARGET, Source(PATH, "x = 1\n"))
    assert "built in a template" in fix.caveat
    assert location.line == 3


def test_without_a_source_the_fix_is_told():
    site = QuerySetSite(model=BOOK.label, frame=make_frame(), only=("a",))
    fix, location = load_columns(("b",), site, TARGET, None)
    assert (fix.code, location.line) == ('Book.objects.only("a", "b")', 4)
    assert "can't be read or parsed" in fix.caveat


CLASS = 'class V(ListView):\n    queryset = Book.objects.only("title")\n'


def test_a_class_is_edited_at_its_queryset():
    holder = ClassSite(path=PATH, line=1, name="V", kind="view")
    site = QuerySetSite(model=BOOK.label, holder=holder, only=("title",))
    fix, location = load_columns(("summary",), site, TARGET, Source(PATH, CLASS))
    assert applied(fix, CLASS) == CLASS.replace('"title"', '"title", "summary"')
    assert (location.line, location.function) == (2, "V")


@pytest.mark.parametrize(
    ("text", "line"), [("class V(ListView):\n    model = Book\n", 2), ("class W:\n    pass\n", 1)]
)
def test_a_class_that_builds_none_is_told(text, line):
    holder = ClassSite(path=PATH, line=1, name="V", kind="view")
    site = QuerySetSite(model=BOOK.label, holder=holder, only=("title",))
    fix, location = load_columns(("summary",), site, TARGET, Source(PATH, text))
    assert "built elsewhere" in fix.caveat
    assert location.line == line


def test_the_default_manager_is_named():
    target = replace(TARGET, model=replace(BOOK, default_manager="published"))
    site = QuerySetSite(model=BOOK.label, frame=make_frame(), defer=("a", "b"))
    fix, _ = load_columns(("b",), site, target, None)
    assert fix.code == 'Book.published.defer("a")'
