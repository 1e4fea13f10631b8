"""From what the trace knows of a queryset to a fix: what is possible there, and why not where it isn't."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.fixes.orm import compose
from queryscope.fixes.source import Source
from queryscope.model import ClassSite, Location, Model, QuerySetSite
from tests.builders import make_frame
from tests.fixes.running import BOOK, PATH, composed, edited, frames_of, refused, relation, wish

TEXT = 'def f():\n    return Book.objects.filter(a="1")\n'
MODEL = replace(
    BOOK,
    relations=(
        relation("author"),
        relation("publisher"),
        relation("warranty", "reverse_one_to_one"),
        relation("tags", "many_to_many"),
    ),
)


def test_one_fix_holds_code_title_diff_and_edits():
    found = composed(TEXT, "author__publisher", "tags+")
    fix = found.fix
    assert fix.kinds == ("select_related", "prefetch_related")
    assert fix.title == 'Add .select_related("author__publisher").prefetch_related("tags")'
    assert fix.code == 'Book.objects.select_related("author__publisher").prefetch_related("tags")'
    assert fix.diff.startswith(f"--- a/{PATH}\n+++ b/{PATH}\n@@ -1,2 +1,2 @@\n def f():\n-    return")
    assert len(fix.edits) == 1
    assert fix.caveat == ""
    assert found.paths == ("author__publisher", "tags")
    assert found.location == Location(path=PATH, line=2, end_line=2, function="f")


def test_the_place_goes_from_the_root_to_the_end_of_the_chain():
    text = (
        "def f():\n    return (\n        Book\n        .objects\n        .filter(a=1)\n        [:10]\n    )\n"
    )
    location = composed(text).location
    assert (location.line, location.end_line) == (3, 6)


def test_the_code_of_an_extension_names_all_of_the_call_and_the_title_what_is_new():
    found = composed(TEXT.replace("filter", "select_related('x').filter"), "author").fix
    assert found.code == 'Book.objects.select_related("x", "author")'
    assert found.title == 'Add .select_related("author")'


def test_code_speaks_of_the_default_manager():
    model = replace(BOOK, default_manager="published")
    assert composed(TEXT, model=model).fix.code == 'Book.published.select_related("author")'
    text = "def f():\n    return get_object_or_404(Book, pk=1)\n"
    assert "Book.published.select_related" in edited(text, model=model)


def test_without_a_source_the_fix_is_told_and_the_place_is_the_frames():
    frame = replace(frames_of(TEXT)[0], end_line=None)
    found = compose(wish(frame), None)
    assert found.fix.code == 'Book.objects.select_related("author")'
    assert found.fix.diff == ""
    assert "can't be read or parsed" in found.fix.caveat
    assert found.location == Location(path=PATH, line=2, end_line=2, function="f")


def test_an_obstacle_that_the_trace_knows_is_told():
    assert refused(TEXT, obstacle="It is another's.") == "It is another's."


def test_a_combined_queryset_is_left_alone():
    assert "each part has to load" in refused(TEXT, is_combined=True)


def test_a_template_is_left_alone():
    frame = make_frame("t/books.html", 3, "books.html", is_template=True)
    found = compose(wish(frame), Source(PATH, TEXT))
    assert "built in a template" in found.fix.caveat
    assert found.location == Location(path="t/books.html", line=3, end_line=3, function="books.html")


def test_a_queryset_that_a_library_builds_for_a_template_has_no_code():
    frame = make_frame("t/books.html", 3, "books.html", is_template=True)
    asked = wish(frame, "author", "tags+", model=MODEL)
    found = compose(replace(asked, site=replace(asked.site, is_built_by_library=True)), Source(PATH, TEXT))
    assert (found.fix.code, found.fix.diff, found.fix.edits) == ("", "", ())
    assert found.fix.title == 'Load "author", "tags" with the rows that the library gives'
    assert found.fix.caveat == (
        "No diff: a library builds this queryset while the template is rendered, no line of the "
        "application does. Unless the library lets you say what to load, make a list of its rows in the "
        'view and call prefetch_related_objects(rows, "author", "tags") with those that are Book.'
    )
    assert found.paths == ("author", "tags")
    assert found.location == Location(path="t/books.html", line=3, end_line=3, function="books.html")


def test_a_queryset_of_no_known_place_is_told_so():
    found = compose(wish(None), Source(PATH, TEXT))
    assert "No line of the application" in found.fix.caveat
    assert found.location is None


def test_a_class_without_its_file_is_the_place():
    site = QuerySetSite(model=BOOK.label, holder=ClassSite(path=PATH, line=7, name="V", kind="view"))
    found = compose(replace(wish(None), site=site), None)
    assert found.location == Location(path=PATH, line=7, end_line=7, function="V")


def test_a_model_that_nobody_knows_is_named_all_the_same():
    model = Model(label="shop.Book", table="")
    assert composed(TEXT, model=model).fix.code == 'Book.objects.select_related("author")'


@pytest.mark.parametrize(
    ("only", "paths", "added"),
    [
        (("title",), ("author",), '"title", "author"'),
        (("title", "author"), ("author",), None),
        (("title", "author_id"), ("author",), None),
        (("title", "author__name"), ("author",), None),
        (("title", "author__name"), ("author__publisher",), '"title", "author__name", "author__publisher"'),
        (("title", "author"), ("author__publisher",), None),
        (("title",), ("author__publisher",), '"title", "author"'),
        (("title",), ("tags+",), None),
        (("title",), ("warranty",), None),
        (("title",), ("author__books+",), '"title", "author"'),
        (("title",), ("author", "publisher"), '"title", "author", "publisher"'),
    ],
)
def test_only_gets_the_columns_that_relations_need(only, paths, added):
    names = ", ".join(f'"{name}"' for name in only)
    text = f"def f():\n    return Book.objects.only({names}).filter(a=1)\n"
    told = edited(text, *paths, only=only, model=MODEL)
    assert f".only({added or names})" in told


def test_the_code_names_only_where_it_is_extended():
    text = 'def f():\n    return Book.objects.only("title")\n'
    fix = composed(text, only=("title",), model=MODEL).fix
    assert fix.code == 'Book.objects.select_related("author").only("title", "author")'
    assert fix.kinds == ("select_related", "only")
    assert fix.title == 'Add .select_related("author")'


def test_an_only_elsewhere_is_told():
    assert "only() leaves out the column" in refused(TEXT, only=("title",), model=MODEL)


@pytest.mark.parametrize("name", ["author", "author_id", "author__publisher"])
def test_a_deferred_column_is_told(name):
    hop = name.removesuffix("_id")
    told = refused(TEXT, "author__publisher", defer=("summary", name), model=MODEL)
    assert told == f'defer() leaves out the column of "{hop}": take it out there first.'
    assert edited(TEXT, "author", defer=("summary", "authority"), model=MODEL)


def test_joins_without_names_are_not_taken_away():
    text = "def f():\n    return Book.objects.select_related().filter(a=1)\n"
    told = edited(text, "author", select_related=("*",))
    assert told == text.replace("objects.", 'objects.prefetch_related("author").')
    assert composed(text, select_related=("*",)).fix.kinds == ("prefetch_related",)


@pytest.mark.parametrize("name", ["union", "intersection", "difference"])
def test_parts_of_a_later_union_are_not_joined(name):
    text = f"def f():\n    a = Book.objects.filter(a=1)\n    return a, a.{name}(a)\n"
    fix = composed(text, "author", "tags+").fix
    assert '.prefetch_related("author", "tags").filter' in fix.diff
    assert fix.kinds == ("prefetch_related",)
    assert fix.title == 'Add .prefetch_related("author", "tags")'


PREFETCHED = 'def f():\n    return Book.objects.prefetch_related("tags", Prefetch("reviews", queryset=1))\n'


@pytest.mark.parametrize(
    ("text", "known", "path"),
    [
        (TEXT, ("reviews",), "reviews__author+"),
        (TEXT, ("good",), "good__author+"),
        (TEXT, ("reviews__author",), "reviews__author__publisher+"),
        (
            PREFETCHED.replace(', Prefetch("reviews", queryset=1)', ""),
            ("tags", "reviews"),
            "reviews__author+",
        ),
    ],
)
def test_a_path_below_a_prefetch_that_is_added_elsewhere_is_told(text, known, path):
    told = refused(text, path, prefetch_related=known)
    assert f'prefetch_related("{known[-1]}") is added elsewhere: name "{path[:-1]}" behind it.' == told


def test_a_path_below_a_prefetch_of_the_chain_goes_behind_it():
    told = edited(PREFETCHED, "reviews__author+", "tags__items+", prefetch_related=("tags", "reviews"))
    assert (
        'prefetch_related("tags", Prefetch("reviews", queryset=1), "reviews__author", "tags__items")' in told
    )


def test_the_place_of_a_refusal_is_the_frames_line():
    text = "def f():\n    return (\n        Book.objects\n        .filter(a=1)\n        .count()\n    )\n"
    found = composed(text)
    assert found.fix.diff == ""
    assert (found.location.line, found.location.end_line) == (3, 5)


def test_a_manager_handed_in_is_told():
    text = "def f(books=Book.objects):\n    return books.filter(a=1)\n"
    assert "books may be of another model" in refused(text)
