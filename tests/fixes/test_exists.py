"""Exists() in place of a join and DISTINCT: what is written, and where nothing is."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from queryscope.fixes.exists import exists_fix
from queryscope.fixes.root import Target
from queryscope.fixes.source import Source
from queryscope.model import AccessKind, Field, Fix, Model, Models, QuerySetSite
from tests.builders import relation
from tests.fixes.running import PATH, applied, frames_of

MANY, REVERSE = AccessKind.MANY_TO_MANY, AccessKind.REVERSE


def field(name: str) -> Field:
    return Field(name=name, column=name, type="CharField")


BOOK = Model(
    label="shop.Book",
    table="shop_book",
    module="shop.models",
    relations=(
        relation("author", AccessKind.FORWARD, "shop.Author", remote="books"),
        relation("review_set", REVERSE, "shop.Review", query_name="review", remote="book"),
        relation("tags", MANY, "shop.Tag", remote="books"),
        relation("hidden", MANY, "shop.Tag", remote=""),
    ),
)
REVIEW = Model(
    label="shop.Review",
    table="shop_review",
    module="shop.models",
    fields=(field("stars"), field("user")),
    relations=(relation("user", AccessKind.FORWARD, "shop.User"),),
)
TAG = Model(label="shop.Tag", table="shop_tag", module="shop.models", fields=(field("name"),))
MODELS = Models(models=(BOOK, REVIEW, TAG))
HEAD = "from django.db.models import Exists, OuterRef\n\nfrom shop.models import Book, Review, Tag\n\n\n"


class Asked(SimpleNamespace):
    """A condition, as far as running the line needs one."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(**more)

    def __or__(self, other: Any) -> Any:
        return self

    def __invert__(self) -> Any:
        return self

    __and__ = __or__


def fix_of(chain: str, *, joins: int = 1, models: Models = MODELS) -> tuple[Fix, str]:
    text = f"def f(stars=5):\n    return {chain}\n"
    frame = frames_of(text, more=SimpleNamespace(pk=1), Exists=Asked, Q=Asked)[0]
    assert frame.end_line is not None
    head = HEAD.count("\n")
    frame = replace(frame, line=frame.line + head, end_line=frame.end_line + head)
    site = QuerySetSite(model="shop.Book", frame=frame)
    source = Source(PATH, HEAD + text)
    fix = exists_fix(site, Target(model=BOOK), models, source, joined=(), joins=joins)
    return fix, HEAD + text


def changed(chain: str, **more: Any) -> str:
    fix, text = fix_of(chain, **more)
    assert fix.diff, fix.caveat
    return applied(fix, text).partition("    return ")[2].strip()


def refusal(chain: str, **more: Any) -> str:
    fix, _ = fix_of(chain, **more)
    assert not fix.diff
    assert not fix.edits
    return fix.caveat


def exists(inside: str, model: str = "Review", inverse: str = "book") -> str:
    return f'Exists({model}.objects.filter({inverse}=OuterRef("pk"){inside and ", "}{inside}))'


USER = """user__name="x\""""
NAME = """name="x\""""


