"""`unread-columns` on hand-built traces: firing, silent, at its thresholds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from queryscope.fixes.sources import Sources
from queryscope.model import AccessKind, ClassSite, Field, Model, Models, Observation, Trace
from queryscope.rules.remedy import Context
from queryscope.rules.run import UnreadColumns
from tests.builders import make_access, make_frame, make_load, make_site
from tests.rules.run.shop import SITE, VIEW, books, unit

TEXT = VIEW.replace('.select_related("author").prefetch_related("tags")', ".filter(year=2020)")
COLUMNS = ("id", "title", "summary", "author_id")
MODELS = Models(
    models=(
        Model(
            label="shop.Book",
            table="shop_book",
            fields=(
                Field(name="id", column="id", type="AutoField", is_unique=True),
                Field(name="title", column="title", type="CharField"),
                Field(name="summary", column="summary", type="TextField"),
                Field(name="author", column="author_id", type="ForeignKey", target="shop.Author"),
            ),
        ),
    )
)
FRAME = replace(SITE.frame, end_column=42)  # type: ignore[type-var]


def passed(size: int = 2500, name: str = "GET books/", site: Any = None, **more: Any) -> Trace:
    """A unit that loaded forty books, whose summary has so many bytes."""
    load = make_load(0, **({"columns": COLUMNS, "column_bytes": (0, 20, size, 0)} | more))
    group = books(site=site or make_site(frame=FRAME))
    return unit(name, group, loads=(load,))


def told(*traces: Trace, text: str = TEXT, **options: Any) -> list[Observation]:
    rule = UnreadColumns(**options)
    around = context(*traces, text=text)
    return [each for each in rule.check(traces, MODELS) if rule.confirm(each, around)]


def context(*traces: Trace, text: str = TEXT) -> Context:
    return Context(MODELS, Sources({"shop/views.py": text}.get), {trace.id: trace for trace in traces})


def test_a_long_column_that_nobody_read_is_information():
    [found] = told(passed())
    assert (found.rule, found.severity, found.confidence) == ("unread-columns", "info", "idea")
    assert (found.columns, found.fact, found.avoidable_queries) == (("summary",), "columns", 0)


@pytest.mark.parametrize(("size", "number"), [(2500, 1), (2499, 0)])
def test_the_threshold_is_bytes_of_one_querys_rows(size: int, number: int):
    assert len(told(passed(size))) == number
    assert len(told(passed(size), min_bytes=40 * size)) == 1


def test_rows_of_many_queries_are_not_one_page():
    trace = passed()
    group = replace(trace.groups[0], count=2)
    assert not told(replace(trace, groups=(group,)))


def test_short_values_do_not_count_by_their_bytes():
    assert not told(passed(199, instances=1000))
    assert told(passed(200, instances=1000))


@pytest.mark.parametrize(("rows", "number"), [(50_000, 1), (49_999, 0)])
def test_very_many_values_are_told_however_short(rows: int, number: int):
    found = told(passed(5, instances=rows, columns_read=("id",)))
    assert len(found) == number


def test_the_remedy_is_the_shorter_of_two_calls():
    trace = passed()
    remedy = UnreadColumns().remedy(told(trace), context(trace))
    assert remedy.fix is not None
    assert remedy.fix.code == 'Book.objects.defer("summary")'
    assert remedy.fix.kinds == ("defer",)
    assert '+    books = Book.objects.defer("summary").filter(year=2020)' in remedy.fix.diff
    assert "a query for each row" in remedy.fix.caveat


def test_the_message_says_by_how_many_units_it_was_judged():
    assert UnreadColumns().message(told(passed())) == (
        "Book.summary was loaded by book_list for 40 rows and not read in the one unit of work that ran it."
    )
    found = told(passed(), passed(name="other"))
    assert {each.confidence for each in found} == {"likely"}
    assert UnreadColumns().message(found).endswith("not read in any of 2 units of work that ran it.")


@pytest.mark.parametrize(
    "more",
    [
        {"columns_read": ("title", "summary")},
        {"columns_needed": ("summary",)},
        {"columns_read": ()},
        {"is_escaped": True},
        {"readers": (make_frame("tests/test_books.py", function="test_it"),)},
    ],
)
def test_it_is_silent_where_the_column_may_have_been_read(more: dict[str, Any]):
    assert not told(passed(**more))
    assert not told(passed(), passed(name="other", **(more | {"columns_read": ("summary",)})))


@pytest.mark.parametrize(
    "more",
    [
        {"only": ("title", "summary")},
        {"defer": ("blurb",)},
        {"is_for_update": True},
        {"is_combined": True},
        {"is_values": True},
        {"frame": None, "holder": ClassSite(path="shop/admin.py", line=1, name="BookAdmin", kind="admin")},
        {"frame": None, "holder": ClassSite(path="shop/forms.py", line=1, name="BookForm", kind="form")},
    ],
)
def test_some_querysets_are_not_judged(more: dict[str, Any]):
    assert not told(passed(site=make_site(**({"frame": FRAME} | more))))


def test_raw_sql_says_itself_what_it_selects():
    trace = passed()
    access = make_access(AccessKind.RAW, model="shop.Book", attribute="")
    assert not told(replace(trace, groups=(replace(trace.groups[0], access=access),)))


def test_a_branch_that_was_not_taken_may_read_it():
    text = TEXT.replace("book.title for", "book.summary if request.GET else book.title for")
    assert not told(passed(), text=text)
