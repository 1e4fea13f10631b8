"""Prefetches that are written into a chain: as the chain is, with the imports that they need."""

# ruff: noqa: E501 - a case is read best on one line

from __future__ import annotations

import ast
from typing import Any

import pytest

from queryscope.fixes.refilter import Reread, read_from_prefetch
from queryscope.fixes.root import Target
from queryscope.fixes.sources import Sources
from queryscope.model import Field, Frame, Model, QuerySetSite
from tests.builders import BOOKSHOP, make_frame

PATH = "shop/views.py"
BOOK = BOOKSHOP[0]
REVIEW = Model(
    label="shop.Review",
    table="shop_review",
    module="shop.models",
    fields=(
        Field(name="stars", column="stars", type="IntegerField"),
        Field(name="text", column="text", type="TextField"),
    ),
)
HEAD = "from django.db.models import Prefetch\nfrom shop.models import Book, Review\n\n\n"


def frame_of(text: str, node: ast.expr) -> Frame:
    return make_frame(
        PATH, node.lineno, "f", end_line=node.end_lineno, column=node.col_offset, end_column=node.end_col_offset, operation="call"
    )  # fmt: skip


def first_call(text: str, of: str) -> Frame:
    """The frame of the first call behind an expression."""
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and ast.unparse(node.func.value) == of
        ):
            return frame_of(text, node)
    raise AssertionError(of)


def fixed(text: str, *, read: str = "book.reviews", **more: Any) -> Any:
    site = QuerySetSite(model=BOOK.label, frame=first_call(text, "Book.objects"))
    reread = Reread(
        **(
            {
                "frame": first_call(text, read),
                "owner": BOOK,
                "accessor": "reviews",
                "target": REVIEW,
                "path": "reviews",
            }
            | more
        )
    )
    return read_from_prefetch([reread], site, Target(model=BOOK), Sources({PATH: text}.get))[0]


def edited(text: str, **more: Any) -> str:
    fix = fixed(text, **more)
    assert fix.diff, fix.caveat
    for edit in sorted(fix.edits, key=lambda each: each.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


LOOP = "    for book in books:\n        print(len(book.reviews.filter(stars=5)))\n"
PREFETCH = 'Prefetch("reviews", queryset=Review.objects.filter(stars=5), to_attr="reviews_with_stars_5")'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            'Book.objects.prefetch_related("tags", "reviews")',
            f'Book.objects.prefetch_related("tags", {PREFETCH})',
        ),
        (
            'Book.objects.prefetch_related("reviews", "tags")',
            f'Book.objects.prefetch_related({PREFETCH}, "tags")',
        ),
        (
            'Book.objects.prefetch_related("reviews")',
            f"Book.objects.prefetch_related(\n        {PREFETCH}\n    )",
        ),
        (
            'Book.objects.prefetch_related(\n        "tags",\n        "reviews",\n    ).filter(a=1)',
            f'Book.objects.prefetch_related(\n        "tags",\n        {PREFETCH},\n    ).filter(a=1)',
        ),
        ("Book.objects.with_reviews()", f"Book.objects.with_reviews().prefetch_related({PREFETCH})"),
        (
            "Book.objects.prefetch_related(*LOADED)",
            f"Book.objects.prefetch_related(*LOADED, {PREFETCH})",
        ),
        (
            'Book.objects.prefetch_related("reviews__votes")',
            f'Book.objects.prefetch_related("reviews__votes", {PREFETCH})',
        ),
    ],
)
def test_the_prefetch_stands_where_the_plain_one_stood_or_beside_it(before, after):
    text = f"{HEAD}def f():\n    books = {before}\n{LOOP}"
    result = edited(text)
    assert f"books = {after}\n" in result
    assert "print(len(book.reviews_with_stars_5))" in result


def test_single_quotes_stay_single():
    text = f"{HEAD}def f():\n    books = Book.objects.prefetch_related('reviews')\n{LOOP}"
    assert (
        "Prefetch('reviews', queryset=Review.objects.filter(stars=5), to_attr='reviews_with_stars_5')"
        in edited(text)
    )