@pytest.mark.parametrize(
    ("chain", "after"),
    [
        ("filter(review__stars=stars).distinct()", f"filter({exists('stars=stars')})"),
        ("filter(review__stars__gte=4).distinct()", f"filter({exists('stars__gte=4')})"),
        ("filter(review__user_id=4).distinct()", f"filter({exists('user_id=4')})"),
        (f"filter(review__{USER}).distinct()", f"filter({exists(USER)})"),
        ("filter(review__pk=4).distinct()", f"filter({exists('pk=4')})"),
        ("filter(review=4).distinct()", f"filter({exists('pk=4')})"),
        ("filter(review=more.pk).distinct()", f"filter({exists('pk=more.pk')})"),
        ("filter(review__isnull=False).distinct()", f"filter({exists('')})"),
        ("filter(a=1, review__stars=5, b=2).distinct()", f"filter({exists('stars=5')}, a=1, b=2)"),
        ("filter(review__stars=5).distinct().last()[:3]", f"filter({exists('stars=5')}).last()[:3]"),
        (f"distinct().filter(tags__{NAME}).get(pk=1)", f"filter({exists(NAME, 'Tag', 'books')}).get(pk=1)"),
        ("exclude(a=1).filter(review__stars=5).distinct()", f"exclude(a=1).filter({exists('stars=5')})"),
        ("filter(Exists(1), review__stars=5).distinct()", f"filter(Exists(1), {exists('stars=5')})"),
        ("filter(Q(review__stars=5)).distinct()", f"filter({exists('stars=5')})"),
        ("filter(Q(a=1), Q(review__stars=5)).distinct()", f"filter(Q(a=1), {exists('stars=5')})"),
        ("filter(Q(a=1) | Q(review__stars=5)).distinct()", f"filter(Q(a=1) | {exists('stars=5')})"),
        (
            "filter(~Q(a=1) & (Q(b=1) | Q(review__stars=5))).distinct()",
            f"filter(~Q(a=1) & (Q(b=1) | {exists('stars=5')}))",
        ),
        (
            "filter(Q(review__stars=5) | Q(review__user_id=1), a=1).distinct()",
            'filter(Exists(Review.objects.filter(Q(stars=5) | Q(user_id=1), book=OuterRef("pk"))), a=1)',
        ),
    ],
)
def test_conditions_on_related_rows_become_questions(chain, after):
    assert changed(f"Book.objects.{chain}") == f"Book.objects.{after}"


@pytest.mark.parametrize(
    ("chain", "reason"),
    [
        ("filter(review__stars=5)", "distinct() is called elsewhere"),
        ("filter(review__stars=5).distinct('a')", "has arguments"),
        ("filter(review__stars=5).distinct().distinct()", "distinct() is called elsewhere"),
        ("filter(a=1).distinct()", "is written elsewhere"),
        ("filter(review=stars).distinct()", "may be an instance"),
        ("filter(review__in=[1]).distinct()", "may be an instance"),
        ("filter(review__isnull=True).distinct()", "may ask for rows without any"),
        ("filter(hidden__name='x').distinct()", "no name in lookups for the way back"),
        ("filter(review__stars=5, **{}).distinct()", "handed over"),
        ("filter(*[], review__stars=5).distinct()", "handed over"),
        ("filter(review__stars=5).annotate(n=1).distinct()", "annotate() stands in the same chain"),
        ("filter(review__stars=5).order_by('tags__name').distinct()", "order_by() may join"),
        ("filter(review__stars=5).order_by(more).distinct()", "order_by() may join"),
        ("filter(review__stars=5).exclude(Q(tags__name='x')).distinct()", "handed over"),
    ],
)
def test_where_the_question_may_be_another_nothing_is_written(chain, reason):
    assert reason in refusal(f"Book.objects.{chain}")


def test_a_join_that_the_text_doesnt_show_is_left_to_distinct():
    assert "is written elsewhere" in refusal("Book.objects.filter(review__stars=5).distinct()", joins=2)


def test_a_manager_that_may_leave_rows_out_asks_another_question():
    models = Models(models=(BOOK, replace(REVIEW, is_manager_plain=False), TAG))
    told = refusal("Book.objects.filter(review__stars=5).distinct()", models=models)
    assert told == "No diff: Review.objects may leave rows out that the join counts."


def test_the_code_is_told_also_where_nothing_is_written():
    fix, _ = fix_of("Book.objects.filter(review=stars, a=1).distinct()")
    assert fix.code == f"Book.objects.filter({exists('pk=stars')})"


def test_comments_between_conditions_stay():
    text = "Book.objects.filter(\n        a=1,  # sold\n        review__stars=5,\n    ).distinct()"
    assert "comments stand between" in refusal(text)


def test_conditions_on_lines_of_their_own_stay_so():
    text = "Book.objects.filter(\n        a=1,\n        review__stars=5,\n    ).distinct()"
    assert changed(text) == f"Book.objects.filter(\n        {exists('stars=5')},\n        a=1,\n    )"


def test_values_come_from_the_text_and_are_never_those_of_the_query():
    fix, _ = fix_of("Book.objects.filter(review__stars=stars).distinct()")
    assert "stars=stars" in fix.code
    assert "5" not in fix.code
