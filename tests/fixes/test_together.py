"""Edits of two fixes at one place: one edit that does what both do, or none."""

from __future__ import annotations

import ast
from itertools import permutations

import pytest

from queryscope.fixes.together import continues, joined
from queryscope.model import Edit

EAGER = '.select_related("author")'
COUNT = '.annotate(tag_count=Count("tags"))'
LATEST = '.prefetch_related(Prefetch("notes", queryset=Note.objects.all()[:1], to_attr="latest"))'


def edit(text: str, start: int = 7, end: int | None = None, path: str = "a.py", sha: str = "x") -> Edit:
    return Edit(path=path, start=start, end=start if end is None else end, text=text, source_sha256=sha)


def text_of(one: str, other: str, *, end: int = 7) -> str | None:
    """The joined text, the same in either order."""
    found = joined(edit(one, end=end), edit(other, end=end))
    again = joined(edit(other, end=end), edit(one, end=end))
    assert found == again
    return found.text if found is not None else None


CALLS = {
    "a join and a count": (EAGER, COUNT, EAGER + COUNT),
    "a join and a prefetch": (EAGER, LATEST, EAGER + LATEST),
    "two joins": (EAGER, '.select_related("editor")', '.select_related("author", "editor")'),
    "two prefetches": (
        '.prefetch_related("tags")',
        LATEST,
        '.prefetch_related("tags", Prefetch("notes", queryset=Note.objects.all()[:1], to_attr="latest"))',
    ),
    "all of them": (EAGER + LATEST, COUNT, EAGER + LATEST + COUNT),
    "in a column": (
        f"{EAGER}\n        ",
        f"{COUNT}\n        ",
        f"{EAGER}\n        {COUNT}\n        ",
    ),
    "at the end of a column": (f"\n    {EAGER}", f"\n    {COUNT}", f"\n    {EAGER}\n    {COUNT}"),
    "with backslashes": (f"{EAGER} \\\n    ", f"{COUNT} \\\n    ", f"{EAGER} \\\n    {COUNT} \\\n    "),
    "a shortcut's manager": (f".objects{EAGER}", f".objects{COUNT}", f".objects{EAGER}{COUNT}"),
    "an attribute of a class": (
        f"\n    queryset = Book.objects{COUNT}",
        f"\n    queryset = Book.objects{EAGER}",
        f"\n    queryset = Book.objects{EAGER}{COUNT}",
    ),
    "a method of a class": (
        f"\n\n    def get_queryset(self, request):\n        return super().get_queryset(request){COUNT}",
        f"\n\n    def get_queryset(self, request):\n        return super().get_queryset(request){LATEST}",
        (
            "\n\n    def get_queryset(self, request):\n        return super().get_queryset(request)"
            f"{LATEST}{COUNT}"
        ),
    ),
    "the same twice": (COUNT, COUNT, COUNT),
}


@pytest.mark.parametrize(("one", "other", "together"), CALLS.values(), ids=CALLS)
def test_calls_on_one_queryset_are_made_together(one, other, together):
    assert text_of(one, other) == together


def test_an_empty_all_gives_way_to_both():
    assert text_of(EAGER, COUNT, end=13) == EAGER + COUNT


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (COUNT, '.annotate(n=Count("notes"))'),
        (EAGER, ".first()"),
        (EAGER, ".only('title')"),
        (EAGER, f"{EAGER}.first()"),
        (EAGER, f"\n    {COUNT}"),
        (LATEST, '.prefetch_related(Prefetch("tags", queryset=Tag.objects.all(), to_attr="latest"))'),
        (
            '.prefetch_related("tags__notes")',
            '.prefetch_related(Prefetch("tags", queryset=Tag.objects.all()))',
        ),
        (f"\n    queryset = Book.objects{EAGER}", f"\n    queryset = Book.published{COUNT}"),
        (f"f({EAGER})", f"f({COUNT})"),
        ("one", "two"),
        ("    ", "    "),
        ("", ""),
    ],
)
def test_what_may_mind_the_other_is_not_joined(one, other):
    assert text_of(one, other) is None


