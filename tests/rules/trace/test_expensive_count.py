"""`expensive-count`: firing, silent, at its threshold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from queryscope.config import Config
from queryscope.model import ClassSite, Model, Models, Observation, Origin, QueryGroup
from queryscope.rules import trace_rules
from queryscope.rules.trace import ExpensiveCount
from tests.builders import make_frame, make_site, make_trace
from tests.rules.trace.asked import TEST, VIEW, asked, at, context_of

COUNT = asked(0, "count", "books.count()", sql='SELECT COUNT(*) AS "__count" FROM "shop_book"', max_ms=400.0)
FILTERED = replace(COUNT, sql=COUNT.sql + ' WHERE "shop_book"."price" > %s')


def found(*groups: QueryGroup, **options: object) -> list[Observation]:
    return list(ExpensiveCount(**options).check(make_trace(*groups), Models()))


def code_of(group: QueryGroup) -> str:
    trace = make_trace(group)
    [observation] = found(group)
    context = context_of(trace, text=VIEW)
    context = replace(context, models=Models(models=(Model(label="shop.Book", table="shop_book"),)))
    fix = ExpensiveCount().remedy([observation], context).fix
    assert fix.kinds == ("count",)
    assert fix.caveat.startswith("No diff")
    return fix.code


def test_a_count_that_takes_long_is_told():
    [observation] = found(COUNT)
    assert observation.rule == "expensive-count"
    assert (observation.fact, observation.confidence) == ("time", "likely")
    assert ExpensiveCount().message([observation]) == "page waited 400 ms for the number of Book rows."


@pytest.mark.parametrize(("slow_ms", "is_told"), [(400.0, True), (401.0, False)])
def test_the_threshold_is_an_option(slow_ms, is_told):
    assert bool(found(COUNT, slow_ms=slow_ms)) is is_told


def test_what_slow_means_is_said_once_in_the_settings():
    [rule] = [each for each in trace_rules(Config(slow_ms=250.0)) if each.name == "expensive-count"]
    assert rule.slow_ms == 250.0


SILENT = {
    "rows": {"access": replace(COUNT.access, method="iterate")},
    "a failure": {"error": "57014"},
    "no queryset": {"site": None},
    "no line": {"site": make_site(frame=None)},
    "a test": {"stack": (TEST,), "site": make_site(frame=TEST)},
    "a seed": {"site": make_site(frame=make_frame("shop/seeds/books.py", 3, "run"))},
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not found(replace(COUNT, **SILENT[name]))


def test_a_view_that_holds_its_queryset_is_told():
    holder = ClassSite(path="shop/views.py", line=3, name="Books", kind="view")
    [observation] = found(replace(COUNT, stack=(), site=make_site(frame=None, holder=holder)))
    assert ExpensiveCount().message([observation]).startswith("Books waited 400 ms")


PAGE = asked(1, "iterate", "list(books.all())", limit=50, rows=50, total_ms=4.0, max_ms=4.0)


def beside(
    count_ms: float, *others: QueryGroup, kind: Any = "request", **options: object
) -> list[Observation]:
    """A COUNT of that time with other queries in one unit of work."""
    count = replace(COUNT, total_ms=count_ms, max_ms=count_ms)
    trace = make_trace(count, *others, origin=Origin(kind=kind, label="x"))
    return list(ExpensiveCount(**options).check(trace, Models()))


@pytest.mark.parametrize(("ms", "is_told"), [(9.9, False), (10.0, True), (99.0, True)])
def test_a_count_that_outweighs_its_page_is_told_before_it_is_slow(ms, is_told):
    assert [each.severity for each in beside(ms, PAGE)] == (["info"] if is_told else [])


def test_a_slow_one_is_a_warning_whatever_stands_beside_it():
    assert [each.severity for each in beside(100.0)] == ["warning"]


OTHER = asked(2, "iterate", "list(books.all())", total_ms=40.0)
LIGHT = {
    "something else takes more": (PAGE, OTHER),
    "no page was loaded: the number is what was asked for": (replace(PAGE, limit=None),),
    "the page is of other rows": (replace(PAGE, site=make_site("shop.Author")),),
    "an empty page": (replace(PAGE, rows=0),),
    "one row, which isn't a page of the same rows": (replace(PAGE, site=None),),
}


@pytest.mark.parametrize("name", LIGHT)
def test_a_count_that_outweighs_no_page_is_silent_until_it_is_slow(name):
    assert not beside(40.0, *LIGHT[name])


@pytest.mark.parametrize("kind", ["command", "task"])
def test_where_nobody_waits_a_count_is_told_when_it_is_slow_only(kind):
    assert not beside(40.0, PAGE, kind=kind)
    assert beside(100.0, PAGE, kind=kind)


def test_what_outweighs_a_page_are_options():
    assert beside(5.0, PAGE, min_ms=5.0)
    assert not beside(40.0, PAGE, min_share=0.95)
    assert beside(40.0, PAGE, OTHER, min_share=0.4)


def test_two_counts_of_one_page_weigh_together_and_are_each_long_enough():
    twice = replace(COUNT, count=2, total_ms=22.0, max_ms=15.0)
    assert found(twice, PAGE)
    assert not found(replace(twice, total_ms=18.0), PAGE)


def test_all_rows_are_estimated_and_some_are_remembered():
    assert 'reltuples::bigint FROM pg_class WHERE oid = %s::regclass", ["shop_book"]' in code_of(COUNT)
    assert code_of(FILTERED) == 'cache.get_or_set("book-count", books.count, 60)'
    paged = replace(FILTERED, stack=(at("list(books.all())"),))
    assert code_of(paged).startswith("class RememberedPaginator(Paginator):")


def test_a_changelist_does_without():
    holder = ClassSite(path="shop/admin.py", line=3, name="BookAdmin", kind="admin")
    changelist = replace(COUNT, stack=(), site=make_site(frame=None, holder=holder))
    assert code_of(changelist).startswith("show_full_result_count = False\npaginator = EstimatedPaginator")


def test_what_a_count_carries_along_is_named():
    distinct = 'SELECT COUNT(*) FROM (SELECT DISTINCT "b"."id" FROM "b" INNER JOIN "t" ON (1)) subquery'
    group = replace(COUNT, sql=distinct)
    assert "with a DISTINCT over a join that it may not need" in ExpensiveCount().message(found(group))
    assert "Exists(" in code_of(group)
    grouped = replace(COUNT, sql='SELECT COUNT(*) FROM (SELECT "b"."id" FROM "b" GROUP BY 1) subquery')
    assert "before_annotate" in code_of(grouped)
    having = replace(COUNT, sql=grouped.sql.replace(") sub", " HAVING COUNT(*) > %s) sub"))
    assert "before_annotate" not in code_of(having)
    assert "reltuples" not in code_of(having)  # that is the number of all rows


def confirmed(group: QueryGroup, **rows: float) -> bool:
    trace = make_trace(group, PAGE)
    [observation] = found(group, PAGE)
    context = replace(context_of(trace, text=VIEW), table_rows=rows)
    return ExpensiveCount().confirm(observation, context)


QUICKER = replace(COUNT, total_ms=30.0, max_ms=30.0)


@pytest.mark.parametrize(("rows", "is_told"), [(99_999.0, False), (100_000.0, True)])
@pytest.mark.parametrize("group", [COUNT, QUICKER])
def test_a_small_table_is_counted_quickly_whatever_one_count_took(group, rows, is_told):
    assert confirmed(group, shop_book=rows) is is_told


def test_where_nobody_knows_the_size_a_slow_one_is_told_alone():
    assert confirmed(replace(COUNT, total_ms=400.0))
    assert not confirmed(QUICKER)


def test_one_big_table_of_several_is_enough():
    joined = replace(QUICKER, sql=QUICKER.sql + ' INNER JOIN "shop_author" ON (1)')
    assert confirmed(joined, shop_author=100_000.0)
    assert not confirmed(joined, shop_author=10.0)
