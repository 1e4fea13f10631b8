"""A relation behind a Prefetch that is there is joined by the queryset of the Prefetch."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.fixes.orm import Wish, compose
from queryscope.fixes.root import Target
from queryscope.fixes.source import Source
from queryscope.model import EagerLoad, QuerySetSite
from tests.fixes.running import ACCESSORS, BOOK, PATH, Rows, applied, frames_of


class Review:
    """A model of which the source under test builds querysets."""

    objects = Rows()


def below(path: str = "reviews__book", prefetched: str = "reviews", joined: str = "book") -> EagerLoad:
    return EagerLoad(
        path=path, kind="prefetch_related", prefetched=prefetched, joined=joined, model="shop.Review"
    )


def composed(text: str, *loads: EagerLoad) -> Any:
    frame = frames_of(text, Review=Review)[0]
    wish = Wish(
        loads=loads or (below(),),
        site=QuerySetSite(model=BOOK.label, frame=frame),
        target=Target(model=BOOK, accessors=ACCESSORS),
    )
    return compose(wish, Source(PATH, text))


def edited(text: str, *loads: EagerLoad) -> str:
    return applied(composed(text, *loads).fix, text)


HEAD = "def f():\n    return Book.objects.prefetch_related("
PLAIN = f'{HEAD}Prefetch("reviews", queryset=Review.objects.all()))\n'
JOINED = 'Review.objects.select_related("book")'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('Prefetch("reviews", queryset=Review.objects.all())', f'Prefetch("reviews", queryset={JOINED})'),
        ('Prefetch("reviews", Review.objects.all())', f'Prefetch("reviews", {JOINED})'),
        (
            'Prefetch(lookup="reviews", queryset=Review.objects.filter(a=1).order_by("b"))',
            f'Prefetch(lookup="reviews", queryset={JOINED}.filter(a=1).order_by("b"))',
        ),
        (
            'Prefetch("reviews", queryset=Review.objects.select_related("shop"))',
            'Prefetch("reviews", queryset=Review.objects.select_related("shop", "book"))',
        ),
        (
            'models.Prefetch("reviews", queryset=Review.objects.all()), "tags"',
            f'models.Prefetch("reviews", queryset={JOINED}), "tags"',
        ),
    ],
)
def test_the_join_goes_into_the_queryset_of_the_prefetch(before, after):
    text = f"{HEAD}{before})\n".replace("models.", "")
    assert edited(text) == f"{HEAD}{after})\n".replace("models.", "")


def test_a_queryset_of_a_name_is_edited_where_it_is_built():
    text = (
        "def f():\n    rows = Review.objects.order_by('a')\n    kept = Prefetch('reviews', queryset=rows)\n"
        "    return Book.objects.prefetch_related(kept)\n"
    )
    assert "    rows = Review.objects.select_related('book').order_by('a')\n" in edited(text)


def test_a_list_of_another_name_is_known_by_that_name():
    text = PLAIN.replace(".all()", ".all(), to_attr='best'")
    assert JOINED in edited(text, below("best__book", "best"))
    assert composed(text, below("best__book", "best")).fix.code == (
        f'Book.objects.prefetch_related(Prefetch("reviews", queryset={JOINED}, to_attr="best"))'
    )


def test_the_code_is_the_whole_prefetch():
    found = composed(PLAIN)
    assert found.fix.code == f'Book.objects.prefetch_related(Prefetch("reviews", queryset={JOINED}))'
    assert found.fix.title == f'Add Prefetch("reviews", queryset={JOINED})'
    assert found.fix.kinds == ("prefetch_related",)
    assert found.paths == ("reviews__book",)


def test_several_joins_are_one_call_and_the_rest_goes_to_the_chain():
    deep = below("reviews__book__author", joined="book__author")
    shop = below("reviews__shop", joined="shop")
    tags = EagerLoad(path="tags", kind="prefetch_related")
    found = composed(PLAIN, below(), deep, shop, tags)
    inner = 'Review.objects.select_related("book__author", "shop")'
    assert f'Prefetch("reviews", queryset={inner}), "tags")' in applied(found.fix, PLAIN)
    assert found.fix.code.endswith(f'.prefetch_related("tags", Prefetch("reviews", queryset={inner}))')


@pytest.mark.parametrize(
    "item",
    [
        '"reviews"',
        'Prefetch("reviews")',
        'Prefetch("tags", queryset=Review.objects.all())',
        'Prefetch("reviews", queryset=Review.objects.only("a"))',
        'Prefetch("reviews", queryset=Review.objects.defer("a"))',
        'Prefetch("reviews", queryset=Book.objects.all())',
        'Prefetch("reviews", queryset=rows())',
        'Prefetch("reviews", queryset=Review.objects.all(), to_attr="best")',
    ],
)
def test_elsewhere_the_longer_path_does_it(item):
    text = f"def rows():\n    return Review.objects\n\n{HEAD}{item})\n"
    at = 1 if "Book.objects.all" in item else 0
    frame = frames_of(text, Review=Review)[at]
    wish = Wish(
        loads=(below(),),
        site=QuerySetSite(model=BOOK.label, frame=frame),
        target=Target(model=BOOK, accessors=ACCESSORS),
    )
    fix = compose(wish, Source(PATH, text)).fix
    assert "reviews__book" in fix.diff
    assert fix.code == 'Book.objects.prefetch_related("reviews__book")'
