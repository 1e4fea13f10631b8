"""`distinct-after-join`: firing, and all that DISTINCT may be there for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from queryscope.fixes.sources import Sources
from queryscope.model import AccessKind, Field, Model, Models, QueryGroup
from queryscope.rules.remedy import Context
from queryscope.rules.trace import DistinctAfterJoin
from tests.builders import make_frame, make_query_group, make_site, make_trace, relation

MANY, REVERSE, FORWARD = AccessKind.MANY_TO_MANY, AccessKind.REVERSE, AccessKind.FORWARD
KEY = Field(name="id", column="id", type="BigAutoField", is_unique=True)


def to(name: str, model: str, **more: Any) -> Field:
    return Field(name=name, column=f"{name}_id", type="ForeignKey", target=f"shop.{model}", **more)


MODELS = Models(
    models=(
        Model(
            label="shop.Book",
            table="shop_book",
            path="shop/models.py",
            fields=(KEY, to("author", "Author")),
            relations=(
                relation("author", FORWARD, "shop.Author", remote="books"),
                relation("reviews", REVERSE, "shop.Review", remote="book"),
                relation("quotes", REVERSE, "shop.Review", remote="quoted"),
                relation("tags", MANY, "shop.Tag", remote="books"),
                relation("isbn", AccessKind.REVERSE_ONE_TO_ONE, "shop.Isbn", remote="book"),
            ),
        ),
        Model(label="shop.Author", table="shop_author", fields=(KEY,)),
        Model(
            label="shop.Review",
            table="shop_review",
            fields=(KEY, to("book", "Book"), to("quoted", "Book")),
        ),
        Model(label="shop.Tag", table="shop_tag", fields=(KEY,)),
        Model(
            label="shop.Book_tags",
            table="shop_book_tags",
            fields=(KEY, to("book", "Book"), to("tag", "Tag")),
            relations=(relation("tag", FORWARD, "shop.Tag"), relation("book", FORWARD, "shop.Book")),
        ),
        Model(label="shop.Isbn", table="shop_isbn", fields=(KEY, to("book", "Book", is_unique=True))),
    )
)
REVIEW = 'INNER JOIN "shop_review" ON ("shop_book"."id" = "shop_review"."book_id")'
QUOTE = 'INNER JOIN "shop_review" ON ("shop_book"."id" = "shop_review"."quoted_id")'
THROUGH = 'INNER JOIN "shop_book_tags" ON ("shop_book"."id" = "shop_book_tags"."book_id")'
TAG = f'{THROUGH} INNER JOIN "shop_tag" ON ("shop_book_tags"."tag_id" = "shop_tag"."id")'
AUTHOR = 'INNER JOIN "shop_author" ON ("shop_book"."author_id" = "shop_author"."id")'
ISBN = 'INNER JOIN "shop_isbn" ON ("shop_book"."id" = "shop_isbn"."book_id")'


def sql(joins: str = REVIEW, *, selected: str = "", behind: str = "") -> str:
    return f'SELECT DISTINCT "shop_book"."id"{selected} FROM "shop_book" {joins} WHERE "x" = %s{behind}'


def books(text: str = "", **more: Any) -> QueryGroup:
    site = more.pop("site", None) or make_site(is_distinct=True)
    return make_query_group(0, **({"sql": text or sql(), "rows": 40, "site": site} | more))


def found(group: QueryGroup) -> list[Any]:
    return list(DistinctAfterJoin().check(make_trace(group), MODELS))


@pytest.mark.parametrize(
    ("joins", "subject"),
    [
        (REVIEW, "Review"),
        (QUOTE, "Review"),
        (TAG, "Tag"),
        (THROUGH, "Tag"),
        (f"{AUTHOR} {REVIEW}", "Review"),
        (f"{REVIEW} {TAG}", "Review and Tag"),
        (REVIEW.replace("INNER", "LEFT OUTER"), "Review"),
        ('INNER JOIN "unknown" ON ("shop_book"."id" = "unknown"."book_id")', "unknown"),
    ],
)
def test_a_join_for_a_condition_only_is_told(joins, subject):
    [observation] = found(books(sql(joins)))
    assert observation.subject == subject
    assert observation.fact == "time"
    assert DistinctAfterJoin().message([observation]) == (
        f"book_list joined {subject} for a condition only, and DISTINCT removed the Book rows that this "
        "multiplied."
    )


def test_a_count_of_such_rows_is_told():
    assert found(books(f'SELECT COUNT(*) FROM ({sql()}) "subquery"'))


SILENT = {
    "no join": {"text": sql("")},
    "a join to one row": {"text": sql(AUTHOR)},
    "a join to its only partner": {"text": sql(ISBN)},
    "columns of the joined rows are given": {"text": sql(selected=', "shop_review"."stars"')},
    "columns behind them are given": {"text": sql(TAG, selected=', "shop_tag"."name"')},
    "ordered by the joined rows": {"text": sql(behind=' ORDER BY "shop_review"."stars" ASC')},
    "grouped": {"text": sql(behind=' GROUP BY "shop_book"."id"')},
    "one row of each kind": {"text": sql().replace("DISTINCT", "DISTINCT ON (%s)")},
    "no DISTINCT": {"text": sql().replace("DISTINCT ", ""), "site": make_site()},
    "values": {"site": make_site(is_distinct=True, is_values=True)},
    "annotations": {"site": make_site(is_distinct=True, annotations=("stars",))},
    "a union": {"site": make_site(is_distinct=True, is_combined=True)},
    "plain SQL": {"site": None, "text": sql().replace("DISTINCT ", "")},
    "a failure": {"error": "57014"},
    "a test's": {"stack": (make_frame("tests/test_a.py", 3, "test_a"),)},
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not found(books(**SILENT[name]))


@pytest.mark.parametrize(
    ("tables", "is_told"),
    [
        ({"shop_book": 40.0, "shop_review": 999.0}, False),
        ({"shop_book": 40.0, "shop_review": 1_000.0}, True),
        ({"shop_book": 5_000.0, "shop_review": 3.0}, True), ({"shop_book": 5_000.0}, True),
        ({"shop_book": 40.0}, False),  # of the other nobody knows; it took a millisecond
    ],
)  # fmt: skip
def test_tables_that_are_small_cost_nothing(tables, is_told):
    trace = make_trace(books())
    [observation] = found(books())
    context = Context(MODELS, Sources(lambda path: None), {trace.id: trace}, tables)
    assert DistinctAfterJoin().confirm(observation, context) is is_told
    assert DistinctAfterJoin(min_rows=0).confirm(observation, context)


def test_without_the_catalog_the_time_decides():
    trace = make_trace(books())
    [observation] = found(books())
    context = Context(MODELS, Sources(lambda path: None), {trace.id: trace})
    assert not DistinctAfterJoin(min_ms=1.5).confirm(observation, context)
    assert DistinctAfterJoin(min_ms=0.5).confirm(observation, context)


def test_distinct_in_plain_sql_is_its_authors():
    group = replace(books(), site=None)
    assert not found(group)


def remedy(joins: str) -> Any:
    group = books(sql(joins))
    trace = make_trace(group)
    context = Context(MODELS, Sources(lambda _: None), {trace.id: trace})
    return DistinctAfterJoin().remedy(found(group), context).fix


@pytest.mark.parametrize(
    ("joins", "question"),
    [
        (REVIEW, 'Exists(Review.objects.filter(book=OuterRef("pk"), …))'),
        (QUOTE, 'Exists(Review.objects.filter(quoted=OuterRef("pk"), …))'),
        (TAG, 'Exists(Tag.objects.filter(books=OuterRef("pk"), …))'),
        (f"{AUTHOR} INNER JOIN x ON (shop_author.id = x.author_id)", "Exists(…)"),
    ],
)
def test_without_the_text_the_relation_tells_the_question(joins, question):
    fix = remedy(joins)
    assert fix.kinds == ("exists",)
    assert fix.code == f"Book.objects.filter({question})"
    assert fix.diff == ""
    assert fix.caveat.startswith("No diff:")