@pytest.mark.parametrize(
    ("imports", "expected", "call"),
    [
        ("from shop.models import Book\n", "from django.db.models import Prefetch\n\nfrom shop.models import Book, Review\n", "Prefetch("),
        ("from django.db import models\nfrom shop.models import Book, Review\n", "from django.db import models\n", "models.Prefetch("),
        ("from django.db.models import Count, Q\nfrom shop.models import Book, Review\n", "from django.db.models import Count, Prefetch, Q\n", "Prefetch("),
    ],
)  # fmt: skip
def test_what_is_needed_is_imported(imports, expected, call):
    text = f'{imports}\n\ndef f():\n    books = Book.objects.prefetch_related("reviews")\n{LOOP}'
    result = edited(text)
    assert expected in result
    assert f'{call}"reviews"' in result


def test_lines_that_end_as_on_windows_stay_so():
    text = f'{HEAD}def f():\n    books = Book.objects.prefetch_related("reviews")\n{LOOP}'.replace(
        "\n", "\r\n"
    )
    result = edited(text)
    assert result.count("\r\n") == result.count("\n")


@pytest.mark.parametrize(
    "more",
    [
        "    show(books)\n",
        "    return books\n",
        "    for book in books:\n        show(book)\n",
        "    for each in books:\n        each.reviews.all()\n",
        "    for book in books:\n        book.mean()\n",
        "    other = books\n    show(other)\n",
    ],
)
def test_the_plain_prefetch_stays_where_something_else_may_read_it(more):
    text = f'{HEAD}def f():\n    books = Book.objects.prefetch_related("reviews")\n{LOOP}{more}'
    assert '"reviews",\n        Prefetch("reviews"' in edited(text)


def test_the_name_is_free_on_the_model():
    text = f'{HEAD}def f():\n    books = Book.objects.prefetch_related("reviews")\n{LOOP}'
    owner = Model(
        label="shop.Book",
        table="t",
        fields=(Field(name="reviews_with_stars_5", column="", type="IntegerField"),),
    )
    assert "book.reviews_with_stars_5_2" in edited(text, owner=owner)


NAMES = {
    "filter(is_public=True)": "public_reviews",
    "filter(is_public=False)": "not_public_reviews",
    'filter(state="open")': "open_reviews",
    'filter(state="a b!")': "a_b_reviews",
    "filter(stars=-1)": "reviews_by_stars",
    "filter(stars__gte=4)": "reviews_with_stars_gte_4",
    "filter(text__isnull=True)": "reviews_by_text_isnull",
    "filter(a=1, b=2)": "chosen_reviews",
    "filter(a=1).exclude(b=2)": "chosen_reviews",
    "exclude(stars=1)": "other_reviews",
    'order_by("-stars")': "reviews_by_stars",
    'order_by("?")': "chosen_reviews",
    'filter(state="open").order_by("stars")': "open_reviews",
    "recent()": "recent_reviews",
    "distinct()": "chosen_reviews",
}


@pytest.mark.parametrize("read", NAMES)
def test_the_list_is_called_after_what_is_in_it(read):
    text = f'{HEAD}def f():\n    books = Book.objects.prefetch_related("reviews")\n    for book in books:\n        len(book.reviews.{read})\n'
    assert f'to_attr="{NAMES[read]}"' in fixed(text).code


REFUSED = {
    "using()": ('book.reviews.using("x")', "using() asks for rows that no prefetch gives"),
    "a union": ("book.reviews.filter(a=1).union(others)", "union() asks for rows"),
    "code of its own": ("book.reviews.filter(a=(lambda: 1)())", "hold code of their own"),
    "the row": ("book.reviews.filter(text__contains=book.title)", "book changes from row to row"),
    "dates": ('book.reviews.dates("day", "year")', "dates() needs a queryset"),
    "a slice's first": ('book.reviews.order_by("a")[:3].first()', "first() of a slice"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_list_gives_is_refused_with_a_reason(name):
    read, reason = REFUSED[name]
    text = f'{HEAD}def f(others):\n    books = Book.objects.prefetch_related("reviews")\n    for book in books:\n        list({read})\n'
    fix = fixed(text)
    assert reason in fix.caveat
    assert fix.diff == ""