@pytest.mark.parametrize(("start", "end"), [(7, 12), (7, 20)])
def test_what_takes_the_place_of_something_else_is_not_joined(start, end):
    assert joined(edit(EAGER, start, end), edit(COUNT, start, end)) is None


@pytest.mark.parametrize("other", [edit(COUNT, 8), edit(COUNT, path="b.py"), edit(COUNT, sha="y")])
def test_edits_of_two_places_are_not_joined(other):
    assert joined(edit(EAGER), other) is None


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (', "tags"', ', "notes"', None),
        ("Count, ", "Exists, OuterRef, ", "Count, Exists, OuterRef, "),
        ("Exists, ", "CONSTANT, f, ", "CONSTANT, Exists, f, "),
        (", Value", ", Count, Value", ", Count, Value"),
        (",\n    Sum", ",\n    Count", ",\n    Count,\n    Sum"),
        ("\n    Sum,", "\n    Count,", "\n    Count,\n    Sum,"),
    ],
)
def test_items_of_one_list_are_added_together(one, other, together):
    if together is None:  # strings keep the order of the fixes
        found = joined(edit(one), edit(other))
        assert found is not None
        assert found.text == one + other
        return
    assert text_of(one, other) == together


@pytest.mark.parametrize(("one", "other"), [(", n=1", ", n=2"), (", Count", "Count, "), (", (", ", )")])
def test_what_is_no_list_together_is_not_joined(one, other):
    assert text_of(one, other) is None


LIST = '\n    list_select_related = ["author"]'
METHOD = f"\n\n    def get_queryset(self, request):\n        return super().get_queryset(request){COUNT}"


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (METHOD, LIST, LIST + METHOD),
        (LIST, "\n    other = 1", LIST + "\n    other = 1"),
        ("a_keys = set(a)\n    ", "b_keys = set(b)\n    ", "a_keys = set(a)\n    b_keys = set(b)\n    "),
        (LIST, '\n    list_select_related = ["editor"]', None),
        (METHOD, f"\n\n    def get_queryset(self, request):\n        return Book.objects{COUNT}", None),
        (LIST, "a_keys = set(a)\n    ", None),
        ("a_keys = set(a)\n    ", "b_keys = set(b)\n", None),
        ("a = 1", "b = 2", None),
        (LIST, "\n    a.b = 2", None),
    ],
)
def test_two_new_names_stand_beside_each_other(one, other, together):
    assert text_of(one, other) == together


def test_imports_at_one_place_are_one_statement():
    one, other = "from django.db.models import Count\n", "from django.db.models import Exists, Count\n"
    assert text_of(one, other) == "from django.db.models import Count, Exists\n"


@pytest.mark.parametrize("order", list(permutations([EAGER, COUNT, LATEST])))
def test_three_in_any_order_are_the_same(order):
    found = joined(edit(order[0]), edit(order[1]))
    assert found is not None
    found = joined(found, edit(order[2]))
    assert found is not None
    assert found.text == EAGER + LATEST + COUNT
    ast.parse(f"Book.objects{found.text}")


def test_what_is_added_behind_items_on_lines_of_their_own_gets_a_line_too():
    lines = '\n        "tags",\n        Prefetch("tags", to_attr="ours"),\n    '
    one, other = edit(lines, 7, 13), edit(', "notes__book", "author"', 13)
    found = joined(one, other)
    assert found == joined(other, one)
    assert found is not None
    assert (found.start, found.end) == (7, 13)
    assert found.text == (
        '\n        "tags",\n        Prefetch("tags", to_attr="ours"),\n        "notes__book", "author",\n    '
    )
    ast.parse(f"f({found.text})")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (edit('"tags", "notes"', 7, 13), edit(', "author"', 13)),
        (edit("tags = 1,\n", 7, 13), edit("notes = 2\n", 13)),
        (edit("tags,\n", 7, 13), edit(", author", 14)),
        (edit("tags,\n", 7, 13), edit(", author", 13, path="b.py")),
    ],
)
def test_others_that_stand_side_by_side_are_no_one_edit(one, other):
    assert joined(one, other) is None
    assert not continues(one, other)
